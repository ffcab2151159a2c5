import { randomUUID } from "node:crypto";
import type { Answer, Call, CloudTimes, Offered } from "./cloud";
import { missing, project, user } from "./cloud";
import type { Neutron } from "./neutron";

interface Server {
  readonly id: string;
  readonly name: string;
  readonly flavor: string;
  readonly image: string;
  readonly ports: readonly string[];
  tags: readonly string[];
  readonly metadata: object;
  readonly configDrive: boolean;
  /** As it was given, base64. */
  readonly userData?: string;
  readonly created: string;
  status: string;
  /** What it becomes, and when, in milliseconds since 1970. */
  next?: { readonly status: string; readonly at: number };
}

/** Of a POST to /servers. */
interface AskedServer {
  readonly name: string;
  readonly flavorRef: string;
  readonly imageRef: string;
  readonly networks?: readonly { readonly port: string }[];
  readonly tags?: readonly string[];
  readonly metadata?: object;
  readonly config_drive?: boolean;
  readonly user_data?: string;
}

/** Nova as far as a lab asks it: a server is built, stopped and deleted in the times of the cloud. Any flavor is there. */
export class Nova {
  readonly all = new Map<string, Server>();
  /** As /limits has them: maxTotalCores, totalCoresUsed, … */
  limits: Record<string, number> = {};
  /** Name and whether it is available. */
  zones: [name: string, available: boolean][] = [["nova", true]];
  readonly #neutron: Neutron;
  readonly #times: CloudTimes;

  constructor(neutron: Neutron, times: CloudTimes) {
    this.#neutron = neutron;
    this.#times = times;
  }

  /** Those that are not gone by now. */
  get servers(): ReadonlyMap<string, Server & Record<string, unknown>> {
    for (const server of this.all.values()) this.#settle(server);
    return this.all as never;
  }

