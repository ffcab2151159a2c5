import fc from "fast-check";
import { toAddress } from "../../plan/lab/ipv4";

type Raw = Record<string, unknown>;

// Made once: an arbitrary of a regular expression is dear, and chain() asks for them at every run.
const labName = label(30);
const name20 = label(20);
const networkName = name20.filter(
  (name) => !["ctlplane", "access", "public", "undercloud", "bmc", "router"].includes(name),
);
const tag = fc.stringMatching(/^[a-z0-9:=_.-]{1,60}$/);
const macPrefix = fc.stringMatching(/^[0-9a-e][02468ace](:[0-9a-f]{2}){2}$/);
const optionName = fc.stringMatching(/^[a-z][a-z-]{0,20}$/);
const optionValue = fc.string({ minLength: 1, maxLength: 255 });
const existingName = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text.trim() === text);
const portSecurity = fc.constantFrom("unset", "enabled", "disabled");
const bootScript = fc.constantFrom("boot.ipxe", "inspector.ipxe");
const mtu = fc.integer({ min: 1280, max: 9216 });

/** A network of the size asked for in a /12 of its own, so that the lab's networks never overlap. */
const cidrIn = (slash12: number, prefix: number) =>
  fc.nat(2 ** (prefix - 12) - 1).map((i) => `${toAddress(slash12 + i * 2 ** (32 - prefix))}/${prefix}`);
const [ctlplane12, access12, extra12] = [0x0a000000, 0x0a100000, 0x0a200000] as const;

const image = fc.oneof(
  fc.record({ source: fc.constant("build"), firmware: fc.constantFrom("bios", "uefi") }),
  fc.record({ source: fc.constant("existing"), name: existingName }),
  fc.record({ source: fc.constant("file"), path: fc.constantFrom("ipxe.qcow2", "images/ipxe.img") }),
  fc.record({
    source: fc.constant("url"),
    url: fc.webUrl(),
    format: fc.constantFrom("qcow2", "raw"),
  }),
);

interface Piece {
  readonly length: number;
  readonly gap: number;
}
const piece = (longest: number) =>
  fc.record({ length: fc.integer({ min: 1, max: longest }), gap: fc.nat(3) });

/**
 * Where things lie on the ctlplane: pieces of the subnet in any order with gaps between, so that whatever
 * comes out is valid by construction and nothing has to be thrown away.
 */
const places = fc
  .record({
    prefix: fc.integer({ min: 20, max: 26 }),
    // 5 * 1 + 5 + 3 * 6 + 4 with their gaps of up to 3 each fit the 62 hosts of a /26.
    fixed: fc.tuple(piece(1), piece(1), piece(1), piece(1), piece(1)),
    pool: piece(5),
    groups: fc.array(piece(6), { minLength: 1, maxLength: 3 }),
    vips: piece(4),
    order: fc.array(fc.nat(), { minLength: 10, maxLength: 10 }),
  })
  .chain((shape) => cidrIn(ctlplane12, shape.prefix).map((cidr) => ({ ...shape, cidr })))
  .map(({ cidr, fixed: [gateway, undercloud, bmc, dhcp, inspection], pool, groups, vips, order }) => {
    const base = cidr
      .split("/")[0]!
      .split(".")
      .reduce((sum, part) => sum * 256 + Number(part), 0);
    const all: Piece[] = [gateway, undercloud, bmc, dhcp, inspection, pool, ...groups, vips];
    const keyed = all.map((item, i) => ({ item, key: order[i]! }));
    const starts = new Map<Piece, number>();
    let at = base + 1;
    for (const { item } of keyed.sort((a, b) => a.key - b.key)) {
      starts.set(item, at + item.gap);
      at += item.gap + item.length;
    }
    const start = (item: Piece) => toAddress(starts.get(item)!);
    return {
      cidr,
      gateway: start(gateway),
      undercloud: start(undercloud),
      bmc: start(bmc),
      ranges: {
        dhcpRange: { start: start(dhcp), end: start(dhcp) },
        inspectionRange: { start: start(inspection), end: start(inspection) },
      },
      pool: { start: start(pool), end: toAddress(starts.get(pool)! + pool.length - 1) },
      groups: groups.map((group) => ({ firstAddress: start(group), count: group.length })),
      vips: Array.from({ length: vips.length }, (_, i) => toAddress(starts.get(vips)! + i)),
    };
  });

const extraNetworks = fc.uniqueArray(networkName, { maxLength: 7 }).chain((names) =>
  fc.tuple(
    ...names.map((name, i) =>
      fc.oneof(
        fc.record({ name: fc.constant(name), network: existingName }),
        fc.record(
          {
            name: fc.constant(name),
            // A /16 each, larger than any ctlplane.
            cidr: fc.constant(`${toAddress(extra12 + i * 65536)}/16`),
            mtu,
            dhcp: fc.boolean(),
            portSecurity,
          },
          { requiredKeys: ["name", "cidr"] },
        ),
      ),
    ),
  ),
);

