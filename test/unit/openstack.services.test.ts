import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findFlavor, listFlavors } from "../../openstack/flavors";
import { createImage, deleteImage, imageFormats, listImages, uploadImage } from "../../openstack/glance";
import { createApplicationCredential, deleteApplicationCredential } from "../../openstack/keystone";
import {
  deleteNetworking,
  getNetworking,
  listNetworking,
  networkExtensions,
  setTags,
  updatePort,
} from "../../openstack/neutron";
import {
  consoleOutput,
  deleteServer,
  listServers,
  type ServerAction,
  serverAction,
} from "../../openstack/nova";
import { computeQuotas, networkQuotas } from "../../openstack/quotas";
import { Session } from "../../openstack/session";
import { ServerWaitError, waitForServer } from "../../openstack/wait";
import { FakeCloud, type Reply } from "../support/fakeOpenstack";

let cloud: FakeCloud;
let session: Session;
let slept: number[];
let clock: number;

beforeEach(async () => {
  cloud = await new FakeCloud().start();
  slept = [];
  clock = 0;
  session = new Session(cloud.auth(), {
    now: () => clock,
    sleep: async (ms) => {
      slept.push(ms);
      clock += ms;
    },
  });
});
afterEach(() => cloud.stop());

const lastBody = () => JSON.parse(cloud.calls.at(-1)!.body);
const notFound = { status: 404, json: { itemNotFound: { message: "gone" } } };

describe("nova", () => {
  it("follows servers_links through all pages, on our own endpoint, and keeps the exact name only", async () => {
    const next = (marker: string) => [
      { rel: "next", href: `http://wrong-host:8774/v2.1/servers?tags=ovb%2Clab%3Ddev&marker=${marker}` },
    ];
    cloud.on(
      "GET /compute/v2.1/servers",
      { json: { servers: [{ id: "1", name: "n.0" }], servers_links: next("1") } },
      { json: { servers: [{ id: "2", name: "N.0" }], servers_links: next("2") } },
      { json: { servers: [{ id: "3", name: "n.0" }] } },
    );
    const servers = await listServers(session, { tags: ["ovb", "lab=dev"], name: "n.0" });
    expect(servers.map((server) => server.id)).toEqual(["1", "3"]);
    const calls = cloud.to("GET /compute/v2.1/servers");
    expect(calls.map((call) => Object.fromEntries(new URL(call.url, "http://x").searchParams))).toEqual([
      { tags: "ovb,lab=dev", name: "^n\\.0$" },
      { tags: "ovb,lab=dev", marker: "1" },
      { tags: "ovb,lab=dev", marker: "2" },
    ]);
    expect(calls.map((call) => call.headers["openstack-api-version"])).toEqual(Array(3).fill("compute 2.53"));
  });

  it.each<[ServerAction, object, string]>([
    [{ do: "start" }, { "os-start": null }, "2.53"],
    [{ do: "stop" }, { "os-stop": null }, "2.53"],
    [{ do: "rebootHard" }, { reboot: { type: "HARD" } }, "2.53"],
    [{ do: "rebootSoft" }, { reboot: { type: "SOFT" } }, "2.53"],
    [{ do: "unrescue" }, { unrescue: null }, "2.53"],
    [{ do: "rescue", image: "i1" }, { rescue: { rescue_image_ref: "i1" } }, "2.87"],
    [{ do: "rebuild", image: "i1" }, { rebuild: { imageRef: "i1" } }, "2.53"],
    [
      { do: "rebuild", image: "i1", metadata: { by: "me" } },
      { rebuild: { imageRef: "i1", metadata: { by: "me" } } },
      "2.53",
    ],
    [{ do: "crashDump" }, { trigger_crash_dump: null }, "2.53"],
  ])("sends %j", async (action, body, version) => {
    cloud.on("POST /compute/v2.1/servers/s1/action", { status: 202, json: { adminPass: "x" } });
    expect(await serverAction(session, "s1", action)).toBeUndefined();
    expect(lastBody()).toEqual(body);
    expect(cloud.calls.at(-1)!.headers["openstack-api-version"]).toBe(`compute ${version}`);
  });

  it("reads the console, the last lines only when asked", async () => {
    cloud.on("POST /compute/v2.1/servers/s1/action", { json: { output: "login:" } });
    expect(await consoleOutput(session, "s1", 20)).toBe("login:");
    expect(lastBody()).toEqual({ "os-getConsoleOutput": { length: 20 } });
    await consoleOutput(session, "s1");
    expect(lastBody()).toEqual({ "os-getConsoleOutput": {} });
  });

  it("gives quotas with unlimited as null", async () => {
    const absolute = {
      maxTotalInstances: 10,
      totalInstancesUsed: 3,
      maxTotalCores: -1,
      totalCoresUsed: 4,
      maxTotalRAMSize: 51200,
      totalRAMUsed: 1024,
    };
    cloud.on("GET /compute/v2.1/limits", { json: { limits: { absolute } } });
    expect(await computeQuotas(session)).toEqual({
      instances: { limit: 10, used: 3 },
      cores: { limit: null, used: 4 },
      ram: { limit: 51200, used: 1024 },
    });
  });

  it("finds a flavor by id before one of that name", async () => {
    const flavors = [
      { id: "a", name: "b" },
      { id: "b", name: "c" },
    ];
    cloud.on("GET /compute/v2.1/flavors/detail", { json: { flavors } });
    expect((await findFlavor(session, "b"))?.name).toBe("c");
    expect((await findFlavor(session, "c"))?.id).toBe("b");
    expect(await findFlavor(session, "d")).toBeUndefined();
  });

  it("treats absence as an answer only where it is 404", async () => {
    cloud.on("DELETE /compute/v2.1/servers/s1", notFound);
    cloud.on("DELETE /compute/v2.1/servers/s2", { status: 204 });
    cloud.on("DELETE /compute/v2.1/servers/s3", {
      status: 409,
      json: { conflictingRequest: { message: "locked" } },
    });
    expect(await deleteServer(session, "s1")).toBe(false);
    expect(await deleteServer(session, "s2")).toBe(true);
    await expect(deleteServer(session, "s3")).rejects.toThrow("locked");
  });
});

