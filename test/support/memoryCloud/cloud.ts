import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Neutron } from "./neutron";
import { Nova } from "./nova";

/** Milliseconds: of each call, and of what a server takes to start, to stop and to be gone. */
export interface CloudTimes {
  readonly latency: number;
  readonly build: number;
  readonly stop: number;
  readonly gone: number;
}

export interface Call {
  readonly method: string;
  /** Below the service's own: "ports", "ID", "tags". */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON a client sends
  readonly body: any;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

/** An image or flavor, as its service shows it. */
export type Offered = Record<string, unknown> & { readonly id: string; readonly name: string };

export const project = "b1000000000000000000000000000000";
export const user = "c1000000000000000000000000000000";
export const missing: Answer = { status: 404, json: { itemNotFound: { message: "not found", code: 404 } } };
const region = "RegionOne";

/**
 * Keystone, Glance, Neutron and Nova in memory, as much as the provider asks for a lab: what Pulumi and the provider take
 * can be measured, and their order proved, without a cloud. It refuses what Neutron refuses: to delete what is in use.
 * Any name of an image or flavor is there, unless `offers` says which are; `refuse` is for what else a real one refuses.
 */
export class MemoryCloud {
  readonly neutron = new Neutron();
  readonly nova: Nova;
  /** "METHOD /service/path" of each request. */
  readonly requests: string[] = [];
  /** What the operator offers, where that is to matter. */
  offers: { images?: Offered[]; flavors?: Offered[] } = {};
  /** Whom Keystone takes us for, beside what it says anyway. */
  identity: Record<string, unknown> = {};
  /** Where the services are, by service, interface and region; absent: as it should be. */
  catalog?: (origin: string) => unknown[];
  /** A refusal in place of the cloud's answer, such as rules.ts gives it. */
  refuse: (service: string, call: Call) => Answer | undefined = () => undefined;
  /** An answer in place of the cloud's. */
  fault: (method: string, path: string) => Answer | undefined = () => undefined;
  readonly #images = new Map<string, Record<string, unknown>>();
  readonly #credentials = new Map<string, Record<string, unknown>>();
  readonly #server: Server;
  readonly #times: CloudTimes;