/** Any valid configuration, as a stack file would hold it: `ovb:` keys without their prefix. */
export const arbitraryConfig: fc.Arbitrary<Raw> = fc
  .record({ places, networks: extraNetworks })
  .chain(({ places: where, networks }) => {
    const names = networks.map((network) => network.name);
    const groups = fc
      .uniqueArray(name20, { minLength: where.groups.length, maxLength: where.groups.length })
      .chain((groupNames) =>
        fc.tuple(
          ...groupNames.map((name, i) => {
            const { firstAddress, count } = where.groups[i]!;
            return fc.record(
              {
                name: fc.constant(name),
                count: fc.constant(count),
                firstAddress: fc.constant(firstAddress),
                without: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
                flavor: existingName,
                image: existingName,
                bootScript,
                bootScripts: fc.dictionary(
                  fc.nat(count - 1).map((index) => `${name}-${index}`),
                  bootScript,
                  { noNullPrototype: true },
                ),
                networks: fc.subarray(names),
                dhcpOptions: fc.dictionary(optionName, optionValue, { maxKeys: 3, noNullPrototype: true }),
                vips: fc.subarray(where.vips),
              },
              { requiredKeys: ["name", "count", "firstAddress"] },
            );
          }),
        ),
      );
    return fc.record(
      {
        lab: labName,
        tags: fc.array(tag, { maxLength: 3 }),
        expires: fc.constantFrom(undefined, "8h", "2w", "2026-11-22T08:00+01:00"),
        publicNetwork: existingName,
        bootScript,
        macPrefix,
        access: fc.record(
          {
            network: existingName,
            router: existingName,
            cidr: cidrIn(access12, 24),
            dns: fc.constant(["9.9.9.9"]),
          },
          { requiredKeys: [] },
        ),
        ctlplane: fc.oneof(
          fc.record({
            ...fixedPlaces(where),
            portSecurity,
            mtu,
            routed: fc.boolean(),
            metadataRoute: fc.boolean(),
            addressOwner: fc.constantFrom("plan", "sync"),
          }),
          fc.record({
            ...fixedPlaces(where),
            portSecurity,
            dhcp: fc.constant(false),
            routed: fc.constant(false),
          }),
          fc.record({
            ...fixedPlaces(where),
            portSecurity,
            dhcpServer: fc.constant("undercloud"),
            routed: fc.constant(false),
            metadataRoute: fc.boolean(),
          }),
          fc.record({
            ...fixedPlaces(where),
            portSecurity,
            dhcpServer: fc.constant("undercloud-ovn"),
            routed: fc.boolean(),
            addressOwner: fc.constantFrom("plan", "sync"),
          }),
        ),
        networks: fc.constant(networks),
        undercloud: fc
          .record(
            {
              address: fc.constant(where.undercloud),
              kind: fc.constantFrom("ironic", "boot-server", "custom", "none"),
              vips: fc.subarray(where.vips),
              floatingIp: fc.boolean(),
              bootPort: fc.integer({ min: 1, max: 65535 }),
            },
            { requiredKeys: ["address"] },
          )
          .map((undercloud) =>
            undercloud.kind === "custom" || undercloud.kind === "none"
              ? { ...undercloud, ...where.ranges }
              : undercloud,
          ),
        bmc: fc.record(
          {
            address: fc.constant(where.bmc),
            enabled: fc.boolean(),
            firstPort: fc.integer({ min: 1, max: 61440 }),
          },
          { requiredKeys: ["address"] },
        ),
        nodes: groups,
        images: fc.record({ disk: image }),
        authorizedKeys: fc.array(fc.constant(`ssh-ed25519 ${"A".repeat(68)} someone`), { maxLength: 20 }),
      },
      { requiredKeys: ["ctlplane", "networks", "undercloud", "bmc", "nodes"] },
    );
  })
  .map((raw) => {
    if ((raw.undercloud.kind ?? "ironic") !== "ironic") return raw;
    // Ironic's password follows from the BMC's credential.
    if (raw.bmc.enabled !== false) return raw;
    return { ...raw, undercloud: { ...raw.undercloud, ironic: { password: "a-password-of-its-own" } } };
  })
  .map((raw) => {
    if (!("dhcp" in raw.ctlplane || "dhcpServer" in raw.ctlplane)) return raw;
    // The undercloud's DHCP tells all nodes the same.
    const nodes = raw.nodes.map(({ bootScript: _, bootScripts: __, dhcpOptions: ___, ...same }) => same);
    return { ...raw, nodes };
  });

function fixedPlaces(where: { cidr: string; gateway: string; pool: { start: string; end: string } }) {
  return {
    cidr: fc.constant(where.cidr),
    gateway: fc.constant(where.gateway),
    pool: fc.constant(where.pool),
  };
}

function label(longest: number) {
  return fc
    .stringMatching(new RegExp(`^[a-z]([a-z0-9-]{0,${longest - 2}}[a-z0-9])?$`))
    .filter((text) => text.length <= longest);
}
