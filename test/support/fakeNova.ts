import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthOptions } from "../../openstack/auth";
import type { Server } from "../../openstack/nova";
import { Secret } from "../../openstack/secret";

export interface FakeServer {
  id: string;
  name: string;
  tags: string[];
  metadata: Record<string, string>;
  vmState: "active" | "stopped" | "rescued" | "error" | "paused" | "building";
  task: string | null;
  /** 1 running, 4 shut down. */
  power: number;
  /** What is on the disk: the id of an image, or what a test wrote. */
  disk: string;
  /** What the guest booted, in turn: "disk:…" or "cdrom:…". */
  boots: string[];
  /** What Nova shows as the history of the server, the oldest first. */
  history: string[];
  console: string;
  /** By network. @default none */
  addresses?: Server["addresses"];
}

export interface FakeImage {
  id: string;
  name: string;
  disk_format: string;
  status: string;
  tags: string[];
  created_at: string;
  /** What was uploaded. */
  content?: Buffer;
  [property: string]: unknown;
}

/** What happens to a request instead of, or after, its being handled. */
export interface Fault {
  /** Answer this and do nothing. */
  status?: number;
  headers?: Record<string, string>;
  message?: string;
  /** "before": Nova never saw it. "after": Nova has acted, and the answer is lost. */
  cut?: "before" | "after";
  delayMs?: number;
  /** Handled when this has come true. */
  after?: Promise<void>;
  /** Handled at once, answered later: the answer is old when it comes. */
  lateMs?: number;
}

type Doing = "start" | "stop" | "rebootHard" | "unrescue" | "rescue" | "rebuild" | "crashDump";

/** As the decorators of nova/compute/api.py say. */
const allowed: Record<Doing, readonly FakeServer["vmState"][]> = {
  start: ["stopped"],
  stop: ["active", "error"],
  rebootHard: ["active", "stopped", "paused", "error"],
  unrescue: ["rescued"],
  rescue: ["active", "stopped", "error"],
  rebuild: ["active", "stopped", "error"],
  crashDump: ["active", "paused", "rescued", "error"],
};

const tasks: Record<Exclude<Doing, "crashDump">, string> = {
  start: "powering-on",
  stop: "powering-off",
  rebootHard: "rebooting_hard",
  unrescue: "unrescuing",
  rescue: "rescuing",
  rebuild: "rebuilding",
};

/**
 * Keystone, Nova, Glance and Neutron's ports as far as a BMC asks them, on loopback, with Nova's states: an action is refused with 409 in
 * a wrong state, sets the task before it answers, and is done a while later.
 */
export class FakeNova {
  readonly servers = new Map<string, FakeServer>();
  readonly images: FakeImage[] = [];
  /** Neutron's. */
  readonly ports: { id: string; device_id: string; mac_address: string; admin_state_up: boolean }[] = [];
  /** Actions that Nova took. */
  readonly accepted: { id: string; do: Doing }[] = [];
  /** "METHOD /path" of each request but those for tokens. */
  readonly requests: string[] = [];
  /** @param what "METHOD /path", and the name of the action for one */
  fault: (what: string) => Fault | undefined = () => undefined;
  /** Actions that Nova takes and that then end in ERROR, once each. */
  readonly failing = new Set<Doing>();
  taskMs = 8;
  /** Of nova-serialproxy; undefined: the cloud has no serial consoles. */
  serialUrl: string | undefined;
  #held: (() => void)[] | undefined;
  #http!: HttpServer;
  #timers = new Set<NodeJS.Timeout>();

  async start(): Promise<this> {
    this.#http = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get auth(): AuthOptions {
    return {
      authUrl: `${this.origin}/identity`,
      method: {
        kind: "applicationCredential",
        credential: { id: "agent" },
        secret: new Secret("application-secret"),
      },
      interface: "public",
      verify: true,
      source: "the test",
    };
  }