describe("waitForServer", () => {
  const state = (status: string, task: string | null = null, fault?: object) => ({
    json: {
      server: {
        id: "s1",
        name: "node-0",
        status,
        "OS-EXT-STS:task_state": task,
        "OS-EXT-STS:power_state": 1,
        fault,
      },
    },
  });
  const path = "GET /compute/v2.1/servers/s1";
  const active = (server?: { status: string }) => server?.status === "ACTIVE";

  it("slows down while nothing changes and speeds up at a change", async () => {
    const same = state("BUILD", "spawning");
    cloud.on(path, state("BUILD", "scheduling"), same, same, same, state("BUILD", null), state("ACTIVE"));
    const server = await waitForServer(session, "s1", active, { timeoutMs: 60_000 });
    expect(server?.status).toBe("ACTIVE");
    expect(slept).toEqual([500, 500, 750, 1_125, 500]);
  });

  it("never polls slower than every 5 s, and says at the timeout what it saw", async () => {
    cloud.on(path, state("BUILD", "spawning"));
    const error = await waitForServer(session, "s1", active, { timeoutMs: 60_000 }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ServerWaitError);
    expect(error).toMatchObject({ reason: "timeout", server: { status: "BUILD" } });
    expect(error.message).toContain("node-0 (s1) is still BUILD, task spawning, power state 1 after 60 s");
    expect(Math.max(...slept)).toBe(5_000);
    expect(clock).toBe(60_000);
  });

  it("stops at ERROR with Nova's reason, but not while a task still runs", async () => {
    cloud.on(
      path,
      state("ERROR", "rebuilding"),
      state("ERROR", null, { message: "No valid host was found." }),
    );
    const waiting = waitForServer(session, "s1", active, { timeoutMs: 60_000 });
    await expect(waiting).rejects.toMatchObject({
      reason: "error",
      message: expect.stringContaining("No valid host was found."),
    });
    expect(slept).toHaveLength(1);
  });

  it("gives undefined for a deleted server that is expected to go, an error otherwise", async () => {
    cloud.on(path, state("ACTIVE", "deleting"), notFound);
    const gone = await waitForServer(session, "s1", (server) => server === undefined, { timeoutMs: 60_000 });
    expect(gone).toBeUndefined();
    await expect(waitForServer(session, "s1", active, { timeoutMs: 1_000 })).rejects.toMatchObject({
      reason: "gone",
    });
  });
});