  private constructor(times: CloudTimes) {
    this.#times = times;
    this.nova = new Nova(this.neutron, times);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: Error) =>
        response.writeHead(500).end(JSON.stringify({ error: error.stack })),
      );
    });
  }

  static async start(times: Partial<CloudTimes> = {}): Promise<MemoryCloud> {
    const cloud = new MemoryCloud({ latency: 0, build: 100, stop: 100, gone: 100, ...times });
    await new Promise<void>((resolve) => cloud.#server.listen(0, "127.0.0.1", resolve));
    return cloud;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Variables of who may do everything here. */
  get environment(): Record<string, string> {
    return {
      OS_AUTH_URL: `${this.origin}/identity/v3`,
      OS_USERNAME: "demo",
      OS_PASSWORD: "demo",
      OS_PROJECT_NAME: "demo",
      OS_USER_DOMAIN_NAME: "Default",
      OS_PROJECT_DOMAIN_NAME: "Default",
      OS_REGION_NAME: region,
    };
  }

  /** "KIND NAME" of everything that a tenant made, sorted. */
  get inventory(): string[] {
    const named = (kind: string, things: Iterable<Record<string, unknown>>) =>
      [...things].map(({ name }) => `${kind} ${name ?? ""}`);
    return [
      ...this.neutron.inventory,
      ...named("servers", this.nova.servers.values()),
      ...named("images", this.#images.values()),
      ...named("credentials", this.#credentials.values()),
    ].sort();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url!, this.origin);
    const method = request.method!;
    this.requests.push(`${method} ${pathname}`);
    if (this.#times.latency > 0) await sleep(this.#times.latency);
    const isJson = request.headers["content-type"]?.includes("json");
    const body = isJson && raw.length > 0 ? JSON.parse(raw.toString()) : raw;
    const [, service = "", ...path] = pathname.replace(/\/$/, "").split("/");
    const answer =
      this.fault(method, pathname) ?? this.#answer(service, { method, path, query: searchParams, body });
    response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
    response.end(answer.json === undefined ? undefined : JSON.stringify(answer.json));
  }

  #answer(service: string, call: Call): Answer {
    const rest = { ...call, path: call.path.slice(1) }; // without the version
    const refused = this.refuse(service, rest);
    if (refused) return refused;
    if (service === "identity") return this.#keystone(rest);
    if (service === "image") return this.#glance(rest);
    if (service === "network") return this.neutron.answer(rest);
    if (service === "compute") return this.nova.answer(rest, this.offers.flavors);
    return missing;
  }

  #keystone({ method, path, body }: Call): Answer {
    if (path.join("/") === "auth/tokens")
      return {
        status: method === "POST" ? 201 : 200,
        json: this.#token(),
        headers: { "X-Subject-Token": "token" },
      };
    if (path.length === 0) {
      const links = [{ rel: "self", href: `${this.origin}/identity/v3/` }];
      const version = { id: "v3.14", status: "stable", links };
      return { status: 200, json: { version, versions: { values: [version] } } };
    }
    const [, , kind, id = ""] = path; // users/ID/application_credentials/ID
    if (kind !== "application_credentials") return method === "DELETE" ? { status: 204 } : missing;
    if (method === "POST") {
      const asked = body.application_credential;
      const rules = (asked.access_rules ?? []).map((rule: object) => ({ id: randomUUID(), ...rule }));
      const made = { ...asked, id: randomUUID(), project_id: project, access_rules: rules, roles: [] };
      this.#credentials.set(made.id, made);
      return { status: 201, json: { application_credential: { ...made, secret: "secret" } } };
    }
    if (id === "") return { status: 200, json: { application_credentials: [...this.#credentials.values()] } };
    const known = this.#credentials.get(id);
    if (!known) return missing;
    if (method === "DELETE") this.#credentials.delete(id);
    return method === "DELETE" ? { status: 204 } : { status: 200, json: { application_credential: known } };
  }

  #token(): unknown {
    const domain = { id: "default", name: "Default" };
    const services = { identity: "/v3", compute: "/v2.1", network: "", image: "" };
    const catalog = Object.entries(services).map(([type, path]) => ({
      ...{ type, id: type, name: type },
      endpoints: ["public", "internal", "admin"].map((side) => ({
        ...{ id: `${type}-${side}`, interface: side, region, region_id: region },
        url: `${this.origin}/${type}${path}`,
      })),
    }));
    return {
      token: {
        methods: ["password"],
        user: { id: user, name: "demo", domain },
        project: { id: project, name: "demo", domain },
        roles: [{ id: "member", name: "member" }],
        issued_at: new Date().toISOString(),
        expires_at: "2100-01-01T00:00:00.000000Z",
        catalog: this.catalog?.(this.origin) ?? catalog,
        ...this.identity,
      },
    };
  }

  #glance({ method, path, query, body }: Call): Answer {
    if (path.length === 0) {
      const links = [{ rel: "self", href: `${this.origin}/image/v2/` }];
      return { status: 300, json: { versions: [{ id: "v2.9", status: "CURRENT", links }] } };
    }
    const [, id, file] = path;
    if (path[0] === "schemas") {
      const formats = { enum: [null, "raw", "qcow2", "iso"] };
      return { status: 200, json: { properties: { disk_format: formats } } };
    }
    if (method === "POST") {
      const made = { ...imageCalled(body.name), ...body, id: randomUUID(), status: "queued" };
      this.#images.set(made.id, made);
      return { status: 201, json: made };
    }
    if (id === undefined) {
      const name = query.get("name");
      const offered = this.offers.images ?? usualImages.map(imageCalled);
      const all = [...this.#images.values(), ...(query.has("owner") ? [] : offered)];
      const named = all.filter((image) => name === null || image.name === name);
      const any = named.length === 0 && name !== null && !this.offers.images && !query.has("owner");
      const found = any ? [imageCalled(name)] : named;
      return { status: 200, json: { images: found } };
    }
    const image =
      this.#images.get(id) ??
      this.offers.images?.find((one) => one.id === id) ??
      (id.startsWith(foreign) ? imageCalled(id.slice(foreign.length)) : undefined);
    if (!image) return missing;
    if (file) {
      const checksum = createHash("md5").update(body).digest("hex");
      Object.assign(image, { status: "active", size: body.length, checksum });
      return { status: 204 };
    }
    if (method === "DELETE") this.#images.delete(id);
    // A JSON patch, of whole attributes.
    if (method === "PATCH")
      for (const { path: attribute, value } of body) Object.assign(image, { [attribute.slice(1)]: value });
    return method === "DELETE" ? { status: 204 } : { status: 200, json: image };
  }
}

/** Named by the configurations of tests. */
const usualImages = ["ipxe", "ipxe-iso", "ovb-undercloud", "debian-13"];

/** In the ids of images that the cloud has. */
const foreign = "image-";

export function imageCalled(name: string): Offered {
  const time = new Date().toISOString();
  return {
    ...{ id: `${foreign}${name}`, name, status: "active", visibility: "public", owner: project, tags: [] },
    ...{ disk_format: "qcow2", container_format: "bare", size: 1, min_disk: 0, min_ram: 0, protected: false },
    ...{ created_at: time, updated_at: time, checksum: "", file: "/file", schema: "/schema", self: "/self" },
  };
}
