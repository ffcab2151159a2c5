import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type SyncServiceChoice, syncServiceConfig } from "../../../cli/sync/syncServiceConfig";
import { syncServiceFiles } from "../../../cli/sync/syncServiceFiles";
import { bmcSource, diskContent, recordLab } from "../../support/recordLab";

/*
 * What every kind of undercloud, the BMC and sync's service are given, as hashes: a changed byte replaces the VM of every
 * lab that exists. The programs bundled into them are stand-ins here, as they change with the sources on purpose; their
 * size has its own test (bmc-userData).
 */

type Raw = Record<string, unknown>;

/** The whole configuration, so that an edit of Pulumi.dev.yaml is no change of these. */
const base: Raw = {
  lab: "ovb-dev",
  publicNetwork: "public",
  undercloud: {},
  bmc: {},
  nodes: [{ name: "node", count: 2, flavor: "baremetal" }],
};
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0nobodysKeyForTestsOnlyForTestsOnlyForTestsO me@example";
const download = (name: string) => ({ url: `https://images.example/${name}`, sha256: "ab".repeat(32) });
const noDhcp = { dhcp: false, routed: false, portSecurity: "disabled" };
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

const labs: Record<string, { raw: Raw; bmc?: typeof bmcSource }> = {
  "ironic, BMC on ports": { raw: {} },
  "ironic that fetches its agent, BMC on addresses": {
    raw: {
      authorizedKeys: [key],
      bootScript: "inspector.ipxe",
      ctlplane: { metadataRoute: false, mtu: 1442, cidr: "10.20.0.0/22" },
      undercloud: {
        bootPort: 8090,
        ironic: {
          ...{ username: "ovb", password: "a-password-of-mine", automatedClean: true },
          ...{ kernel: download("ipa.kernel"), ramdisk: download("ipa.initramfs") },
        },
      },
      bmc: { mode: "address", username: "root", redfish: { httpPort: 8000, httpsPort: 443 } },
    },
    bmc: { ...bmcSource, cloud: { ...bmcSource.cloud, region: undefined, caCertificate: certificate } },
  },
  "boot-server beside the cloud's DHCP, BMC on NICs": {
    raw: { undercloud: { kind: "boot-server", bootPort: 80 }, bmc: { mode: "nic" } },
    bmc: { ...bmcSource, cloud: { ...bmcSource.cloud, insecure: true } },
  },
  "boot-server with its own DHCP, BMC on NICs without a router": {
    raw: {
      authorizedKeys: [key],
      ctlplane: { ...noDhcp, dns: ["192.0.2.53"] },
      undercloud: { kind: "boot-server" },
      bmc: { mode: "nic", redfish: { httpsPort: 0 }, nodePath: "/opt/node/bin/node" },
    },
  },
  "ironic that serves DHCP": { raw: { ctlplane: { dhcpServer: "undercloud-ovn" } } },
  "boot-server that serves DHCP beside the cloud's": {
    raw: { ctlplane: { dhcpServer: "undercloud-ovn" }, undercloud: { kind: "boot-server" } },
  },
  "custom, which serves DHCP": { raw: { ctlplane: noDhcp, undercloud: { kind: "custom" } } },
  "custom, without user data": {
    raw: {
      undercloud: { kind: "custom", vips: ["192.0.2.220", "192.0.2.248/29"] },
      images: {
        disk: { source: "existing", name: "own-ipxe" },
        iso: { source: "existing", name: "own-ipxe" },
      },
    },
    bmc: { ...bmcSource, credential: { id: "an-id-of-mine", secret: "a-secret-of-mine" } },
  },
  "custom, with user data": {
    raw: {
      authorizedKeys: [key],
      undercloud: {
        kind: "custom",
        userData: "#cloud-config\npackages: [podman]\n",
        dhcpRange: { start: "192.0.2.12", end: "192.0.2.20" },
        inspectionRange: { start: "192.0.2.202", end: "192.0.2.210" },
      },
      bmc: { enabled: false },
    },
  },
  "none, BMC alone": { raw: { undercloud: { kind: "none", address: "198.51.100.7" } } },
};

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Of each file that cloud-init writes, so that a change names its place, and of everything. */
function hashes(userData: string): Record<string, string> {
  const text = userData.startsWith("#") ? userData : unpacked(userData);
  const parts = text.startsWith("#cloud-config-archive")
    ? (parse(text) as { content: string }[]).map(({ content }) => content)
    : [text];
  const files = parts.flatMap(
    (part) => (parse(part) as { write_files?: { path: string; content: string }[] }).write_files ?? [],
  );
  return {
    everything: sha256(text),
    ...Object.fromEntries(files.map(({ path, content }) => [path, sha256(content)])),
  };
}

