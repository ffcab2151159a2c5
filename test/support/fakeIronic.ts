import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IronicEndpoint } from "../../cli/ironic/client";
import type { IronicNode } from "../../cli/ironic/node";
import { ironicSecrets, pinOf } from "../../plan/guest/ironic/secrets";

const password = "a-password-of-the-tests";

/** What Ironic's state machine allows of what we ask (ironic/common/states.py): the target, from, to. */
const transitions: Record<string, readonly [from: RegExp, to: string]> = {
  manage: [/^(enroll|available|clean failed|adopt failed|inspect failed)$/, "manageable"],
  provide: [/^manageable$/, "available"],
  active: [/^(available|deploy failed)$/, "active"],
  adopt: [/^(manageable|adopt failed)$/, "active"],
  deleted: [/^(active|deploy failed|error|wait call-back|rescue)$/, "available"],
};

/** As Ironic shows it, for tests to change. */
export type FakeNode = { -readonly [Key in keyof IronicNode]: IronicNode[Key] } & Record<string, unknown>;

interface Change {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** Ironic's API with its nodes and their states, by TLS on loopback. Every transition is done at once. */
export class FakeIronic {
  readonly nodes = new Map<string, FakeNode>();
  /** "NODE TARGET" of each provision state that was asked for. */
  readonly targets: string[] = [];
  /** What the undercloud answers on /ovb/settings; undefined: it is of before. */
  settings?: { settings: unknown; state: string; why: string };
  /** Called after settings were put. */
  onSettings: (shown: NonNullable<FakeIronic["settings"]>) => void = () => {};
  /** Called before a transition is done. */
  onTarget: (name: string, target: string) => void = () => {};
  /** Called before one node is shown. */
  onLook: (node: FakeNode) => void = () => {};
  #server!: Server;

  async start(): Promise<this> {
    const { tlsKey } = ironicSecrets(password);
    const folder = mkdtempSync(join(tmpdir(), "ovb-ironic-"));
    writeFileSync(join(folder, "key"), tlsKey);
    const args = ["req", "-x509", "-new", "-key", "key", "-subj", "/CN=lab", "-out", "crt"];
    spawnSync("openssl", args, { cwd: folder });
    const cert = readFileSync(join(folder, "crt"));
    rmSync(folder, { recursive: true });
    this.#server = createServer({ key: tlsKey, cert }, (request, response) => {
      let text = "";
      request.on("data", (part) => {
        text += part;
      });
      request.on("end", () => {
        const body: unknown = text === "" ? undefined : JSON.parse(text);
        const [status, json] = this.#handle(
          request.method!,
          new URL(request.url!, "https://x").pathname,
          body,
        );
        response.writeHead(status).end(json === undefined ? "" : JSON.stringify(json));
      });
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get endpoint(): IronicEndpoint {
    const { port } = this.#server.address() as AddressInfo;
    const pin = pinOf(ironicSecrets(password).tlsKey);
    return { url: `https://127.0.0.1:${port}`, username: "admin", password, pin };
  }

  state(name: string): string | undefined {
    return this.nodes.get(name)?.provision_state;
  }

  /** Its VM is replaced: nothing is known any more. */
  forgetAll(): void {
    this.nodes.clear();
    this.targets.splice(0);
  }

  #handle(method: string, path: string, body: unknown): [number, object?] {
    const [, , collection, name = "", ...rest] = path.split("/");
    if (path === "/ovb/settings") return this.#answerSettings(method, body);
    if (collection === "ports") return [201, {}];
    if (name === "") {
      if (method === "GET") return [200, { nodes: [...this.nodes.values()] }];
      const node = { ...fresh, ...(body as IronicNode), uuid: `uuid-${this.nodes.size}` };
      this.nodes.set(node.name!, node);
      return [201, node];
    }
    const node = this.nodes.get(name) ?? [...this.nodes.values()].find(({ uuid }) => uuid === name);
    if (!node) return [404, fault(`Node ${name} could not be found.`)];
    if (rest[0] === "ports") return [200, { ports: [] }];
    if (rest[0] === "states") return this.#provision(node, body as { target: string });
    if (method === "GET") this.onLook(node);
    if (method === "PATCH") for (const change of body as Change[]) apply(node, change);
    return [200, node];
  }

  #answerSettings(method: string, body: unknown): [number, object?] {
    const { settings } = this;
    if (!settings) return [404, fault("Not Found")];
    if (method === "PUT") {
      Object.assign(settings, { settings: body, state: "applied", why: "" });
      this.onSettings(settings);
    }
    return [200, { ...settings }];
  }

  #provision(node: FakeNode, { target }: { target: string }): [number, object?] {
    this.targets.push(`${node.name} ${target}`);
    const [from, to] = transitions[target] ?? [/^$/, ""];
    if (!from.test(node.provision_state))
      return [
        400,
        fault(`The requested action "${target}" can not be performed in ${node.provision_state}.`),
      ];
    this.onTarget(node.name!, target);
    Object.assign(node, { provision_state: to });
    if (target === "deleted") Object.assign(node, { instance_info: {} });
    return [202];
  }
}

const fresh: IronicNode = {
  uuid: "",
  name: null,
  driver: "redfish",
  driver_info: {},
  properties: {},
  resource_class: null,
  extra: {},
  instance_info: {},
  provision_updated_at: "2026-01-02T03:04:05+00:00",
  provision_state: "enroll",
  target_provision_state: null,
  power_state: null,
  last_error: null,
  maintenance: false,
};

const fault = (faultstring: string) => ({ error_message: JSON.stringify({ faultstring }) });

function apply(node: Record<string, unknown>, { op, path, value }: Change): void {
  const [first = "", key] = path.slice(1).split("/");
  if (key === undefined) {
    node[first] = value;
    return;
  }
  const inner = { ...(node[first] as Record<string, unknown>) };
  if (op === "remove") delete inner[key];
  else inner[key] = value;
  node[first] = inner;
}
