import { randomUUID } from "node:crypto";
import type { Answer, Call } from "./cloud";
import { project } from "./cloud";

// biome-ignore lint/suspicious/noExplicitAny: a resource as JSON
type Resource = any;

/** Collections, with the word for one of each. */
const singular = {
  networks: "network",
  subnets: "subnet",
  ports: "port",
  routers: "router",
  floatingips: "floatingip",
  "security-groups": "security_group",
  "security-group-rules": "security_group_rule",
} as const;
type Collection = keyof typeof singular;

const plural = (collection: Collection) => collection.replaceAll("-", "_");
const conflict: Answer = {
  status: 409,
  json: { NeutronError: { type: "InUse", message: "in use", detail: "" } },
};
const missing: Answer = {
  status: 404,
  json: { NeutronError: { type: "NotFound", message: "not found", detail: "" } },
};

/** The provider sends "" for no gateway. */
function noGateway(asked: Resource): Resource {
  return asked.gateway_ip === "" ? { ...asked, gateway_ip: null } : asked;
}

/** Neutron as far as a lab asks it; one external network, "public". */
export class Neutron {
  readonly resources: Record<Collection, Map<string, Resource>>;
  #addresses = 10;
  readonly #external = randomUUID();

  constructor() {
    this.resources = Object.fromEntries(Object.keys(singular).map((name) => [name, new Map()])) as never;
    this.make("networks", { name: "public", "router:external": true, project_id: "the-operator" });
  }

  /** "KIND NAME" of each resource but the external network. */
  get inventory(): string[] {
    return Object.entries(this.resources).flatMap(([kind, all]) =>
      [...all.values()].filter(({ name }) => name !== "public").map(({ name }) => `${kind} ${name}`),
    );
  }

  /** Aliases of what it can do beyond the core. */
  extensions = [
    ...["extra_dhcp_opt", "allowed-address-pairs", "router", "security-group", "net-mtu-writable"],
    ...["standard-attr-tag", "port-security"],
  ];
  /** By Neutron's words; absent: no limit. */
  quotas: Partial<Record<string, number>> = {};
  /** Whether networks have port security where nobody asks. */
  portSecurity = true;
  /** Absent: no such extension. */
  zones?: { name: string; resource: string; state: string }[];
  /** Whether each subnet with DHCP gets a server's port, as with agents. */
  dhcpPorts = false;

