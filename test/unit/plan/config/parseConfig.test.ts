import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../../../plan/config/parseConfig";
import { keyOf as keyOfPath, type Path } from "../../../../plan/config/problem";
import { planLab } from "../../../../plan/lab/planLab";
import { arbitraryConfig } from "../../../support/arbitraryConfig";

type Raw = Record<string, unknown>;

const node = (fields: Raw): Raw => ({ nodes: [{ name: "node", count: 2, ...fields }] });
const six = [1, 2, 3, 4, 5, 6].map((i) => `9.9.9.${i}`);
const tags = (count: number) => Array.from({ length: count }, (_, i) => `tag-${i}`);
const vips = (count: number) => Array.from({ length: count }, (_, i) => `192.0.2.${201 + i}`);

/** A mistake: what is configured, the key its message must begin with, and words that tell why or what to do. */
const mistakes: readonly [mistake: string, raw: Raw, key: string, says: RegExp][] = [
  ["an unknown key", { laab: "x" }, "ovb:laab", /no key of this program/],
  ["an unknown nested key", { ctlplane: { mtuu: 1400 } }, "ovb:ctlplane.mtuu", /docs\/configuration\.md/],
  ["an unknown key of a group", node({ flavour: "x" }), "ovb:nodes[0].flavour", /no key/],
  ["a lab that is no label", { lab: "My_Lab" }, "ovb:lab", /lower-case letters/],
  ["a lab that is too long", { lab: "l".repeat(31) }, "ovb:lab", /at most 30/],
  ["a lab that ends with a hyphen", { lab: "lab-" }, "ovb:lab", /not ending with a hyphen/],
  ["a tag of the lab's own kind", { tags: ["ovb:lab=other"] }, "ovb:tags[0]", /lab's own tags/],
  ["an expiry without a unit", { expires: "8" }, "ovb:expires", /8h.*2026-11-22T08:00Z/],
  ["an expiry without a zone", { expires: "2026-11-22T08:00" }, "ovb:expires", /with its zone/],
  ["an expiry that is no date", { expires: "2026-13-22T08:00Z" }, "ovb:expires", /with its zone/],
  ["a tag with a comma", { tags: ["a,b"] }, "ovb:tags[0]", /no comma/],
  ["a network's name that is empty", { publicNetwork: "" }, "ovb:publicNetwork", /not be empty/],
  ["a name with a blank at its end", { publicNetwork: "public " }, "ovb:publicNetwork", /blank/],
  ["a name that is too long", { publicNetwork: "n".repeat(256) }, "ovb:publicNetwork", /255/],
  ["another boot script", { bootScript: "grub.cfg" }, "ovb:bootScript", /boot\.ipxe, inspector\.ipxe/],
  ["a multicast MAC prefix", { macPrefix: "21:57:f8" }, "ovb:macPrefix", /unicast/],
  ["a MAC prefix that Ironic ignores", { macPrefix: "fa:16:3e" }, "ovb:macPrefix", /Ironic/],
  ["a list where a map is to be", { access: [] }, "ovb:access", /must be a/],
  ["text where a number is to be", node({ count: "two" }), "ovb:nodes[0].count", /number/],
  ["a negative count", node({ count: -1 }), "ovb:nodes[0].count", /0 or more/],
  ["half a node", node({ count: 1.5 }), "ovb:nodes[0].count", /whole number/],
  ["no group at all", { nodes: [] }, "ovb:nodes", /group/],
  ["an MTU that is too small", { ctlplane: { mtu: 1279 } }, "ovb:ctlplane.mtu", /1280 to 9216/],
  ["an address that is none", { undercloud: { address: "192.0.2.256" } }, "ovb:undercloud.address", /IPv4/],
  ["a CIDR with host bits", { ctlplane: { cidr: "192.0.2.1/24" } }, "ovb:ctlplane.cidr", /host bits/],
  [
    "a ctlplane that is too small",
    { ctlplane: { cidr: "192.0.2.0/27" } },
    "ovb:ctlplane.cidr",
    /\/20 to \/26/,
  ],
  [
    "a ctlplane that is too large",
    { ctlplane: { cidr: "10.0.0.0/19" } },
    "ovb:ctlplane.cidr",
    /\/20 to \/26/,
  ],
  [
    "subnets that overlap",
    { access: { cidr: "192.0.2.128/25" } },
    "ovb:access.cidr",
    /overlaps.*ovb:ctlplane/,
  ],
  [
    "subnets of networks that overlap",
    { networks: [{ name: "a" }, { name: "b" }] },
    "ovb:networks[1].cidr",
    /overlaps/,
  ],
  ["a subnet without room", { access: { cidr: "203.0.113.0/30" } }, "ovb:access.cidr", /\/29 or larger/],
  [
    "the metadata address's network",
    { networks: [{ name: "a", cidr: "169.254.0.0/16" }] },
    "ovb:networks[0].cidr",
    /169\.254\.169\.254/,
  ],
  ["a gateway outside", { ctlplane: { gateway: "198.18.0.1" } }, "ovb:ctlplane.gateway", /choose one inside/],
  [
    "the broadcast address",
    { undercloud: { address: "192.0.2.255" } },
    "ovb:undercloud.address",
    /host address/,
  ],
  ["an undercloud in the pool", { undercloud: { address: "192.0.2.50" } }, "ovb:undercloud.address", /pool/],
  [
    "the undercloud's address for the BMC",
    { bmc: { address: "192.0.2.240" } },
    "ovb:bmc.address",
    /ovb:undercloud\.address/,
  ],
  [
    "a pool that ends before it starts",
    { ctlplane: { pool: { start: "192.0.2.199", end: "192.0.2.30" } } },
    "ovb:ctlplane.pool",
    /swap/,
  ],
  ["half a pool", { ctlplane: { pool: { start: "192.0.2.30" } } }, "ovb:ctlplane.pool.end", /required/],
  [
    "DHCP of nobody",
    { ctlplane: { dhcpServer: "cloud", dhcp: false } },
    "ovb:ctlplane.dhcp",
    /nobody would answer/,
  ],
  [
    "DHCP of both",
    { ctlplane: { dhcpServer: "undercloud", dhcp: true } },
    "ovb:ctlplane.dhcp",
    /the first one wins.*undercloud-ovn/,
  ],
  [
    "DHCP of a third",
    { ctlplane: { dhcpServer: "router" } },
    "ovb:ctlplane.dhcpServer",
    /cloud, undercloud, /,
  ],
  [
    "no DHCP, and a script of one group's own",
    {
      undercloud: { kind: "boot-server" },
      ctlplane: { dhcp: false },
      nodes: [{ bootScript: "inspector.ipxe" }],
    },
    "ovb:nodes[0].bootScript",
    /tells all nodes the same/,
  ],
  [
    "DHCP from Ironic's undercloud, and a script of one node's own",
    { ctlplane: { dhcpServer: "undercloud-ovn" }, nodes: [{ bootScripts: { "node-1": "inspector.ipxe" } }] },
    "ovb:nodes[0].bootScripts",
    /tells all nodes the same/,
  ],
  [
    "DHCP from one's own undercloud, and options for the cloud's",
    {
      undercloud: { kind: "custom" },
      ctlplane: { dhcpServer: "undercloud-ovn" },
      nodes: [{ dhcpOptions: { "42": "192.0.2.1" } }],
    },
    "ovb:nodes[0].dhcpOptions",
    /tells all nodes the same/,
  ],
  [
    "DHCP from an undercloud beyond a router",
    { undercloud: { kind: "none", address: "198.18.0.1" }, ctlplane: { dhcpServer: "undercloud-ovn" } },
    "ovb:undercloud.address",
    /DHCP crosses no router/,
  ],
  [
    "ranges of one's own DHCP that take too many address pairs",
    {
      undercloud: { kind: "custom", inspectionRange: { start: "192.0.2.201", end: "192.0.2.222" } },
      ctlplane: { dhcpServer: "undercloud-ovn" },
    },
    "ovb:undercloud.dhcpRange",
    /12 address pairs on a port, more than Neutron's 10/,
  ],
  ["a group that grows into the pool", node({ count: 21 }), "ovb:nodes[0].count", /node-20 .*pool/],
  ["nodes in the pool", node({ firstAddress: "192.0.2.30" }), "ovb:nodes[0].firstAddress", /pool/],
  [
    "nodes outside",
    node({ firstAddress: "192.0.2.254" }),
    "ovb:nodes[0].firstAddress",
    /node-1 .*host address/,
  ],
  [
    "groups that meet",
    {
      nodes: [
        { name: "a", count: 9 },
        { name: "b", count: 1 },
      ],
    },
    "ovb:nodes[1].count",
    /b-0 would get 192\.0\.2\.18, which is node a-8's/,
  ],
  ["two groups of a name", { nodes: [{ count: 1 }, { count: 1 }] }, "ovb:nodes[1].name", /names must differ/],
  ["a node left out that is none", node({ without: [2] }), "ovb:nodes[0].without", /0 to 1/],
  [
    "a boot script for no node",
    node({ bootScripts: { "node-7": "boot.ipxe" } }),
    "ovb:nodes[0].bootScripts.node-7",
    /node-0 to node-1/,
  ],
  ["a NIC on no network", node({ networks: ["storage"] }), "ovb:nodes[0].networks[0]", /ovb:networks/],
  [
    "two NICs on a network",
    { networks: [{ name: "a" }], ...node({ networks: ["a", "a"] }) },
    "ovb:nodes[0].networks[1]",
    /twice/,
  ],
  [
    "a network too small for the nodes' offsets",
    { networks: [{ name: "a", cidr: "198.51.100.0/29" }], ...node({ networks: ["a"] }) },
    "ovb:nodes[0].networks[0]",
    /too small/,
  ],
  [
    "a group and a network whose names make another's port",
    {
      networks: [{ name: "a-1-b" }, { name: "b", cidr: "10.0.0.0/24" }],
      nodes: [
        { name: "g", count: 1, networks: ["a-1-b"] },
        { name: "g-0-a", networks: ["b"] },
      ],
    },
    "ovb:nodes[1].networks[0]",
    /rename a group or network/,
  ],
  [
    "two images of a name",
    { images: { disk: { name: "ipxe" }, iso: { name: "ipxe" } } },
    "ovb:images.iso.name",
    /names must differ/,
  ],
  [
    "a network called as the lab's own",
    { networks: [{ name: "ctlplane" }] },
    "ovb:networks[0].name",
    /taken/,
  ],
  [
    "more networks than MACs can number",
    { networks: Array.from({ length: 8 }, (_, i) => ({ name: `n${i}`, cidr: `10.0.${i}.0/24` })) },
    "ovb:networks",
    /more than 7/,
  ],
  ["a long DHCP value", node({ dhcpOptions: { a: "v".repeat(256) } }), "ovb:nodes[0].dhcpOptions.a", /255/],
  ["an empty DHCP value", node({ dhcpOptions: { a: "" } }), "ovb:nodes[0].dhcpOptions.a", /not be empty/],
  ["a VIP in the pool", { undercloud: { vips: ["192.0.2.100"] } }, "ovb:undercloud.vips[0]", /pool/],
  [
    "a block that meets the pool",
    { undercloud: { vips: ["192.0.2.192/29"] } },
    "ovb:undercloud.vips[0]",
    /pool/,
  ],
  ["a VIP outside", { undercloud: { vips: ["198.18.0.1"] } }, "ovb:undercloud.vips[0]", /choose one inside/],
  [
    "a VIP that is a node's",
    { undercloud: { vips: ["192.0.2.10"] } },
    "ovb:undercloud.vips[0]",
    /node node-0/,
  ],
  ["a node's VIP that is the BMC's", node({ vips: ["192.0.2.241"] }), "ovb:nodes[0].vips[0]", /the BMC/],
  ["more than ten address pairs", { undercloud: { vips: vips(10) } }, "ovb:undercloud.vips", /more than 10/],
  ["more than ten pairs on a node", node({ vips: vips(11) }), "ovb:nodes[0].vips", /one CIDR/],
  ["a port beyond the last", { bmc: { firstPort: 65000 } }, "ovb:bmc.firstPort", /61440/],
  ["a TCP port beyond the last", { undercloud: { bootPort: 65536 } }, "ovb:undercloud.bootPort", /65535/],
  [
    "an existing image without a name",
    { images: { disk: { source: "existing" } } },
    "ovb:images.disk.name",
    /required/,
  ],
  ["a file without a path", { images: { disk: { source: "file" } } }, "ovb:images.disk.path", /required/],
  [
    "an ISO called raw",
    { images: { disk: { source: "file", path: "ipxe.iso", format: "raw" } } },
    "ovb:images.disk.format",
    /refuses an ISO/,
  ],
  [
    "a URL of another kind",
    { images: { disk: { source: "url", url: "ftp://a/b", format: "raw" } } },
    "ovb:images.disk.url",
    /http/,
  ],
  ["no disk image", { images: { disk: { source: "none" } } }, "ovb:images.disk.source", /something to boot/],
  ["a private key", { authorizedKeys: ["-----BEGIN"] }, "ovb:authorizedKeys[0]", /public key/],
  [
    "keys beyond Nova's user data",
    // No two alike, as real ones are: equal ones compress to nothing.
    {
      authorizedKeys: Array.from(
        { length: 900 },
        () => `ssh-ed25519 ${randomBytes(51).toString("base64")} me`,
      ),
    },
    "ovb:undercloud",
    /authorizedKeys/,
  ],
  ["a quota that is too small", { limits: { instances: 3 } }, "ovb:limits.instances", /4 that the lab needs/],
  ["six name servers", { ctlplane: { dns: six } }, "ovb:ctlplane.dns", /has 6.*limit.* 5/],
  ["six name servers of the access network", { access: { dns: six } }, "ovb:access.dns", /limit.* 5/],
  [
    "a name server twice",
    { ctlplane: { dns: ["9.9.9.9", "9.9.9.9"] } },
    "ovb:ctlplane.dns[1]",
    /a second time/,
  ],
  [
    "a source twice",
    { access: { allowFrom: ["10.0.0.0/8", "10.0.0.0/8"] } },
    "ovb:access.allowFrom[1]",
    /a second time/,
  ],
  ["more tags than a server takes", { tags: tags(60) }, "ovb:tags", /Nova's 50; leave 15 out/],
  ["a quota of ports", { limits: { ports: 9 } }, "ovb:limits.ports", /10 that the lab needs/],
];

describe("a configuration with a mistake is refused by name", () => {
  it.each(mistakes)("%s", (_, raw, at, says) => {
    const problem = problemsOf(raw).find((text) => keyOf(text) === at);
    expect(problem, `no problem of ${at} among:\n${problemsOf(raw).join("\n")}`).toBeDefined();
    expect(problem).toMatch(says);
  });

  it("shows the value, shortened where it is long", () => {
    expect(problemsOf({ lab: "My_Lab" })[0]).toMatch(/^ovb:lab "My_Lab": must/);
    expect(problemsOf({ publicNetwork: "n".repeat(256) })[0]!.length).toBeLessThan(200);
  });

  it("with several mistakes, all of them at once", () => {
    // One for each top-level key, so that two never change the same value. The sums of the finished plan are
    // told when the plan can be finished: they cannot be among several.
    const late = /^ovb:(limits|tags$|undercloud$|networks$)/;
    const apart = new Map(mistakes.filter(([, , at]) => !late.test(at)).map((row) => [topKeys(row[1]), row]));
    const rows = [...apart.values()].filter(([, raw]) => Object.keys(raw).length === 1);
    expect(rows.length).toBeGreaterThan(9);
    fc.assert(
      fc.property(fc.subarray(rows, { minLength: 2 }), (several) => {
        const found = problemsOf(Object.assign({}, ...several.map(([, raw]) => raw))).map(keyOf);
        for (const [, , at] of several) expect(found).toContain(at);
      }),
      { numRuns: 100 },
    );
  });

  it("a required field that is wrong hides nothing, and is not called missing", () => {
    const raw = {
      ctlplane: { pool: { start: "banana", end: "192.0.2.99" }, mtu: 10 },
      ...node({ name: "Node", count: -1 }),
      bmc: { credential: { id: 12345, secret: 1234567890123456 } },
    };
    expect(problemsOf(raw)).toEqual([
      'ovb:ctlplane.pool.start "banana": must be an IPv4 address such as 192.0.2.240',
      "ovb:ctlplane.mtu 10: must be 1280 to 9216 bytes",
      "ovb:bmc.credential.id: must be a string",
      "ovb:bmc.credential.secret: must be a string",
      expect.stringMatching(/^ovb:nodes\[0\]\.name "Node": must be lower-case/),
      "ovb:nodes[0].count -1: must be 0 or more",
    ]);
  });

  it("one problem for each mistake, and none that is false, whatever else there is", () => {
    const broken = fc
      .tuple(arbitraryConfig, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
      .map(([raw, picks]) => {
        const all = leaves(raw);
        const paths = [...new Set(picks.map((pick) => all[pick % all.length]!))];
        const copy = structuredClone(raw);
        for (const path of paths) spoil(copy, path);
        return { raw: copy, paths };
      });
    fc.assert(
      fc.property(broken, ({ raw, paths }) => {
        expect(problemsOf(raw).map(keyOf).sort()).toEqual(paths.map(keyOfPath).sort());
      }),
      { numRuns: 200 },
    );
  });

  it("what is encrypted is not judged, whatever it is, and neither is what would follow from it", () => {
    const hidden = fc
      .tuple(arbitraryConfig, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
      .map(([raw, picks]) => {
        const all = leaves(raw).flatMap((path) => path.map((_, i) => path.slice(0, i + 1)));
        const paths = picks.map((pick) => all[pick % all.length]!);
        const outer = paths.filter(
          (a, i) =>
            !paths.some(
              (b, j) => j !== i && (j < i || b.length < a.length) && b.every((part, k) => part === a[k]),
            ),
        );
        const copy = structuredClone(raw);
        for (const path of outer) spoil(copy, path, "[secret]");
        return { raw: copy, unknown: outer };
      });
    fc.assert(
      fc.property(hidden, ({ raw, unknown }) => {
        expect(planLab(parseConfig(raw, "dev", unknown)).nodes).toBeInstanceOf(Array);
      }),
      { numRuns: 200 },
    );
  });

  it("counts them in one message that says nothing was created", () => {
    expect(() => parseConfig({ lab: "X", tags: [""] }, "dev")).toThrow(
      /has 2 problems; nothing was created:\n {2}- ovb/,
    );
  });
});

function problemsOf(raw: Raw): readonly string[] {
  try {
    parseConfig(raw, "dev");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** Paths of all plain values. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function spoil(raw: Raw, path: Path, by: unknown = { no: "value of any key" }): void {
  const parent = path.slice(0, -1).reduce((at, part) => at[part] as Raw, raw as Record<PropertyKey, unknown>);
  parent[path.at(-1)!] = by;
}

function keyOf(problem: string): string {
  return problem.split(/ |: /, 1)[0]!;
}

function topKeys(raw: Raw): string {
  return Object.keys(raw).sort().join(" ");
}