describe("neutron", () => {
  it("lists, gets, deletes and tags under the right names", async () => {
    cloud.on("GET /network/v2.0/security-groups", { json: { security_groups: [{ id: "g1" }] } });
    cloud.on("GET /network/v2.0/floatingips/f1", { json: { floatingip: { id: "f1" } } });
    cloud.on("DELETE /network/v2.0/trunks/t1", { status: 204 });
    cloud.on("PUT /network/v2.0/networks/n1/tags", { json: { tags: ["ovb"] } });
    const query = { name: "x", tags: "ovb,lab=dev" };
    expect(await listNetworking(session, "security-groups", query)).toEqual([{ id: "g1" }]);
    expect(cloud.calls.at(-1)!.url).toBe("/network/v2.0/security-groups?name=x&tags=ovb%2Clab%3Ddev");
    expect(await getNetworking(session, "floatingips", "f1")).toEqual({ id: "f1" });
    expect(await deleteNetworking(session, "trunks", "t1")).toBe(true);
    await setTags(session, "networks", "n1", ["ovb"]);
    expect(lastBody()).toEqual({ tags: ["ovb"] });
  });

  it("changes a port, on condition of its revision when given, and never repeats a conditional change", async () => {
    const change = {
      allowed_address_pairs: [{ ip_address: "192.0.2.250" }],
      extra_dhcp_opts: [{ opt_name: "mtu", opt_value: null }],
    };
    cloud.on("PUT /network/v2.0/ports/p1", { json: { port: { id: "p1" } } });
    expect(await updatePort(session, "p1", change)).toEqual({ id: "p1" });
    expect(lastBody()).toEqual({ port: change });
    expect(cloud.calls.at(-1)!.headers["if-match"]).toBeUndefined();
    cloud.on("PUT /network/v2.0/ports/p1", { reset: true });
    await expect(updatePort(session, "p1", change, { ifRevision: 7 })).rejects.toThrow();
    expect(cloud.calls.at(-1)!.headers["if-match"]).toBe("revision_number=7");
    expect(cloud.to("PUT /network/v2.0/ports/p1")).toHaveLength(2);
  });

  it("counts what is used where Neutron tells no details of its quotas", async () => {
    cloud.on("GET /network/v2.0/quotas/project-1/details", { status: 404, json: {} });
    cloud.on("GET /network/v2.0/quotas/project-1", { json: { quota: { network: 10, subnet: -1, port: 5 } } });
    cloud.emptyTenant().networking("networks", { id: "one" }, { id: "two" });
    cloud.networking("security-group-rules");
    expect(await networkQuotas(session)).toMatchObject({
      network: { limit: 10, used: 2 },
      subnet: { limit: null },
      port: { limit: 5, used: 0 },
      router: { limit: null, used: 0 },
    });
  });

  it.each<[string, string, Reply, (session: Session) => Promise<unknown>]>([
    [
      "Nova",
      "GET /compute/v2.1/limits",
      { text: "<h1>back soon</h1>", headers: { "content-type": "text/html" } },
      computeQuotas,
    ],
    ["Nova", "GET /compute/v2.1/limits", { json: { message: "maintenance" } }, computeQuotas],
    ["Nova", "GET /compute/v2.1/flavors/detail", { json: {} }, listFlavors],
    ["Neutron", "GET /network/v2.0/extensions", { text: "" }, networkExtensions],
    ["Glance", "GET /image/v2/schemas/image", { json: null }, imageFormats],
  ])("says where an answer of status 200 is not %s's: %s", async (program, call, reply, ask) => {
    cloud.on(call, reply);
    await expect(ask(session)).rejects.toThrow(`${cloud.origin} answers, but not like ${program}`);
  });

  it("reads extensions and the project's quotas", async () => {
    cloud.on("GET /network/v2.0/extensions", {
      json: { extensions: [{ alias: "trunk" }, { alias: "port-security" }] },
    });
    cloud.on("GET /network/v2.0/quotas/project-1/details", {
      json: {
        quota: { port: { limit: 50, used: 3, reserved: 1 }, network: { limit: -1, used: 2, reserved: 0 } },
      },
    });
    expect(await networkExtensions(session)).toEqual(new Set(["trunk", "port-security"]));
    expect(await networkQuotas(session)).toMatchObject({
      port: { limit: 50, used: 4 },
      network: { limit: null, used: 2 },
      router: { limit: null, used: 0 }, // not among them
    });
  });
});