  answer({ method, path, query, body }: Call): Answer {
    if (path[0] === "extensions")
      return { status: 200, json: { extensions: this.extensions.map((alias) => ({ alias })) } };
    if (path[0] === "availability_zones" && this.zones)
      return { status: 200, json: { availability_zones: this.zones } };
    if (path[0] === "availability_zones") return missing;
    if (path[0] === "quotas") return { status: 200, json: { quota: this.#quotaDetails } };
    const [collection, id, action] = path as [Collection, string?, string?];
    const all = this.resources[collection];
    if (!all) return { status: 200, json: { [collection ?? "versions"]: [] } };
    if (method === "POST" && collection === "ports" && this.#isTaken(body.port)) return conflict;
    if (method === "POST")
      return this.#show(201, collection, this.make(collection, body[singular[collection]]));
    if (id === undefined) {
      const fields = [
        "id",
        "name",
        "network_id",
        "device_id",
        "port_id",
        "security_group_id",
        "floating_ip_address",
        "mac_address",
        "description",
        "project_id",
      ];
      const filters = [...query].filter(([name]) => fields.includes(name));
      const found = [...all.values()].filter((one) => filters.every(([name, value]) => one[name] === value));
      return { status: 200, json: { [plural(collection)]: found } };
    }
    const one = all.get(id);
    if (!one) return missing;
    if (action === "tags") return { status: 200, json: { tags: Object.assign(one, body).tags } };
    if (action === "add_router_interface")
      return body.port_id ? this.#addPort(one, body.port_id) : this.#addInterface(one, body.subnet_id);
    if (action === "remove_router_interface")
      return this.#removeInterface(one, (port) =>
        body.subnet_id ? port.fixed_ips[0]?.subnet_id === body.subnet_id : port.id === body.port_id,
      );
    if (method === "DELETE") return this.#delete(collection, id);
    if (method === "PUT" && collection === "subnets" && this.#holdsGateway(one, body.subnet)) return conflict;
    if (method === "PUT") Object.assign(one, noGateway(body[singular[collection]]));
    return this.#show(200, collection, one);
  }

  /** Counts what this project has, as quota_details does. */
  count(kind: string): number {
    const collection = (Object.keys(singular) as Collection[]).find((one) => singular[one] === kind)!;
    return [...this.resources[collection].values()].filter(({ project_id }) => project_id === project).length;
  }

  get #quotaDetails(): Record<string, unknown> {
    return Object.fromEntries(
      Object.values(singular).map((kind) => [
        kind,
        { limit: this.quotas[kind] ?? -1, used: this.count(kind), reserved: 0 },
      ]),
    );
  }

  #show(status: number, collection: Collection, resource: Resource): Answer {
    return { status, json: { [singular[collection]]: resource } };
  }

  make(collection: Collection, asked: Resource): Resource {
    const time = new Date().toISOString();
    const made = {
      ...{ id: randomUUID(), name: "", description: "", tenant_id: project, project_id: project, tags: [] },
      ...{ admin_state_up: true, status: "ACTIVE", created_at: time, updated_at: time, revision_number: 1 },
      ...this.#defaults(collection, asked),
      ...noGateway(asked),
    };
    if (collection === "networks" && asked["router:external"] && asked.name === "public")
      made.id = this.#external;
    if (collection === "subnets") this.resources.networks.get(made.network_id).subnets.push(made.id);
    if (collection === "ports") made.fixed_ips = this.#fixedIps(made);
    this.resources[collection].set(made.id, made);
    if (collection === "subnets" && made.enable_dhcp && this.dhcpPorts)
      this.make("ports", {
        ...{
          network_id: made.network_id,
          device_owner: "network:dhcp",
          device_id: `dhcp-${made.network_id}`,
        },
        security_groups: [],
      });
    return made;
  }

  #defaults(collection: Collection, asked: Resource): Resource {
    const address = `198.51.100.${this.#addresses++ % 250}`;
    const mac = `fa:16:3e:00:${[this.#addresses >> 8, this.#addresses & 255].map((n) => n.toString(16).padStart(2, "0")).join(":")}`;
    switch (collection) {
      case "networks":
        return {
          subnets: [],
          shared: false,
          "router:external": false,
          mtu: 1450,
          port_security_enabled: this.portSecurity,
        };
      case "subnets":
        return {
          ...{ host_routes: [], dns_nameservers: [], enable_dhcp: true, gateway_ip: null, service_types: [] },
          allocation_pools: [
            { start: asked.cidr.replace(/0\/\d+$/, "2"), end: asked.cidr.replace(/0\/\d+$/, "254") },
          ],
        };
      case "ports":
        return {
          ...{
            status: "DOWN",
            device_id: "",
            device_owner: "",
            mac_address: mac,
            fixed_ips: [],
            dns_assignment: [],
          },
          ...{
            security_groups: [],
            allowed_address_pairs: [],
            extra_dhcp_opts: [],
            port_security_enabled:
              this.resources.networks.get(asked.network_id)?.port_security_enabled ?? true,
          },
          "binding:vnic_type": "normal",
        };
      case "routers":
        return {
          routes: [],
          distributed: false,
          ha: false,
          external_gateway_info: null,
          availability_zone_hints: [],
        };
      case "floatingips":
        return {
          floating_ip_address: address,
          fixed_ip_address: "",
          port_id: "",
          router_id: "",
          status: "DOWN",
        };
      case "security-groups":
        return { security_group_rules: [], stateful: true };
      case "security-group-rules":
        return { protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null };
    }
  }

