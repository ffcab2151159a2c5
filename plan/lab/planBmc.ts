import { type Draft, nameOf, roleTags, serverZone } from "./draft";
import { parseCidr } from "./ipv4";
import type { BmcPlan } from "./labPlan";
import { bmcAddress, type NodeSeat, seats } from "./layout";
import { accessPort, ctlplanePort, onLinkOnly } from "./planPorts";

/** Undefined in a lab without one. */
export function planBmc(draft: Draft): BmcPlan | undefined {
  const { config, where } = draft;
  const { bmc, authorizedKeys } = config;
  if (!bmc.enabled) return undefined;
  const name = nameOf(draft, "bmc");
  const { httpPort, httpsPort } = bmc.redfish;
  return {
    name,
    flavor: bmc.flavor,
    ...serverZone(draft, bmc.availabilityZone),
    image: bmc.image,
    configDrive: true, // the ctlplane's 169.254.169.254 is the undercloud's, and the BMC is no node of it
    address: where.bmc,
    mode: bmc.mode,
    block: bmc.mode === "port" ? undefined : where.bmcBlock,
    username: bmc.username,
    redfish: { ...(httpPort > 0 && { httpPort }), ...(httpsPort > 0 && { httpsPort }) },
    authorizedKeys,
    credential: bmc.credential ? "given" : "made",
    accessRules: bmc.accessRules,
    faults: bmc.faults,
    readinessTimeout: bmc.readinessTimeout,
    nodePath: bmc.nodePath,
    ports: [
      accessPort(draft, name, "bmc"),
      bmcPort(draft, name, where.bmc, bmc.mode === "address" ? [where.bmcBlock] : []),
      ...(bmc.mode === "nic" ? nodePorts(draft, name) : []),
    ],
    tags: roleTags(draft, "bmc"),
  };
}

/** Where a node's IPMI answers. 623 is IPMI's own port (IPMI 2.0, 13.1.1); one address has it once. */
export function ipmiOf({ config, where }: Draft, { slot }: NodeSeat): { address: string; port: number } {
  const { mode, firstPort } = config.bmc;
  return mode === "port"
    ? { address: where.bmc, port: firstPort + slot }
    : { address: bmcAddress(parseCidr(where.bmcBlock)!, slot), port: 623 };
}

/** In mode `nic` the BMC has a NIC for each node. */
function nodePorts(draft: Draft, name: string) {
  return draft.config.nodes.flatMap((group, position) =>
    seats(draft.where.ctlplane, group, position).map((seat) =>
      bmcPort(draft, `${name}-${seat.key}`, ipmiOf(draft, seat).address),
    ),
  );
}

function bmcPort(draft: Draft, server: string, address: string, pairs: readonly string[] = []) {
  return ctlplanePort(draft, { server, role: "bmc", address, pairs, dhcpOptions: onLinkOnly(draft) });
}
