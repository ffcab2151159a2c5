import type { Registration } from "./recorder";
import { shortName } from "./recorder";

// biome-ignore lint/suspicious/noExplicitAny: inputs and answers as JSON
type Json = any;

/**
 * Makes on a cloud what a recorded program registered, by the calls that the provider makes for it, each once what it waits
 * for is there: an `up` without engine and plugin.
 * @param request sends JSON to a service and gives its answer's. @throws where the cloud refuses
 * @returns how many resources were made
 */
export async function replayUp(
  registrations: readonly Registration[],
  request: (service: string, method: string, path: string, json?: object) => Promise<Json>,
): Promise<{ made: number; refused?: string }> {
  const ids = new Map<string, string>();
  const left = new Map(registrations.filter(({ custom }) => custom).map((one) => [shortName(one.urn), one]));
  const resolve = (value: Json): Json => {
    if (typeof value === "string") return ids.get(value) ?? value;
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
  };
  let made = 0;
  while (left.size > 0) {
    const [name, next] = [...left].find(([, { waitsFor }]) => !waitsFor.some((other) => left.has(other)))!;
    left.delete(name);
    const type = next.type.split(":").at(-1)!;
    const maker = makers[type];
    if (!maker) continue; // the engine's own
    try {
      const id = await maker(resolve(next.inputs), request);
      ids.set(`${type}:${next.name}`, id);
      if (type === "FloatingIp") ids.set("198.18.0.7", id); // the recorder's address of each
      made++;
    } catch (error) {
      return { made, refused: `${name}: ${(error as Error).message}` };
    }
  }
  return { made };
}

type Maker = (inputs: Json, request: Parameters<typeof replayUp>[1]) => Promise<string>;

const neutron =
  (collection: string, word: string, body: (inputs: Json) => object): Maker =>
  async ({ tags, ...inputs }, request) => {
    const answer = await request("network", "POST", `/${collection}`, {
      [word]: set({ ...body(inputs), description: inputs.description }),
    });
    const { id } = answer[word];
    if (tags) await request("network", "PUT", `/${collection}/${id}/tags`, { tags });
    return id;
  };

/** By type, as terraform-provider-openstack 3.4 sends it. */
const makers: Record<string, Maker> = {
  Network: neutron("networks", "network", ({ name, mtu, portSecurityEnabled, availabilityZoneHints }) => ({
    ...{ name, mtu, port_security_enabled: portSecurityEnabled },
    availability_zone_hints: availabilityZoneHints,
  })),
  Subnet: neutron("subnets", "subnet", (inputs) => ({
    ...{ name: inputs.name, network_id: inputs.networkId, cidr: inputs.cidr, ip_version: 4 },
    ...{ gateway_ip: inputs.gatewayIp ?? null, enable_dhcp: inputs.enableDhcp },
    ...{ dns_nameservers: inputs.dnsNameservers, allocation_pools: inputs.allocationPools },
  })),
  Port: neutron("ports", "port", (inputs) => ({
    ...{ name: inputs.name, network_id: inputs.networkId, mac_address: inputs.macAddress },
    fixed_ips: inputs.fixedIps?.map(({ subnetId, ipAddress }: Json) =>
      set({ subnet_id: subnetId, ip_address: ipAddress }),
    ),
    allowed_address_pairs: inputs.allowedAddressPairs?.map(({ ipAddress }: Json) => ({
      ip_address: ipAddress,
    })),
    port_security_enabled: inputs.portSecurityEnabled,
    security_groups: inputs.noSecurityGroups ? [] : inputs.securityGroupIds,
  })),
  Router: neutron("routers", "router", ({ name, externalNetworkId, availabilityZoneHints }) => ({
    availability_zone_hints: availabilityZoneHints,
    ...{ name, external_gateway_info: { network_id: externalNetworkId } },
  })),
  SecGroup: neutron("security-groups", "security_group", ({ name }) => ({ name })),
  SecGroupRule: neutron("security-group-rules", "security_group_rule", (inputs) => ({
    ...{ security_group_id: inputs.securityGroupId, direction: inputs.direction, protocol: inputs.protocol },
  })),
  RouterInterface: async ({ routerId, subnetId, portId }, request) => {
    const body = portId ? { port_id: portId } : { subnet_id: subnetId };
    return (await request("network", "PUT", `/routers/${routerId}/add_router_interface`, body)).port_id;
  },
  SubnetRoute: async ({ subnetId, destinationCidr, nextHop }, request) => {
    const host_routes = [{ destination: destinationCidr, nexthop: nextHop }];
    await request("network", "PUT", `/subnets/${subnetId}`, { subnet: { host_routes } });
    return `${subnetId}-route`;
  },
  // The pool is found by its name: the first network that has it (networkingNetworkV2ID).
  FloatingIp: async ({ pool, tags, description }, request) => {
    const { networks } = await request("network", "GET", `/networks?name=${encodeURIComponent(pool)}`);
    const body = { floating_network_id: networks[0]?.id, description };
    const { floatingip } = await request("network", "POST", "/floatingips", { floatingip: body });
    await request("network", "PUT", `/floatingips/${floatingip.id}/tags`, { tags });
    return floatingip.id;
  },
  FloatingIpAssociate: async ({ floatingIp, portId }, request) => {
    await request("network", "PUT", `/floatingips/${floatingIp}`, { floatingip: { port_id: portId } });
    return floatingIp;
  },
  Image: async ({ name, tags }, request) => {
    const made = await request("image", "POST", "/images", {
      name,
      tags,
      disk_format: "qcow2",
      container_format: "bare",
    });
    await request("image", "PATCH", `/images/${made.id}`, [{ path: "/status", value: "active" }]);
    return made.id;
  },
  ApplicationCredential: async ({ name, accessRules }, request) => {
    const body = { application_credential: { name, access_rules: accessRules } };
    return (await request("identity", "POST", "/users/me/application_credentials", body))
      .application_credential.id;
  },
  Instance: async ({ name, flavorId, imageId, networks, tags, availabilityZone }, request) => {
    const body = {
      name,
      flavorRef: flavorId,
      imageRef: imageId,
      tags,
      availability_zone: availabilityZone,
      networks: networks.map(({ port }: Json) => ({ port })),
    };
    return (await request("compute", "POST", "/servers", { server: body })).server.id;
  },
};

function set(all: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