describe("glance", () => {
  it("follows next, creates private images, streams a file with its length, and deletes", async () => {
    cloud.on(
      "GET /image/v2/images",
      { json: { images: [{ id: "1" }], next: "/v2/images?name=ipxe&marker=1" } },
      { json: { images: [{ id: "2" }] } },
    );
    expect((await listImages(session, { name: "ipxe" })).map((image) => image.id)).toEqual(["1", "2"]);
    expect(cloud.calls.at(-1)!.url).toBe("/image/v2/images?name=ipxe&marker=1");

    cloud.on("POST /image/v2/images", { status: 201, json: { id: "3", status: "queued" } });
    const properties = { os_shutdown_timeout: "1" };
    await createImage(session, { name: "ipxe", disk_format: "raw", container_format: "bare", properties });
    expect(lastBody()).toEqual({
      name: "ipxe",
      disk_format: "raw",
      container_format: "bare",
      visibility: "private",
      os_shutdown_timeout: "1",
    });

    const folder = mkdtempSync(join(tmpdir(), "ovb-image-"));
    try {
      const file = join(folder, "disk.raw");
      const data = "0123456789abcdef".repeat(20_000);
      writeFileSync(file, data);
      cloud.on("PUT /image/v2/images/3/file", { status: 204 });
      await uploadImage(session, "3", file);
      const [upload] = cloud.to("PUT /image/v2/images/3/file");
      expect(upload!.body === data).toBe(true);
      expect(upload!.headers).toMatchObject({
        "content-type": "application/octet-stream",
        "content-length": String(data.length),
      });
      expect(upload!.headers["transfer-encoding"]).toBeUndefined();

      cloud.on("PUT /image/v2/images/3/file", { status: 401 }, { status: 204 });
      await uploadImage(session, "3", file);
      expect(cloud.calls.at(-1)!.body === data).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }

    cloud.on("DELETE /image/v2/images/3", { status: 204 });
    expect(await deleteImage(session, "3")).toBe(true);
  });
});

describe("keystone", () => {
  const path = "/identity/v3/users/user-1/application_credentials";

  it("creates a restricted application credential whose secret does not print", async () => {
    cloud.on(`POST ${path}`, {
      status: 201,
      json: { application_credential: { id: "ac1", name: "agent", secret: "only-now" } },
    });
    const rule = { service: "compute", method: "POST", path: "/v2.1/servers/*/action" };
    const created = await createApplicationCredential(session, {
      name: "agent",
      roles: ["member"],
      accessRules: [rule],
      expiresAt: new Date("2027-01-01T00:00:00Z"),
    });
    expect(lastBody()).toEqual({
      application_credential: {
        name: "agent",
        roles: [{ name: "member" }],
        access_rules: [rule],
        expires_at: "2027-01-01T00:00:00.000",
        unrestricted: false,
      },
    });
    expect(created.secret.reveal()).toBe("only-now");
    expect(inspect(created) + JSON.stringify(created)).not.toContain("only-now");
  });

  it("deletes a credential with its access rules, also when another still uses one", async () => {
    const access_rules = [{ id: "r1" }, { id: "r2" }];
    cloud.on(`GET ${path}/ac1`, { json: { application_credential: { id: "ac1", access_rules } } });
    cloud.on(`DELETE ${path}/ac1`, { status: 204 });
    cloud.on("DELETE /identity/v3/users/user-1/access_rules/r1", {
      status: 403,
      json: { error: { message: "in use" } },
    });
    cloud.on("DELETE /identity/v3/users/user-1/access_rules/r2", { status: 204 });
    expect(await deleteApplicationCredential(session, "ac1")).toBe(true);
    expect(cloud.to("DELETE /identity/v3/users/user-1/access_rules/r2")).toHaveLength(1);
    cloud.on(`GET ${path}/ac2`, { status: 404, json: { error: { message: "no" } } });
    expect(await deleteApplicationCredential(session, "ac2")).toBe(false);
  });
});
