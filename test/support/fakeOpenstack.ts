import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthOptions } from "../../openstack/auth";
import { Secret } from "../../openstack/secret";

export interface Call {
  method: string;
  /** Path and query as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Reply {
  status?: number;
  json?: unknown;
  text?: string;
  headers?: Record<string, string>;
  /** Break the connection instead of answering. */
  reset?: boolean;
  /** Never answer. */
  hang?: boolean;
}

export const password = "correct-horse-battery";

/**
 * A Keystone that issues numbered tokens, and behind it whatever a test scripts: an HTTP server on loopback, because a mocked fetch
 * would prove nothing about resets, streams or headers. A call that no test expected is answered with 418.
 */
export class FakeCloud {
  readonly calls: Call[] = [];
  /** Replies by "METHOD /path" without the query, used in turn; the last one stays. */
  readonly #scripts = new Map<string, Reply[]>();
  #server!: Server;
  tokens = 0;
  project = { id: "project-1", name: "demo" };
  tokenLifetimeMs = 3_600_000;
  /** Changed by tests of catalogue choice. `origin` is known once started. */
  catalog: (origin: string) => object[] = (origin) =>
    Object.entries({
      identity: "/identity",
      compute: "/compute/v2.1",
      network: "/network",
      image: "/image",
      placement: "/placement",
    }).map(([type, path]) => ({
      type,
      endpoints: [{ interface: "public", region_id: "RegionOne", url: origin + path }],
    }));

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const call: Call = {
          method: request.method!,
          url: request.url!,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        this.calls.push(call);
        const reply = this.#replyTo(call);
        if (reply.hang) return;
        if (reply.reset) {
          request.socket.resetAndDestroy();
          return;
        }
        const json = reply.json === undefined ? undefined : JSON.stringify(reply.json);
        response.writeHead(reply.status ?? 200, {
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
          ...reply.headers,
        });
        response.end(json ?? reply.text);
      });
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  on(methodAndPath: string, ...replies: Reply[]): this {
    this.#scripts.set(methodAndPath, replies);
    return this;
  }

  /** A tenant that has nothing: what tenantInventory() asks for. */
  emptyTenant(): this {
    this.on("GET /compute/v2.1/servers/detail", { json: { servers: [] } });
    this.on("GET /image/v2/images", { json: { images: [] } });
    this.on("GET /identity/v3/users/user-1/application_credentials", {
      json: { application_credentials: [] },
    });
    const extensions =
      "extra_dhcp_opt allowed-address-pairs router security-group net-mtu-writable standard-attr-tag port-security".split(
        " ",
      );
    this.on("GET /network/v2.0/extensions", { json: { extensions: extensions.map((alias) => ({ alias })) } });
    for (const path of ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"])
      this.networking(path);
    return this;
  }

  /** What every cloud has: an external network and images, of these names. */
  offering(external: string, ...images: string[]): this {
    const all = images.map((name) => ({
      ...{
        id: `id-of-${name}`,
        name,
        status: "active",
        disk_format: "qcow2",
        tags: [],
        owner: "the-operator",
      },
      ...{ min_disk: 0, min_ram: 0, size: 1 },
    }));
    this.on("GET /image/v2/images", { json: { images: all } });
    return this.networking("networks", { id: external, "router:external": true });
  }

  /** The tenant's of a collection of Neutron's, by their ids, which are their names too where they have no other. */
  networking(path: string, ...all: { id: string; [field: string]: unknown }[]): this {
    const listed = all.map((one) => ({ name: one.id, description: "", status: "ACTIVE", tags: [], ...one }));
    return this.on(`GET /network/v2.0/${path}`, { json: { [path.replaceAll("-", "_")]: listed } });
  }

  /** Calls to a path, without the query. */
  to(methodAndPath: string): Call[] {
    return this.calls.filter((call) => keyOf(call) === methodAndPath);
  }

  auth(change: Partial<AuthOptions> = {}): AuthOptions {
    return {
      authUrl: `${this.origin}/identity`,
      method: {
        kind: "password",
        user: { name: "demo", domain: { name: "Default" } },
        password: new Secret(password),
        project: { name: "demo", domain: { name: "Default" } },
      },
      interface: "public",
      verify: true,
      source: "the environment",
      ...change,
    };
  }

  #replyTo(call: Call): Reply {
    const replies = this.#scripts.get(keyOf(call));
    if (replies !== undefined) return replies.length > 1 ? replies.shift()! : replies[0]!;
    if (keyOf(call) === "POST /identity/v3/auth/tokens") return this.#issue();
    return { status: 418, json: { error: { message: `nobody expected ${keyOf(call)}` } } };
  }

  #issue(): Reply {
    this.tokens++;
    const issued = Date.parse("2026-01-01T00:00:00Z");
    return {
      status: 201,
      headers: { "X-Subject-Token": `token-number-${this.tokens}` },
      json: {
        token: {
          issued_at: new Date(issued).toISOString(),
          expires_at: new Date(issued + this.tokenLifetimeMs).toISOString(),
          user: { id: "user-1", name: "demo" },
          project: this.project,
          roles: [{ id: "role-1", name: "member" }],
          catalog: this.catalog(this.origin),
        },
      },
    };
  }
}

function keyOf(call: Call): string {
  return `${call.method} ${call.url.split("?")[0]}`;
}
