import { stringify } from "yaml";
import type { BmcDriver, Dialect } from "./dialect";
import { redfishUrl } from "./driverInfo";
import type { Inventory, InventoryNode } from "./inventory";

/** Metal3's words; it takes UEFI where none is said. */
const bootModes = { bios: "legacy", uefi: "UEFI" } as const;

/** What `kubectl apply -f FILE` makes Metal3's BareMetalHosts of: a Secret and a host per node, hosts off. */
export const metal3: Dialect = (inventory, { driver }) => {
  const documents = inventory.nodes.flatMap((node) => {
    const { bmc } = inventory;
    const labels = { "ovb/lab": inventory.lab, "ovb/group": node.group };
    const credentialsName = `${node.name}-bmc`;
    const secret = bmc && {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: credentialsName, labels },
      type: "Opaque",
      stringData: { username: bmc.username, password: bmc.password },
    };
    const host = {
      apiVersion: "metal3.io/v1alpha1",
      kind: "BareMetalHost",
      metadata: { name: node.name, labels },
      spec: {
        online: false,
        architecture: "x86_64",
        bootMACAddress: node.ports[0]!.mac,
        ...(node.firmware && { bootMode: bootModes[node.firmware] }),
        ...(bmc && {
          bmc: {
            address: bmcAddress(inventory, node, driver),
            credentialsName,
            // The certificate is the lab's own.
            ...(driver === "redfish" &&
              bmc.redfishUrl?.startsWith("https:") && { disableCertificateVerification: true }),
          },
        }),
      },
    };
    return secret ? [secret, host] : [host];
  });
  return documents.map((document) => `---\n${stringify(document)}`).join("");
};

/** As baremetal-operator's pkg/hardwareutils/bmc parses it: ipmi://HOST:PORT, redfish+http://HOST:PORT/PATH. */
function bmcAddress({ bmc }: Inventory, node: InventoryNode, driver: BmcDriver): string {
  if (driver === "ipmi") return `ipmi://${node.ipmi!.address}:${node.ipmi!.port}`;
  return `redfish+${redfishUrl(bmc?.redfishUrl)}${node.redfishSystem}`;
}
