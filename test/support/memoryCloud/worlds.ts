import { examine } from "../../../cli/doctor/doctor";
import { createLab } from "../../../lab";
import { authFromEnvironment } from "../../../openstack/auth";
import { Session } from "../../../openstack/session";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import type { LabInput } from "../../../plan/lab/schema/configSchema";
import type { Check } from "../../../tenant/fit/check";
import { record } from "../recorder";
import { replayUp } from "../replayUp";
import { imageCalled, MemoryCloud } from "./cloud";
import { flavorCalled } from "./nova";
import { type Oddities, realRules } from "./rules";

/* Tenants in memory, ordinary and odd ones, and what doctor and up make of them. */

type Json = Record<string, unknown>;

export interface World {
  readonly config: LabInput;
  readonly odd?: Oddities;
  /** Makes the cloud and the tenant what they are. */
  readonly arrange?: (cloud: MemoryCloud) => void;
}

const lab = "ovb-qa";
const uuid = "11111111-2222-3333-4444-555555555555";
const images = {
  disk: { source: "existing", name: "ipxe" },
  iso: { source: "existing", name: "ipxe-iso" },
} as const;
/** A lab without a BMC, whose agent takes a while to be bundled. */
export const small: LabInput = {
  images,
  undercloud: { kind: "boot-server" },
  bmc: { enabled: false },
  nodes: [{ count: 1 }],
};
const withBmc: LabInput = { images, undercloud: { kind: "boot-server" }, bmc: { readinessTimeout: 0 } };

const offers = () => ({
  images: ["ipxe", "ipxe-iso", "ovb-undercloud", "debian-13"].map(imageCalled),
  flavors: ["m1.small", "undercloud", "baremetal"].map(flavorCalled),
});

/** A cloud with the real services' rules, as the world has it. */
export async function cloudOf({ odd, arrange }: Pick<World, "odd" | "arrange">): Promise<MemoryCloud> {
  const cloud = await MemoryCloud.start();
  cloud.offers = offers();
  cloud.neutron.dhcpPorts = true;
  cloud.refuse = realRules(cloud, odd);
  arrange?.(cloud);
  return cloud;
}

/** What fails of the doctor's checks. The environment names the cloud. */
export async function failures(config: Record<string, unknown>, probe: boolean): Promise<Check[]> {
  const session = new Session(authFromEnvironment(), { sleep: async () => {} });
  const checked = parseConfig({ ...config }, "qa");
  const checks = await examine({
    ...{ session, lab: { config: checked, plan: planLab(checked) }, probe, report: () => {} },
    claim: async () => ({ lab: checked.lab, ids: new Set<string>() }),
    signal: new AbortController().signal,
  });
  return checks.filter(({ status }) => status === "fail");
}