  #fixedIps({ network_id, fixed_ips }: Resource): Resource[] {
    const [first] = this.resources.networks.get(network_id).subnets;
    const asked = fixed_ips.length > 0 ? fixed_ips : first ? [{ subnet_id: first }] : [];
    return asked.map((one: Resource) => ({ ip_address: `10.9.0.${this.#addresses++ % 250}`, ...one }));
  }

  #addInterface(router: Resource, subnetId: string): Answer {
    const subnet = this.resources.subnets.get(subnetId);
    if (!subnet) return missing;
    const port = this.make("ports", {
      ...{ network_id: subnet.network_id, device_id: router.id, device_owner: "network:router_interface" },
      ...{ fixed_ips: [{ subnet_id: subnetId, ip_address: subnet.gateway_ip }], status: "ACTIVE" },
    });
    return {
      status: 200,
      json: { id: router.id, subnet_id: subnetId, port_id: port.id, tenant_id: project },
    };
  }

  #addPort(router: Resource, id: string): Answer {
    const port = this.resources.ports.get(id);
    if (!port) return missing;
    if (port.device_id !== "") return conflict;
    Object.assign(port, { device_id: router.id, device_owner: "network:router_interface", status: "ACTIVE" });
    const json = { id: router.id, subnet_id: port.fixed_ips[0].subnet_id, port_id: id, tenant_id: project };
    return { status: 200, json };
  }

  /** Neutron deletes the port, whoever made it. */
  #removeInterface(router: Resource, isIt: (port: Resource) => boolean): Answer {
    const port = [...this.resources.ports.values()].find((one) => one.device_id === router.id && isIt(one));
    if (!port) return missing;
    this.resources.ports.delete(port.id);
    return {
      status: 200,
      json: { id: router.id, subnet_id: port.fixed_ips[0].subnet_id, port_id: port.id },
    };
  }

  /** A gateway that a router's port has can be neither changed nor taken away. */
  #holdsGateway({ id, gateway_ip }: Resource, change: Resource): boolean {
    const wanted = noGateway(change).gateway_ip;
    if (wanted === undefined || wanted === gateway_ip) return false;
    return [...this.resources.ports.values()].some(
      ({ device_owner, fixed_ips }) =>
        device_owner === "network:router_interface" &&
        fixed_ips.some((ip: Resource) => ip.subnet_id === id && ip.ip_address === gateway_ip),
    );
  }

  #isTaken({ fixed_ips = [] }: Resource): boolean {
    const taken = [...this.resources.ports.values()].flatMap((port) => port.fixed_ips);
    return fixed_ips.some((ip: Resource) =>
      taken.some((one) => one.subnet_id === ip.subnet_id && one.ip_address === ip.ip_address),
    );
  }

  #delete(collection: Collection, id: string): Answer {
    if (collection === "ports" && this.resources.ports.get(id).device_owner === "network:router_interface")
      return conflict;
    const ports: Resource[] = [...this.resources.ports.values()].filter(
      ({ device_owner }) => device_owner !== "network:dhcp",
    );
    const uses: Partial<Record<Collection, (port: Resource) => boolean>> = {
      networks: (port) => port.network_id === id,
      subnets: (port) => port.fixed_ips.some(({ subnet_id }: Resource) => subnet_id === id),
      routers: (port) => port.device_id === id,
      "security-groups": (port) => port.security_groups.includes(id),
    };
    if (ports.some(uses[collection] ?? (() => false))) return conflict;
    const { networks, subnets, "security-group-rules": rules } = this.resources;
    for (const port of [...this.resources.ports.values()])
      if (collection === "networks" && port.network_id === id) this.resources.ports.delete(port.id);
    if (collection === "networks") for (const subnet of networks.get(id).subnets) subnets.delete(subnet);
    if (collection === "security-groups")
      for (const rule of [...rules.values()]) if (rule.security_group_id === id) rules.delete(rule.id);
    this.resources[collection].delete(id);
    return { status: 204 };
  }
}