  /** @param offered flavors; absent: the usual ones, and any other by its name */
  answer({ method, path, query, body }: Call, offered?: readonly Offered[]): Answer {
    const [collection, id, action] = path;
    if (collection === "limits") return { status: 200, json: { limits: { absolute: this.limits } } };
    if (collection === undefined)
      return {
        status: 200,
        json: { version: { id: "v2.1", status: "CURRENT", version: "2.96", min_version: "2.1" } },
      };
    if (collection === "os-availability-zone") {
      const availabilityZoneInfo = this.zones.map(([zoneName, available]) => ({
        zoneName,
        zoneState: { available },
      }));
      return { status: 200, json: { availabilityZoneInfo } };
    }
    if (collection === "flavors") return this.#flavors(id, action, query, offered);
    if (collection !== "servers") return missing;
    if (method === "POST" && id === undefined) return this.#create(body.server);
    if (id === undefined || id === "detail") {
      const name = query.get("name");
      const all = [...this.servers.values()].filter((server) => name === null || server.name === name);
      return { status: 200, json: { servers: all.map((server) => this.#show(server)) } };
    }
    const server = this.servers.get(id);
    if (!server) return missing;
    if (method === "DELETE") {
      server.next = { status: "GONE", at: Date.now() + this.#times.gone };
      return { status: 204 };
    }
    if (action === "action") {
      if ("os-stop" in body) server.next = { status: "SHUTOFF", at: Date.now() + this.#times.stop };
      if ("os-start" in body) server.next = { status: "ACTIVE", at: Date.now() + this.#times.build };
      return { status: 202 };
    }
    if (action === "tags" && method === "PUT") server.tags = body.tags;
    if (action === "tags") return { status: 200, json: { tags: server.tags } };
    if (action === "os-interface")
      return { status: 200, json: { interfaceAttachments: this.#interfaces(server) } };
    return { status: 200, json: { server: this.#show(server) } };
  }

  #create(asked: AskedServer): Answer {
    const { name, flavorRef, imageRef, networks = [], tags = [], metadata = {}, user_data: userData } = asked;
    const ports = networks.map(({ port }) => port);
    const server: Server = {
      ...{ id: randomUUID(), name, flavor: flavorRef, image: imageRef, ports, tags, metadata, userData },
      configDrive: asked.config_drive === true,
      created: new Date().toISOString(),
      status: "BUILD",
      next: { status: "ACTIVE", at: Date.now() + this.#times.build },
    };
    for (const id of ports)
      Object.assign(this.#neutron.resources.ports.get(id) ?? {}, { device_id: server.id, status: "ACTIVE" });
    this.all.set(server.id, server);
    return {
      status: 202,
      json: { server: { id: server.id, links: [], adminPass: "", security_groups: [] } },
    };
  }

  #settle(server: Server): void {
    const { next } = server;
    if (!next || Date.now() < next.at) return;
    server.status = next.status;
    server.next = undefined;
    if (next.status !== "GONE") return;
    this.all.delete(server.id);
    for (const id of server.ports)
      Object.assign(this.#neutron.resources.ports.get(id) ?? {}, { device_id: "", status: "DOWN" });
  }

  #interfaces({ ports }: Server): unknown[] {
    return ports
      .map((id) => this.#neutron.resources.ports.get(id))
      .filter((port) => port)
      .map((port) => ({
        ...{ port_id: port.id, net_id: port.network_id, mac_addr: port.mac_address, port_state: "ACTIVE" },
        fixed_ips: port.fixed_ips,
      }));
  }

  #show(server: Server): unknown {
    const addresses: Record<string, unknown[]> = {};
    for (const id of server.ports) {
      const port = this.#neutron.resources.ports.get(id);
      if (!port) continue;
      const network = this.#neutron.resources.networks.get(port.network_id);
      addresses[network.name] ??= [];
      addresses[network.name]!.push({
        ...{ addr: port.fixed_ips[0]?.ip_address, version: 4, "OS-EXT-IPS:type": "fixed" },
        "OS-EXT-IPS-MAC:mac_addr": port.mac_address,
      });
    }
    const { id, name, status, created, metadata, tags, flavor, image } = server;
    return {
      ...{ id, name, status, metadata, tags, addresses, tenant_id: project, user_id: user, hostId: "host" },
      ...{
        created,
        updated: created,
        progress: 0,
        links: [],
        accessIPv4: "",
        accessIPv6: "",
        key_name: null,
        config_drive: server.configDrive ? "True" : "",
      },
      flavor: { ...flavorCalled(flavor), original_name: flavor },
      image: { id: image, links: [] },
      security_groups: [{ name: "default" }],
      "OS-EXT-STS:vm_state": { ACTIVE: "active", SHUTOFF: "stopped" }[status] ?? "building",
      "OS-EXT-STS:power_state": status === "ACTIVE" ? 1 : 4,
      "OS-EXT-AZ:availability_zone": "nova",
      "os-extended-volumes:volumes_attached": [],
    };
  }

  #flavors(
    id: string | undefined,
    action: string | undefined,
    query: URLSearchParams,
    offered: readonly Offered[] = ["m1.small", "undercloud", "baremetal"].map(flavorCalled),
  ): Answer {
    if (action) return { status: 200, json: { extra_specs: {} } };
    const asked = offered.find((one) => one.id === id) ?? (id && flavorCalled(id));
    if (id && id !== "detail") return { status: 200, json: { flavor: asked } };
    return { status: 200, json: { flavors: query.get("marker") ? [] : offered } };
  }
}

export function flavorCalled(name: string): Offered {
  return {
    ...{
      id: name,
      name,
      vcpus: 2,
      ram: 4096,
      disk: 20,
      swap: "",
      rxtx_factor: 1,
      links: [],
      extra_specs: {},
    },
    ...{ "os-flavor-access:is_public": true, "OS-FLV-EXT-DATA:ephemeral": 0 },
  };
}
