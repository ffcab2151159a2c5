import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  IronicClient,
  type IronicEndpoint,
  IronicError,
  IronicUnreachable,
  WrongKey,
} from "../../../../cli/ironic/client";
import { deployNode } from "../../../../cli/ironic/deployNode";
import { differences, enroll, type WantedNode } from "../../../../cli/ironic/enrollNodes";
import { type IronicNode, manage, setProvisionState, waitForState } from "../../../../cli/ironic/node";
import type { NodeDisk } from "../../../../cli/nodes/nodeDisks";
import { ironicSecrets, pinOf } from "../../../../plan/guest/ironic/secrets";

/** A stand-in for Ironic's API: what it is asked is kept, what it answers each test says. */
const password = "a-password-of-the-tests";
const { tlsKey } = ironicSecrets(password);
const asked: { method: string; path: string; body: unknown; auth?: string }[] = [];
let answer: (method: string, path: string, body: unknown) => { status?: number; body?: unknown } | "lost";
let server: Server;
let endpoint: IronicEndpoint;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "ovb-ironic-"));
  writeFileSync(join(folder, "key"), tlsKey);
  const made = spawnSync(
    "openssl",
    ["req", "-x509", "-new", "-key", "key", "-subj", "/CN=lab", "-out", "crt"],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  expect(made.stderr).toBe("");
  server = createServer({ key: tlsKey, cert: readFileSync(join(folder, "crt")) }, (request, response) => {
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const [method, path] = [request.method!, request.url!];
      asked.push({ method, path, body, auth: request.headers.authorization });
      const answered = answer(method, path, body);
      if (answered === "lost") return void request.socket.destroy();
      const { status = 200, body: content } = answered;
      response.writeHead(status).end(content === undefined ? "" : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  rmSync(folder, { recursive: true });
  const { port } = server.address() as AddressInfo;
  endpoint = { url: `https://127.0.0.1:${port}`, username: "admin", password, pin: pinOf(tlsKey) };
});
afterAll(() => server.close());
beforeEach(() => asked.splice(0));

const fault = (faultstring: string) => ({ error_message: JSON.stringify({ faultstring }) });
const node = (over: Partial<IronicNode> = {}): IronicNode => ({
  uuid: "u-0",
  name: "lab-node-0",
  driver: "ipmi",
  driver_info: { ipmi_address: "192.0.2.241", ipmi_port: 6230, ipmi_password: "******" },
  properties: { cpus: 1, capabilities: "boot_mode:bios", vendor: "found by inspection" },
  resource_class: "baremetal",
  extra: {},
  instance_info: {},
  provision_updated_at: "2026-01-01T00:00:00+00:00",
  provision_state: "manageable",
  target_provision_state: null,
  power_state: "power off",
  last_error: null,
  maintenance: false,
  ...over,
});
const wanted: WantedNode = {
  name: "lab-node-0",
  driver: "ipmi",
  driver_info: { ipmi_address: "192.0.2.241", ipmi_port: 6230, ipmi_password: "secret" },
  resource_class: "baremetal",
  properties: { cpus: 1, capabilities: "boot_mode:bios" },
  ports: [{ address: "20:57:f8:00:00:01", pxe_enabled: true, physical_network: "ctlplane" }],
};

describe("the client", () => {
  it("sends its password by TLS to who has the key", async () => {
    answer = () => ({ body: { nodes: [] } });
    await new IronicClient(endpoint).call("GET", "/v1/nodes");
    expect(asked[0]!.auth).toBe(`Basic ${Buffer.from(`admin:${password}`).toString("base64")}`);
  });

  it("sends nothing to who has another", async () => {
    const pin = pinOf(ironicSecrets("another-password").tlsKey);
    const call = new IronicClient({ ...endpoint, pin }).call("GET", "/v1/nodes");
    await expect(call).rejects.toThrow(WrongKey);
    await expect(call).rejects.toThrow(/is not this lab's Ironic/);
    expect(asked).toEqual([]);
  });

  it("says what Ironic says, and what is not Ironic's", async () => {
    answer = () => ({ status: 404, body: fault("Node x could not be found.") });
    await expect(new IronicClient(endpoint).call("GET", "/v1/nodes/x")).rejects.toMatchObject({
      status: 404,
      message: "Node x could not be found.",
    });
    answer = () => ({ status: 401, body: fault("") });
    await expect(new IronicClient(endpoint).call("GET", "/v1/nodes/x")).rejects.toThrow(
      /refuses the user name/,
    );
    answer = () => ({ status: 502 });
    await expect(new IronicClient(endpoint).call("GET", "/v1/nodes/x")).rejects.toThrow(/HTTP 502/);
    const nobody = new IronicClient({ ...endpoint, url: "https://127.0.0.1:1" }, { patienceMs: 0 });
    await expect(nobody.call("GET", "/v1/nodes/x")).rejects.toThrow(IronicUnreachable);
  });

  it("waits for a node that another task has locked, and for an API that is not up yet", async () => {
    let refusals = 1;
    answer = () =>
      refusals-- > 0
        ? {
            status: 409,
            body: fault("Node x is locked by host y, please retry after the current operation."),
          }
        : { body: { nodes: [] } };
    await new IronicClient(endpoint).call("PATCH", "/v1/nodes/x", []);
    expect(asked).toHaveLength(2);
    answer = () => ({ status: 409, body: fault("A node with name x already exists.") });
    await expect(new IronicClient(endpoint).call("POST", "/v1/nodes", {})).rejects.toThrow(IronicError);
    refusals = 1;
    answer = () => (refusals-- > 0 ? { status: 503 } : { body: { nodes: [] } });
    const waits: string[] = [];
    await new IronicClient(endpoint).ready(10_000, (why) => waits.push(why));
    expect(waits).toEqual([expect.stringContaining("503")]);
  });

  it("asks again when nobody answers, and what is no GET only as long as nothing was sent", async () => {
    const lines: string[] = [];
    const client = new IronicClient(endpoint, { report: (line) => lines.push(line) });
    server.once("connection", (socket) => socket.destroy());
    answer = () => ({ body: { uuid: "u" } });
    expect(await client.call("POST", "/v1/nodes", {})).toEqual({ uuid: "u" });
    expect(lines).toEqual([expect.stringMatching(/does not answer: .*: trying again$/)]);

    let losses = 1;
    answer = () => (losses-- > 0 ? "lost" : { body: { nodes: [] } });
    expect(await client.call("GET", "/v1/nodes")).toEqual({ nodes: [] });
    asked.splice(0);
    losses = 1;
    await expect(client.call("POST", "/v1/nodes", {})).rejects.toMatchObject({
      name: "IronicUnreachable",
      lost: true,
    });
    expect(asked).toHaveLength(1);
  });

  it("stops when it is told to", async () => {
    answer = () => ({ status: 503 });
    const controller = new AbortController();
    const waiting = new IronicClient(endpoint, { signal: controller.signal }).ready(60_000, () =>
      controller.abort(),
    );
    await expect(waiting).rejects.toThrow(/abort/i);
  });
});

describe("enrolling", () => {
  const options = {
    ...{ lab: "lab", prune: false, digestKey: "k", timeoutMs: 5000 },
    report: () => {},
    disk: async (): Promise<NodeDisk | undefined> => undefined,
  };

  it("changes what differs and leaves what others have added", () => {
    const extra = { ovb_lab: "lab", ovb_digest: "d" };
    const { ports: _, ...mine } = wanted;
    expect(differences(node({ extra }), mine, extra)).toEqual([]);
    const moved = { ...mine, driver_info: { ...mine.driver_info, ipmi_port: 6231 } };
    expect(differences(node({ extra }), moved, extra)).toEqual([
      { op: "replace", path: "/driver_info/ipmi_port", value: 6231 },
    ]);
    // A password cannot be compared: the digest says that something has changed.
    expect(differences(node({ extra: { ...extra, ovb_digest: "old" } }), mine, extra)).toEqual([
      { op: "replace", path: "/driver_info/ipmi_password", value: "secret" },
      { op: "replace", path: "/extra/ovb_digest", value: "d" },
    ]);
    const redfish = { ...mine, driver: "redfish", driver_info: { redfish_address: "https://x" } };
    expect(differences(node({ extra }), redfish, extra)).toEqual([
      { op: "replace", path: "/driver", value: "redfish" },
      { op: "add", path: "/driver_info/redfish_address", value: "https://x" },
      { op: "remove", path: "/driver_info/ipmi_address" },
      { op: "remove", path: "/driver_info/ipmi_port" },
      { op: "remove", path: "/driver_info/ipmi_password" },
    ]);
  });

  it("leaves a deployed node in its state, and tells every failure", async () => {
    let made: IronicNode | undefined;
    answer = (method, path, body) => {
      if (path.startsWith("/v1/nodes?"))
        return {
          body: {
            nodes: [
              node({ provision_state: "active" }),
              node({ name: "lab-old", uuid: "u-1", extra: { ovb_lab: "lab" } }),
            ],
          },
        };
      if (path.includes("/ports?"))
        return { body: { ports: wanted.ports.map((port) => ({ ...port, uuid: "p" })) } };
      if (method === "POST" && path === "/v1/nodes") {
        made = node({
          ...(body as object),
          uuid: "u-2",
          provision_state: "enroll",
          last_error: "no BMC there",
        });
        return { status: 201, body: made };
      }
      if (path.startsWith("/v1/nodes/lab-node-1")) return { body: made };
      return {};
    };
    const lines: string[] = [];
    const both = enroll(new IronicClient(endpoint), [wanted, { ...wanted, name: "lab-node-1" }], {
      ...options,
      report: (line) => lines.push(line),
    });
    await expect(both).rejects.toThrow(
      "Ironic did not take 1 of the nodes:\n  - lab-node-1 is enroll, not manageable: no BMC there",
    );
    // A BMC that gave no answer is asked again, twice.
    expect(asked.filter(({ path }) => path.includes("states/provision")).map(({ path }) => path)).toEqual(
      Array(3).fill("/v1/nodes/lab-node-1/states/provision"),
    );
    expect(lines).toContain("lab-node-0: updated");
    expect(lines.join("\n")).toContain(
      "lab-old is in Ironic and not in the lab any more: --prune removes it",
    );
    expect(asked.some(({ method }) => method === "DELETE")).toBe(false);
    expect(lines.join("\n")).not.toContain("secret");
  });

  it("removes with --prune what is not deployed", async () => {
    const gone = (state: string) => {
      answer = (_, path) =>
        path.startsWith("/v1/nodes?")
          ? { body: { nodes: [node({ extra: { ovb_lab: "lab" }, provision_state: state })] } }
          : {};
      return enroll(new IronicClient(endpoint), [], { ...options, prune: true });
    };
    expect((await gone("available")).removed).toEqual(["lab-node-0"]);
    await expect(gone("active")).rejects.toThrow(/lab-node-0: is active: undeploy it/);
  });
});

describe("a node's states", () => {
  /** Answers each look at the node with the next state, the last one for ever. */
  const goesThrough = (...states: Partial<IronicNode>[]) => {
    answer = (method) =>
      method === "GET" ? { body: node(states.length > 1 ? states.shift() : states[0]) } : {};
  };
  const waiting = { timeoutMs: 20_000, report: () => {} };

  it("are waited for, and a failure is told in Ironic's words", async () => {
    goesThrough({ provision_state: "verifying", target_provision_state: "manageable" }, {});
    await waitForState(new IronicClient(endpoint), "lab-node-0", "manageable", waiting);
    goesThrough(
      { provision_state: "deploying", target_provision_state: "active" },
      { provision_state: "deploy failed", last_error: "Timeout reached while waiting for callback" },
    );
    await expect(waitForState(new IronicClient(endpoint), "lab-node-0", "active", waiting)).rejects.toThrow(
      "lab-node-0 is deploy failed, not active: Timeout reached while waiting for callback",
    );
  });

  it("are asked for a second time only when Ironic has given up", async () => {
    goesThrough({ provision_state: "verifying", target_provision_state: "manageable" });
    const short = { ...waiting, timeoutMs: 0 };
    await expect(manage(new IronicClient(endpoint), "lab-node-0", short)).rejects.toThrow(/verifying after/);
    expect(asked.filter(({ method }) => method === "PUT")).toHaveLength(1);
    goesThrough({ provision_state: "enroll", last_error: "no answer" }, { provision_state: "manageable" });
    await manage(new IronicClient(endpoint), "lab-node-0", waiting);
    expect(asked.filter(({ method }) => method === "PUT")).toHaveLength(3);
  });

  it("are asked for once more when the answer is lost and the node shows nothing of it", async () => {
    const ask = async (state: Partial<IronicNode>) => {
      asked.splice(0);
      let losses = 1;
      answer = (method) => (method === "GET" ? { body: node(state) } : losses-- > 0 ? "lost" : {});
      await setProvisionState(new IronicClient(endpoint), "lab-node-0", "active");
      return asked.map(({ method }) => method);
    };
    expect(await ask({ provision_state: "available" })).toEqual(["PUT", "GET", "PUT"]);
    expect(await ask({ provision_state: "deploying", target_provision_state: "active" })).toEqual([
      "PUT",
      "GET",
    ]);
    expect(await ask({ provision_state: "active" })).toEqual(["PUT", "GET"]);
  });

  it("are waited for while nobody answers", async () => {
    const states: string[] = [];
    const answers = [new IronicUnreachable("away"), new IronicUnreachable("away"), node()];
    const call = async () => {
      const next = answers.shift()!;
      if (next instanceof Error) throw next;
      return next;
    };
    const report = (state: string) => states.push(state);
    await waitForState({ call } as unknown as IronicClient, "n", "manageable", { timeoutMs: 20_000, report });
    expect(states).toEqual(["away", "manageable"]);
  });

  it("lead to active by the steps that are missing", async () => {
    const image = { url: "http://192.0.2.240:8088/x.raw", checksum: "ab".repeat(32), format: "raw" as const };
    const options = { image, configDrive: { meta_data: { name: "n" } }, inspect: false, ...waiting };
    goesThrough({}, { provision_state: "available" }, { provision_state: "active" });
    await deployNode(new IronicClient(endpoint), "lab-node-0", options);
    expect(asked.filter(({ method }) => method !== "GET").map(({ body }) => body)).toEqual([
      { target: "provide" },
      [
        {
          op: "replace",
          path: "/instance_info",
          value: {
            image_source: image.url,
            image_disk_format: "raw",
            image_os_hash_algo: "sha256",
            image_os_hash_value: image.checksum,
          },
        },
      ],
      { target: "active", configdrive: { meta_data: { name: "n" } } },
    ]);
    asked.splice(0);
    goesThrough({ provision_state: "active" });
    await deployNode(new IronicClient(endpoint), "lab-node-0", options);
    expect(asked.map(({ method }) => method)).toEqual(["GET"]);
  });
});
