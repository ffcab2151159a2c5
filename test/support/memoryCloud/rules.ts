import { overlaps, parseCidr } from "../../../plan/lab/ipv4";
import type { Answer, Call, MemoryCloud, Offered } from "./cloud";
import { project } from "./cloud";

// biome-ignore lint/suspicious/noExplicitAny: a resource as JSON
type Resource = any;

/** What is odd about a cloud, beside what it has. */
export interface Oddities {
  /** Bytes: the most that a network may have. */
  readonly mostMtu?: number;
  /** Ids of external networks that have no address left. */
  readonly exhausted?: readonly string[];
  /** Nova before Stein lets members boot images on flavors without a disk. */
  readonly zeroDisk?: boolean;
}

const bad = (message: string, status = 400): Answer => ({
  status,
  json: { NeutronError: { type: "Refused", message, detail: "" } },
});

/**
 * What the real services refuse of the calls that an `up` makes, as far as a tenant can be odd. Neutron's are of
 * neutron/db and neutron/plugins/ml2 (21), Nova's of nova/compute/api.py and nova/network/neutron.py (26), in words close
 * to theirs.
 */
export function realRules(
  cloud: MemoryCloud,
  odd: Oddities = {},
): (service: string, call: Call) => Answer | undefined {
  const { neutron, nova } = cloud;
  const { networks, subnets, ports, routers } = neutron.resources;
  const all = (map: Map<string, Resource>): Resource[] => [...map.values()];

  function overQuota(kind: string): Answer | undefined {
    const limit = neutron.quotas[kind];
    if (limit === undefined || limit < 0 || neutron.count(kind) < limit) return undefined;
    return bad(`Quota exceeded for resources: ['${kind}'].`, 409);
  }

  function reaches(port: Resource, external: string): boolean {
    const [{ subnet_id } = { subnet_id: "" }] = port.fixed_ips;
    return all(ports).some(
      (one) =>
        one.device_owner === "network:router_interface" &&
        one.fixed_ips.some((ip: Resource) => ip.subnet_id === subnet_id) &&
        routers.get(one.device_id)?.external_gateway_info?.network_id === external,
    );
  }

  function associate(floating: Resource, portId: string | undefined): Answer | undefined {
    const port = portId && ports.get(portId);
    if (!port) return undefined;
    if (port.fixed_ips.length === 0)
      return bad(`Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses`);
    if (reaches(port, floating.floating_network_id)) return undefined;
    return bad(`External network ${floating.floating_network_id} is not reachable from subnet`, 404);
  }

  /** Neutron's AvailabilityZoneNotFound, and the attribute of an extension that it has not. */
  function zoned(resource: string, { availability_zone_hints: hints }: Resource): Answer | undefined {
    if (hints === undefined) return undefined;
    if (!neutron.extensions.includes(`${resource}_availability_zone`))
      return bad("Unrecognized attribute(s) 'availability_zone_hints'");
    const known = (neutron.zones ?? []).filter(
      (one) => one.resource === resource && one.state === "available",
    );
    const unknown = hints.find((hint: string) => !known.some(({ name }) => name === hint));
    return unknown ? bad(`AvailabilityZone ${unknown} could not be found.`, 404) : undefined;
  }

  function network(asked: Resource): Answer | undefined {
    if (asked.port_security_enabled !== undefined && !neutron.extensions.includes("port-security"))
      return bad("Unrecognized attribute(s) 'port_security_enabled'");
    const zone = zoned("network", asked);
    if (zone) return zone;
    if (asked.mtu > (odd.mostMtu ?? 9000))
      return bad(`Invalid input for operation: Requested MTU is too big, maximum is ${odd.mostMtu}.`);
    return overQuota("network");
  }

  function port(asked: Resource): Answer | undefined {
    const on = networks.get(asked.network_id);
    const isOurs = on.project_id === project;
    const { port_security_enabled: security = on.port_security_enabled } = asked;
    const groups = asked.security_groups ?? [];
    const pairs = asked.allowed_address_pairs ?? [];
    const chosen =
      asked.mac_address || asked.fixed_ips?.some((ip: Resource) => ip.ip_address) || pairs.length > 0;
    if (!isOurs && (chosen || asked.port_security_enabled !== undefined))
      return bad("(rule:create_port) is disallowed by policy", 403);
    if (groups.length > 0 && (!security || on.subnets.length === 0))
      return bad(
        "Port security must be enabled and port must have an IP address in order to use security groups.",
      );
    if (pairs.length > 0 && !security)
      return bad("Port Security must be enabled in order to have allowed address pairs on a port.", 409);
    if (pairs.length > 10) return bad("The number of allowed address pair exceeds the maximum 10.");
    return overQuota("port");
  }

  function addInterface(router: Resource, asked: Resource): Answer | undefined {
    if (router.project_id !== project) return bad("Router could not be found", 404);
    const subnetId = asked.subnet_id ?? ports.get(asked.port_id).fixed_ips[0].subnet_id;
    if (asked.subnet_id && !subnets.get(subnetId).gateway_ip)
      return bad("Subnet for router interface must have a gateway IP");
    const added = parseCidr(subnets.get(subnetId).cidr)!;
    const served = all(ports)
      .filter(({ device_id }) => device_id === router.id)
      .flatMap(({ fixed_ips }) => fixed_ips.map((ip: Resource) => subnets.get(ip.subnet_id)));
    if (served.some((subnet) => subnet && overlaps(parseCidr(subnet.cidr)!, added)))
      return bad("Cidr of subnet overlaps with cidr of another subnet of the router");
    return asked.port_id ? undefined : overQuota("port");
  }

  function ofNeutron({ method, path, body }: Call): Answer | undefined {
    const [collection, id, action] = path;
    if (action === "tags" && !neutron.extensions.includes("standard-attr-tag")) return bad("not found", 404);
    if (action === "add_router_interface") return addInterface(routers.get(id!), body);
    if (method === "PUT" && collection === "floatingips" && !action)
      return associate(neutron.resources.floatingips.get(id!), body.floatingip.port_id);
    if (method !== "POST") return undefined;
    switch (collection) {
      case "networks":
        return network(body.network);
      case "subnets":
        if ((body.subnet.dns_nameservers ?? []).length > 5)
          return bad("The number of DNS nameservers exceeds the limit 5.");
        return overQuota("subnet");
      case "ports":
        return port(body.port);
      case "routers": {
        const zone = zoned("router", body.router);
        if (zone) return zone;
        const gateway = body.router.external_gateway_info?.network_id;
        if (gateway && !networks.get(gateway)?.["router:external"])
          return bad("Network is not a valid external network");
        return overQuota("router");
      }
      case "floatingips": {
        const { floating_network_id: from, port_id } = body.floatingip;
        if (!networks.get(from)?.["router:external"])
          return bad(`Network ${from} is not a valid external network`);
        if (odd.exhausted?.includes(from))
          return bad(`No more IP addresses available on network ${from}.`, 409);
        return associate(body.floatingip, port_id) ?? overQuota("floatingip");
      }
      case "security-groups":
        return overQuota("security_group");
      case "security-group-rules":
        return overQuota("security_group_rule");
    }
    return undefined;
  }

  function ofNova({ method, path, body }: Call): Answer | undefined {
    if (method !== "POST" || path[0] !== "servers" || path.length > 1) return undefined;
    const refuse = (message: string, status = 400): Answer => ({ status, json: { badRequest: { message } } });
    const { flavorRef, imageRef, networks: nics = [], tags = [] } = body.server;
    const flavor = flavors().find(({ id }) => id === flavorRef);
    const image = cloud.offers.images?.find(({ id }) => id === imageRef);
    if (!flavor) return refuse(`Flavor ${flavorRef} could not be found.`);
    const { availability_zone: zone } = body.server;
    if (zone && !nova.zones.some(([name, available]) => available && name === zone))
      return refuse("The requested availability zone is not available");
    if (tags.length > 50) return refuse("tags: is too long");
    const { disk, ram, vcpus } = flavor as Resource;
    if (image) {
      const { min_disk, min_ram, size, status } = image as Resource;
      if (status !== "active") return refuse(`Image ${imageRef} is not active.`);
      if (ram < min_ram) return refuse("Flavor's memory is too small for requested image.");
      if (disk > 0 && (disk < min_disk || disk * 2 ** 30 < size))
        return refuse("Flavor's disk is too small for requested image.");
    }
    if (disk === 0 && !odd.zeroDisk)
      return refuse("Only volume-backed servers are allowed for flavors with zero disk.", 403);
    for (const { port: id } of nics) {
      const used = ports.get(id);
      const on = networks.get(used.network_id);
      if (on["router:external"] && !on.shared)
        return refuse(`It is not allowed to create an interface on external network ${on.id}`, 403);
    }
    const used = all(nova.servers as never).map(
      ({ flavor: of }) => flavors().find(({ id }) => id === of) as Resource,
    );
    const sums = {
      maxTotalInstances: used.length + 1,
      maxTotalCores: used.reduce((sum, one) => sum + one.vcpus, vcpus),
      maxTotalRAMSize: used.reduce((sum, one) => sum + one.ram, ram),
    };
    const over = Object.entries(sums).some(
      ([name, sum]) => sum > (nova.limits[name] ?? Number.POSITIVE_INFINITY),
    );
    return over ? refuse("Quota exceeded", 403) : undefined;
  }

  function flavors(): readonly Offered[] {
    return cloud.offers.flavors ?? [];
  }

  return (service, call) => {
    if (service === "network") return ofNeutron(call);
    if (service === "compute") return ofNova(call);
    const makesCredential =
      service === "identity" && call.method === "POST" && call.path[2] === "application_credentials";
    const { restricted } = (cloud.identity.application_credential ?? {}) as Resource;
    return makesCredential && restricted
      ? { status: 403, json: { error: { message: "restricted" } } }
      : undefined;
  };
}