  node(key: string, change: Partial<FakeServer> = {}, tags: string[] = []): FakeServer {
    const number = this.servers.size + 1;
    const server: FakeServer = {
      id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
      name: `lab-${key}`,
      tags: ["ovb", "ovb:lab=lab", "ovb:role=node", `ovb:ipmi=${6229 + number}`, ...tags],
      metadata: { owner: "somebody" },
      vmState: "stopped",
      task: null,
      power: 4,
      disk: "ipxe-disk",
      boots: [],
      // A node is born, and Pulumi stops it.
      history: ["create", "stop"],
      console: "",
      ...change,
    };
    this.servers.set(server.id, server);
    return server;
  }

  image(id: string, disk_format: string, tags = ["ovb", "ovb:lab=lab"]): FakeImage {
    const created_at = `2026-01-01T00:00:${String(this.images.length).padStart(2, "0")}Z`;
    const image = { id, name: id, disk_format, status: "active", tags, created_at };
    this.images.push(image);
    return image;
  }

  did(server: FakeServer): Doing[] {
    return this.accepted.filter(({ id }) => id === server.id).map((one) => one.do);
  }

  /** As a client that bypasses the agent. @returns the status */
  act(server: FakeServer, doing: Doing, image = "", metadata?: Record<string, string>): number {
    if (server.task !== null || !allowed[doing].includes(server.vmState)) return 409;
    this.accepted.push({ id: server.id, do: doing });
    server.history.push(doing === "rebootHard" ? "reboot" : doing);
    if (doing === "crashDump") return 202;
    const before = server.vmState;
    server.task = tasks[doing];
    if (doing === "rebuild" && metadata !== undefined) server.metadata = metadata;
    this.#later(() => {
      if (this.failing.delete(doing)) {
        // A rescue whose image cannot be had is taken back (nova/compute/manager.py: InstanceNotRescuable).
        Object.assign(server, { vmState: doing === "rescue" ? before : "error", task: null });
        return;
      }
      this.#complete(server, doing, before, image);
    });
    return 202;
  }

  #complete(server: FakeServer, doing: Doing, before: FakeServer["vmState"], image: string): void {
    server.task = null;
    switch (doing) {
      case "start":
      case "rebootHard":
      case "unrescue":
        run(server, "active", `disk:${server.disk}`);
        return;
      case "stop":
        Object.assign(server, { vmState: "stopped", power: 4 });
        return;
      case "rescue":
        run(server, "rescued", `cdrom:${image}`);
        return;
      case "rebuild":
        server.disk = image;
        run(server, "active", `disk:${image}`);
        if (before !== "stopped") return;
        // Two writes to the database, and a moment in between (nova/compute/manager.py).
        this.#later(() => {
          server.task = "powering-off";
          this.#later(() => Object.assign(server, { vmState: "stopped", power: 4, task: null }));
        });
    }
  }

  /** From now on no task ends. @returns what ends them all, and lets later ones end by themselves */
  holdTasks(): () => void {
    this.#held = [];
    return () => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const then of held) then();
    };
  }

  #later(then: () => void): void {
    if (this.#held !== undefined) {
      this.#held.push(then);
      return;
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        then();
      },
      this.taskMs * (0.5 + Math.random()),
    );
    this.#timers.add(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client has broken off
    }
    const url = new URL(request.url!, this.origin);
    const path = url.pathname;
    const content = Buffer.concat(chunks);
    const isJson = request.headers["content-type"] === "application/json";
    const body = isJson ? JSON.parse(content.toString()) : undefined;
    if (path === "/identity/v3/auth/tokens") return this.#token(response);
    this.requests.push(`${request.method} ${path}`);
    const isRead = body !== undefined && "os-getConsoleOutput" in body;
    const action = path.endsWith("/action") && !isRead ? ` ${doingOf(body)}` : "";
    const fault = this.fault(`${request.method} ${path}${action}`);
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    await fault?.after;
    if (fault?.cut === "before") {
      request.socket.resetAndDestroy();
      return;
    }
    if (fault?.status !== undefined) {
      return answer(response, fault.status, { error: { message: fault.message ?? "fault" } }, fault.headers);
    }
    const [status, json] = this.#handle(request.method!, url, body, content);
    if (fault?.lateMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.lateMs));
    if (fault?.cut === "after") request.socket.resetAndDestroy();
    else answer(response, status, json);
  }

  #handle(
    method: string,
    url: URL,
    body: Record<string, unknown> | undefined,
    content: Buffer,
  ): [number, object?] {
    const path = url.pathname;
    if (path.startsWith("/image/v2/images") && method !== "GET") {
      return this.#glance(method, path.split("/")[4], body, content);
    }
    if (path.startsWith("/network/v2.0/ports")) return this.#neutron(method, url, body);
    const shown = (server: FakeServer) => ({ server: this.#shown(server) });
    if (method === "GET" && /^\/compute\/v2.1\/servers(\/detail)?$/.test(path)) {
      const tags = url.searchParams.get("tags")?.split(",") ?? [];
      const name = new RegExp(url.searchParams.get("name") ?? "");
      const listed = [...this.servers.values()].filter(
        (one) => tags.every((tag) => one.tags.includes(tag)) && name.test(one.name),
      );
      return [200, { servers: listed.map((one) => this.#shown(one)) }];
    }
    if (method === "GET" && path === "/image/v2/images") {
      const tag = url.searchParams.get("tag");
      const name = url.searchParams.get("name");
      const found = this.images.filter(
        (one) => (tag === null || one.tags.includes(tag)) && (name === null || one.name === name),
      );
      return [200, { images: found }];
    }
    const [, id, rest, key] =
      /^\/compute\/v2\.1\/servers\/([^/]+)(\/action|\/os-instance-actions|\/metadata|\/remote-consoles)?(?:\/(.+))?$/.exec(
        path,
      ) ?? [];
    const server = id === undefined ? undefined : this.servers.get(id);
    if (server === undefined)
      return [404, { itemNotFound: { code: 404, message: `nothing is at ${method} ${path}` } }];
    if (method === "GET" && rest === undefined) return [200, shown(server)];
    if (rest === "/os-instance-actions") {
      const instanceActions = server.history.map((action, i) => ({
        action,
        request_id: `req-${server.id}-${i}`,
      }));
      return [200, { instanceActions: instanceActions.reverse() }];
    }
    if (rest === "/metadata") {
      if (key === undefined) Object.assign(server.metadata, body!.metadata);
      else delete server.metadata[key];
      return key === undefined ? [200, { metadata: server.metadata }] : [204];
    }
    if (rest === "/remote-consoles") {
      if (this.serialUrl !== undefined)
        return [200, { remote_console: { type: "serial", url: this.serialUrl } }];
      return [400, { badRequest: { code: 400, message: "Unavailable console type serial." } }];
    }
    if (body && "os-getConsoleOutput" in body) {
      const { length } = body["os-getConsoleOutput"] as { length?: number };
      const log = server.console.split("\n").slice(length === undefined ? 0 : -length - 1);
      return [200, { output: log.join("\n") }];
    }
    return this.#action(server, body ?? {});
  }

  #neutron(method: string, url: URL, body: Record<string, unknown> | undefined): [number, object?] {
    const device = url.searchParams.get("device_id");
    if (method === "GET") return [200, { ports: this.ports.filter((port) => port.device_id === device) }];
    const port = this.ports.find(({ id }) => url.pathname.endsWith(`/${id}`));
    if (port === undefined) return [404, { NeutronError: { message: "no such port" } }];
    return [200, { port: Object.assign(port, body!.port) }];
  }

  #glance(
    method: string,
    id: string | undefined,
    body: Record<string, unknown> | undefined,
    content: Buffer,
  ): [number, object?] {
    if (method === "POST") {
      const image = { ...this.image(String(body!.id), "iso"), ...body, status: "queued" } as FakeImage;
      this.images[this.images.length - 1] = image;
      return [201, image];
    }
    const index = this.images.findIndex((one) => one.id === id);
    if (index < 0) return [404, { message: `no image ${id}` }];
    if (method === "DELETE") this.images.splice(index, 1);
    else if (this.images[index]!.status !== "queued") return [409, { message: "not queued" }];
    else Object.assign(this.images[index]!, { status: "active", content });
    return [204];
  }

  #action(server: FakeServer, body: Record<string, unknown>): [number, object?] {
    const doing = doingOf(body);
    const { rescue_image_ref, imageRef, metadata } =
      (Object.values(body)[0] as Record<string, never> & object) ?? {};
    const image = (rescue_image_ref ?? imageRef) as string | undefined;
    if (image !== undefined && !this.images.some((one) => one.id === image)) {
      return [400, { badRequest: { code: 400, message: `Image ${image} could not be found.` } }];
    }
    const what = server.task === null ? `vm_state ${server.vmState}` : `task_state ${server.task}`;
    const status = this.act(server, doing, image, metadata);
    if (status === 202) return [202, doing === "rescue" ? { adminPass: "secret" } : undefined];
    const message = `Cannot '${doing}' instance ${server.id} while it is in ${what}`;
    return [status, { conflictingRequest: { code: status, message } }];
  }

  #shown(server: FakeServer): object {
    const { id, name, tags, metadata, vmState, task, power, disk } = server;
    const status =
      task === "rebuilding"
        ? "REBUILD"
        : task === "rebooting_hard"
          ? "HARD_REBOOT"
          : {
              active: "ACTIVE",
              stopped: "SHUTOFF",
              rescued: "RESCUE",
              error: "ERROR",
              paused: "PAUSED",
              building: "BUILD",
            }[vmState];
    return {
      ...{ id, name, tags, metadata, status, addresses: server.addresses ?? {}, image: { id: disk } },
      ...{ flavor: { original_name: "baremetal", vcpus: 1, ram: 512, disk: 1 } },
      ...{ created: "2026-01-01T00:00:00Z", updated: "2026-01-01T00:00:00Z" },
      ...{ "OS-EXT-STS:task_state": task, "OS-EXT-STS:vm_state": vmState, "OS-EXT-STS:power_state": power },
    };
  }

  #token(response: ServerResponse): void {
    const services = {
      compute: "/compute/v2.1",
      image: "/image",
      identity: "/identity",
      network: "/network",
    };
    const catalog = Object.entries(services).map(([type, path]) => ({
      type,
      endpoints: [{ interface: "public", region_id: "RegionOne", url: this.origin + path }],
    }));
    const token = {
      issued_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      user: { id: "user", name: "agent" },
      project: { id: "project", name: "demo" },
      catalog,
    };
    answer(response, 201, { token }, { "X-Subject-Token": "a-token" });
  }
}

function run(server: FakeServer, vmState: "active" | "rescued", boot: string): void {
  Object.assign(server, { vmState, power: 1 });
  server.boots.push(boot);
}

function doingOf(body: Record<string, unknown>): Doing {
  const name = Object.keys(body)[0]!;
  const known: Record<string, Doing> = {
    "os-start": "start",
    "os-stop": "stop",
    reboot: "rebootHard",
    unrescue: "unrescue",
    rescue: "rescue",
    rebuild: "rebuild",
    trigger_crash_dump: "crashDump",
  };
  const doing = known[name];
  if (doing === undefined) throw new Error(`the fake Nova has no action ${name}`);
  return doing;
}

function answer(
  response: ServerResponse,
  status: number,
  json?: object,
  headers?: Record<string, string>,
): void {
  response.writeHead(status, { ...(json && { "Content-Type": "application/json" }), ...headers });
  response.end(json && JSON.stringify(json));
}