/** What comes of an up: the program itself on the recorder, and then the calls that the provider makes of what it registered. */
export async function up(cloud: MemoryCloud, config: LabInput): Promise<{ made: number; refused?: string }> {
  try {
    const { registrations } = await record(() => createLab(lab, config), lookUps(cloud));
    return await replayUp(registrations, async (service, method, path, json) => {
      const version = { network: "v2.0", compute: "v2.1", image: "v2", identity: "v3" }[service];
      const response = await fetch(`${cloud.origin}/${service}/${version}${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(json && { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return text === "" ? undefined : JSON.parse(text);
    });
  } catch (error) {
    return { made: 0, refused: (error as Error).message };
  }
}

/** The provider's look-ups, and what it says where there is none, or several. */
function lookUps(cloud: MemoryCloud): Parameters<typeof record>[1] {
  const one = (all: Iterable<Json>, wanted: Json): Json => {
    const found = [...all].filter((each) =>
      Object.entries(wanted).every(([key, value]) => each[key] === value),
    );
    if (found.length === 1) return found[0]!;
    const words = found.length === 0 ? "returned no results" : "returned more than one result";
    throw Object.assign(new Error(`Your query ${words}.`), { details: `Your query ${words}.` });
  };
  const { networks, routers } = cloud.neutron.resources;
  return {
    "openstack:networking/getNetwork:getNetwork": ({ name, networkId, external }) =>
      one(networks.values(), {
        ...(name !== undefined && { name }),
        ...(networkId !== undefined && { id: networkId }),
        ...(external === true && { "router:external": true }),
      }),
    "openstack:networking/getRouter:getRouter": ({ name, routerId }) =>
      one(routers.values(), routerId === undefined ? { name } : { id: routerId }),
    "openstack:images/getImage:getImage": ({ name }) => one(cloud.offers.images!, { name }),
    "openstack:compute/getFlavor:getFlavor": ({ name, flavorId }) =>
      one(cloud.offers.flavors!, flavorId === undefined ? { name } : { id: flavorId }),
    "openstack:identity/getAuthScope:getAuthScope": () => ({
      region: "RegionOne",
      serviceCatalogs: (cloud.catalog?.(cloud.origin) ?? usualCatalog(cloud.origin)).map((entry) => {
        const { type, endpoints } = entry as { type: string; endpoints: Json[] };
        return {
          type,
          endpoints: endpoints.map((endpoint) => ({ ...endpoint, regionId: endpoint.region_id })),
        };
      }),
    }),
  };
}

const paths: Record<string, string> = { identity: "/v3", compute: "/v2.1", network: "", image: "" };
const endpoint = (origin: string, type: string, side: string, region = "RegionOne") => ({
  ...{ interface: side, region, region_id: region, url: `${origin}/${type}${paths[type]}` },
});
const usualCatalog = (origin: string) =>
  Object.keys(paths).map((type) => ({
    type,
    endpoints: ["public", "internal", "admin"].map((side) => endpoint(origin, type, side)),
  }));

/** Of networks that are there before. */
export const existing = {
  network: (cloud: MemoryCloud, fields: Json = {}, subnet: Json | null = {}) => {
    const network = cloud.neutron.make("networks", { name: "office", ...fields });
    if (subnet) subnetOf(cloud, network.id, subnet);
    return network;
  },
  router: (cloud: MemoryCloud, gateway?: string, fields: Json = {}) =>
    cloud.neutron.make("routers", {
      name: "gate",
      external_gateway_info: gateway ? { network_id: gateway } : null,
      ...fields,
    }),
};
export const subnetOf = (cloud: MemoryCloud, network_id: string, fields: Json = {}) =>
  cloud.neutron.make("subnets", {
    ...{
      network_id,
      cidr: "10.77.0.0/24",
      gateway_ip: "10.77.0.1",
      ip_version: 4,
      enable_dhcp: false,
      ...fields,
    },
  });
export const join = (cloud: MemoryCloud, router: Json, subnet: Json) =>
  cloud.neutron.answer({
    ...{ method: "PUT", path: ["routers", String(router.id), "add_router_interface"] },
    ...{ query: new URLSearchParams(), body: { subnet_id: subnet.id } },
  });
export const publicOf = (cloud: MemoryCloud): string =>
  [...cloud.neutron.resources.networks.values()].find(({ name }) => name === "public").id;
const withOffice = (config: LabInput = small): LabInput => ({ ...config, access: { network: "office" } });
const routed = (cloud: MemoryCloud, fields: Json = {}) => {
  const network = existing.network(cloud, fields, null);
  join(cloud, existing.router(cloud, publicOf(cloud)), subnetOf(cloud, network.id));
};
const noFloatingIp: LabInput = { ...small, undercloud: { kind: "boot-server", floatingIp: false } };

/** Whether the lab comes to be; where not, whether that shows without trying, and so in `up` before anything is made. */
export type Verdict = "works" | "refused before" | "refused by trying";

export const worlds: readonly [name: string, verdict: Verdict, world: World][] = [
  ["an ordinary tenant", "works", { config: small }],
  ["an ordinary tenant, with a BMC", "works", { config: withBmc }],
  [
    "port security off unless asked for (F2)",
    "refused by trying",
    { config: small, arrange: (cloud) => void Object.assign(cloud.neutron, { portSecurity: false }) },
  ],
  [
    "the same, asked for on the ctlplane alone",
    "refused by trying",
    {
      config: { ...small, ctlplane: { portSecurity: "enabled" } },
      arrange: (cloud) => void Object.assign(cloud.neutron, { portSecurity: false }),
    },
  ],
  [
    "the same, asked for on both",
    "works",
    {
      config: { ...small, ctlplane: { portSecurity: "enabled" }, access: { portSecurity: "enabled" } },
      arrange: (cloud) => void Object.assign(cloud.neutron, { portSecurity: false }),
    },
  ],
  [
    "no such extension",
    "works",
    {
      config: small,
      arrange: ({ neutron }) =>
        void Object.assign(neutron, {
          extensions: neutron.extensions.filter((one) => one !== "port-security"),
        }),
    },
  ],
  [
    "no such extension, and its attribute is planned",
    "refused before",
    {
      config: { ...small, access: { portSecurity: "enabled" } },
      arrange: ({ neutron }) =>
        void Object.assign(neutron, {
          extensions: neutron.extensions.filter((one) => one !== "port-security"),
        }),
    },
  ],
  [
    "a network of one's own, routed to the outside",
    "works",
    { config: withOffice(), arrange: (cloud) => routed(cloud) },
  ],
  [
    "a network with port security off (F3)",
    "refused before",
    {
      config: withOffice(noFloatingIp),
      arrange: (cloud) => void existing.network(cloud, { port_security_enabled: false }),
    },
  ],
  [
    "the same, and the outer NICs without a firewall",
    "works",
    {
      config: { ...noFloatingIp, access: { network: "office", portSecurity: "disabled" } },
      arrange: (cloud) => void existing.network(cloud, { port_security_enabled: false }),
    },
  ],
  [
    "a network on no router (F3)",
    "refused before",
    { config: withOffice(), arrange: (cloud) => void existing.network(cloud) },
  ],
  [
    "the same, without a floating IP",
    "works",
    { config: withOffice(noFloatingIp), arrange: (cloud) => void existing.network(cloud) },
  ],
  [
    "a network on a router to nowhere",
    "refused before",
    {
      config: withOffice(),
      arrange: (cloud) =>
        void join(cloud, existing.router(cloud), subnetOf(cloud, existing.network(cloud, {}, null).id)),
    },
  ],
  [
    "a network of others, shared, whose router is not shown",
    "refused by trying",
    {
      config: withOffice(),
      arrange: (cloud) => void existing.network(cloud, { project_id: "others", shared: true }),
    },
  ],
  [
    "a network without a subnet",
    "refused before",
    {
      config: withOffice(noFloatingIp),
      arrange: (cloud) => void cloud.neutron.make("networks", { name: "office" }),
    },
  ],
  [
    "an external network that is not shared",
    "refused before",
    {
      config: withOffice(noFloatingIp),
      arrange: (cloud) => void existing.network(cloud, { "router:external": true, project_id: "others" }),
    },
  ],
  [
    "an external network that is not shared, with nothing on it",
    "works",
    {
      config: {
        ...withOffice(),
        undercloud: { kind: "none", address: "192.0.2.240" },
        bmc: { enabled: false },
        ctlplane: { routed: false },
      },
      arrange: (cloud) => void existing.network(cloud, { "router:external": true, project_id: "others" }),
    },
  ],
  [
    "an external network that is shared",
    "works",
    {
      config: withOffice(noFloatingIp),
      arrange: (cloud) =>
        void existing.network(cloud, { "router:external": true, project_id: "others", shared: true }),
    },
  ],
  [
    "two networks of the name (F12)",
    "refused before",
    {
      config: withOffice(noFloatingIp),
      arrange: (cloud) => {
        existing.network(cloud);
        existing.network(cloud, { project_id: "others", shared: true });
      },
    },
  ],
  [
    "the same, by id",
    "works",
    {
      config: { ...noFloatingIp, access: { network: uuid } },
      arrange: (cloud) => {
        existing.network(cloud, { id: uuid });
        existing.network(cloud, { project_id: "others", shared: true });
      },
    },
  ],
  [
    "an own network that is called as the external one",
    "refused before",
    {
      config: small,
      arrange: ({ neutron }) => {
        const { networks } = neutron.resources;
        const [external] = [...networks.values()];
        networks.clear();
        neutron.make("networks", { name: "public" });
        networks.set(external.id, external);
      },
    },
  ],
  [
    "the external network by id, a router's gateway and a floating IP on it",
    "works",
    {
      config: { ...small, publicNetwork: uuid },
      arrange: ({ neutron }) => {
        const owner = { project_id: "the-operator", "router:external": true };
        neutron.make("networks", { id: uuid, name: "outside", ...owner });
      },
    },
  ],
  [
    "a router of one's own",
    "works",
    {
      config: { ...small, access: { router: "gate" } },
      arrange: (cloud) => void existing.router(cloud, publicOf(cloud)),
    },
  ],
  [
    "a router without a gateway",
    "refused before",
    { config: { ...small, access: { router: "gate" } }, arrange: (cloud) => void existing.router(cloud) },
  ],
  [
    "a router of another project",
    "refused before",
    {
      config: { ...small, access: { router: "gate" } },
      arrange: (cloud) => void existing.router(cloud, publicOf(cloud), { project_id: "others" }),
    },
  ],
  [
    "a router that serves such a subnet already",
    "refused before",
    {
      config: { ...small, access: { router: "gate" } },
      arrange: (cloud) => {
        const network = existing.network(cloud, {}, null);
        join(
          cloud,
          existing.router(cloud, publicOf(cloud)),
          subnetOf(cloud, network.id, { cidr: "192.0.2.0/25" }),
        );
      },
    },
  ],
  [
    "a flavor without a disk (F4)",
    "refused before",
    { config: small, arrange: ({ offers: { flavors } }) => void Object.assign(flavors![2]!, { disk: 0 }) },
  ],
  [
    "a flavor that is too small for an image",
    "refused before",
    {
      config: small,
      arrange: ({ offers: { images: all } }) => void Object.assign(all![3]!, { min_disk: 40 }),
    },
  ],
  [
    "an image that is not ready",
    "refused before",
    {
      config: small,
      arrange: ({ offers: { images: all } }) => void Object.assign(all![3]!, { status: "queued" }),
    },
  ],
  [
    "two images of the name (F12)",
    "refused before",
    {
      config: small,
      arrange: ({ offers: { images: all } }) => void all!.push({ ...imageCalled("debian-13"), id: uuid }),
    },
  ],
  [
    "the same, by id",
    "works",
    {
      config: {
        ...small,
        undercloud: { kind: "boot-server", image: uuid },
      },
      arrange: ({ offers: { images: all } }) => void all!.push({ ...imageCalled("debian-13"), id: uuid }),
    },
  ],
  [
    "a flavor by id",
    "works",
    {
      config: { ...small, nodes: [{ count: 1, flavor: "42" }] },
      arrange: ({ offers: { flavors } }) => void flavors!.push({ ...flavorCalled("g1"), id: "42" }),
    },
  ],
  ["a cloud with small MTUs", "refused by trying", { config: small, odd: { mostMtu: 1300 } }],
  [
    "no quota of Nova left",
    "refused before",
    { config: small, arrange: ({ nova }) => void Object.assign(nova, { limits: { maxTotalCores: 3 } }) },
  ],
  [
    "just enough of it",
    "works",
    {
      config: small,
      arrange: ({ nova }) => void Object.assign(nova, { limits: { maxTotalCores: 4, maxTotalInstances: 2 } }),
    },
  ],
  [
    "no quota of networks left",
    "refused before",
    { config: small, arrange: ({ neutron }) => void Object.assign(neutron, { quotas: { network: 1 } }) },
  ],
  [
    "just enough of it",
    "works",
    {
      config: small,
      arrange: ({ neutron }) =>
        void Object.assign(neutron, { quotas: { network: 2, router: 1, floatingip: 1, subnet: 2, port: 7 } }),
    },
  ],
  [
    "zones that are there",
    "works",
    {
      config: {
        ...small,
        availabilityZones: { servers: "nova", networks: ["az1"], routers: ["az1"] },
        nodes: [{ count: 1, availabilityZone: "edge" }],
      },
      arrange: ({ nova, neutron }) => {
        nova.zones.push(["edge", true]);
        neutron.extensions.push("network_availability_zone", "router_availability_zone");
        neutron.zones = ["network", "router"].map((resource) => ({
          name: "az1",
          resource,
          state: "available",
        }));
      },
    },
  ],
  [
    "a zone of servers that is not available",
    "refused before",
    {
      config: { ...small, availabilityZones: { servers: "edge" } },
      arrange: ({ nova }) => void nova.zones.push(["edge", false]),
    },
  ],
  [
    "a zone of one group that is not there",
    "refused before",
    { config: { ...small, nodes: [{ count: 1, availabilityZone: "edge" }] } },
  ],
  [
    "a zone of networks that is one of routers",
    "refused before",
    {
      config: { ...small, availabilityZones: { networks: ["az1"] } },
      arrange: ({ neutron }) => {
        neutron.extensions.push("network_availability_zone", "router_availability_zone");
        neutron.zones = [{ name: "az1", resource: "router", state: "available" }];
      },
    },
  ],
  [
    "zones on a Neutron that has none",
    "refused before",
    { config: { ...small, availabilityZones: { routers: ["az1"] } } },
  ],
  [
    "an endpoint for each region (F5)",
    "works",
    {
      config: withBmc,
      arrange: (cloud) =>
        void Object.assign(cloud, {
          catalog: (origin: string) =>
            ["RegionZero", "RegionOne"].flatMap((region) =>
              usualCatalog(origin).map(({ type }) => ({
                type,
                endpoints: [endpoint(origin, type, "public", region)],
              })),
            ),
        }),
    },
  ],
  [
    "identity on the internal side alone (F18)",
    "refused before",
    {
      config: withBmc,
      arrange: (cloud) =>
        void Object.assign(cloud, {
          catalog: (origin: string) =>
            usualCatalog(origin).map(({ type, endpoints }) => ({
              type,
              endpoints:
                type === "identity" ? endpoints.filter((one) => one.interface === "internal") : endpoints,
            })),
        }),
    },
  ],
];