/** The BMC's is compressed. Its bytes are Node's zlib's, so that only how they are made can be pinned. */
function unpacked(base64: string): string {
  const text = gunzipSync(Buffer.from(base64, "base64")).toString();
  const again = gzipSync(text, { level: 9 });
  again[9] = 255;
  expect(base64).toBe(again.toString("base64"));
  return text;
}

/** What each VM of the lab is given, by the server's name. */
async function userDataOf({ raw, bmc }: { raw: Raw; bmc?: typeof bmcSource }): Promise<[string, string][]> {
  const { byName } = await recordLab({ ...base, ...raw }, diskContent, bmc ?? bmcSource, passwordOf(raw));
  return [...byName].flatMap(([name, { inputs }]): [string, string][] => {
    const given = inputs.userData as string | { value: string } | undefined;
    if (given === undefined) return [];
    return [[name.replace("Instance ovb-dev-", ""), typeof given === "string" ? given : given.value]];
  });
}

/** As index.ts hands it over. */
function passwordOf({ undercloud }: Raw): string | undefined {
  return (undercloud as { ironic?: { password?: string } } | undefined)?.ironic?.password;
}

const golden: Record<string, Record<string, Record<string, string>>> = {};

beforeAll(async () => {
  for (const [name, lab] of Object.entries(labs)) {
    const given = await userDataOf(lab);
    golden[name] = Object.fromEntries(given.map(([server, userData]) => [server, hashes(userData)]));
  }
  const services: Record<string, SyncServiceChoice> = {
    "sync from the undercloud's Neutron": {
      ...{ source: "undercloud-neutron", ownPlanned: false, undercloudEnv: "undercloud.env" },
    },
    "sync from dnsmasq": {
      ...{ source: "dnsmasq", ownPlanned: true, vip: ["192.0.2.220"], vipHolder: ["node"], interval: 5 },
      ...{ hosts: "/var/lib/dnsmasq/hosts", leases: "/var/lib/dnsmasq/leases", group: ["dnsmasq"] },
    },
  };
  for (const [name, options] of Object.entries(services)) {
    const cloud = { ...bmcSource.cloud, ...(options.source === "dnsmasq" && { caCertificate: certificate }) };
    const config = syncServiceConfig("ovb-dev", "sync", options);
    const undercloudEnv = options.source === "dnsmasq" ? undefined : "OS_TOKEN=t\n";
    const { "ovb-sync.js": _program, ...files } = await syncServiceFiles({
      ...{ lab: "ovb-dev", options, config, cloud, undercloudEnv },
    });
    golden[name] = {
      undercloud: Object.fromEntries(Object.entries(files).map(([file, text]) => [file, sha256(text)])),
    };
  }
});

test("user data stays what it is, byte by byte", async () => {
  const message =
    "User data of existing labs has changed. cloud-init reads it once, so Pulumi REPLACES the VM: the next `pulumi up` " +
    "of every lab deletes its undercloud or BMC, with all that was installed there, and makes a new one (for sync: " +
    "`ovb sync-service` writes another folder). Keep the bytes; where the change is meant, say in CHANGELOG.md which " +
    "VM it replaces and renew the hashes: npx vitest run --project unit test/unit/plan/guest.golden.test.ts -u";
  await expect(`${JSON.stringify(golden, null, 2)}\n`, message).toMatchFileSnapshot("golden-user-data.json");
});

test("each kind of undercloud, the BMC and sync have some, and no node has", () => {
  const servers = Object.values(golden).flatMap((lab) => Object.keys(lab));
  expect(new Set(servers)).toEqual(new Set(["undercloud", "bmc"]));
  const paths = Object.values(golden).flatMap((lab) => Object.values(lab).flatMap(Object.keys));
  expect(paths).toEqual(
    expect.arrayContaining([
      "/etc/ovb/bmc.json", // the BMC
      "/etc/ovb/undercloud.conf", // custom
      "/etc/systemd/system/ovb-ironic.service",
      "install.sh", // sync
    ]),
  );
});
