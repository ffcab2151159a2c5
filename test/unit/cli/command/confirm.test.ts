import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { counted, whereabouts } from "../../../../cli/command/confirm";
import { holdsSomething } from "../../../../cli/lab/deployedNodes";
import { main } from "../../../../cli/main";
import type * as environment from "../../../../cli/stack/environment";
import { Session } from "../../../../openstack/session";
import { FakeNova } from "../../../support/fakeNova";
import { FakeCloud } from "../../../support/fakeOpenstack";
import { writeState } from "../../../support/stateFile";

const pulumi = vi.fn<(args: readonly string[]) => Promise<string>>();
const children = vi.fn<(args: readonly string[]) => Promise<string>>();
vi.mock(import("../../../../cli/stack/environment"), async (original) => {
  const real: typeof environment = await original();
  const stack = {
    exists: true,
    name: "prod",
    backend: "here",
    prepare: async () => {},
    pulumi,
    outputs: async () => outputs,
  };
  return {
    ...real,
    openStack: async () => stack as unknown as Awaited<ReturnType<typeof real.openStack>>,
    ovb: children,
  };
});
let outputs: object = {};

const urn = (type: string, name: string) =>
  `urn:pulumi:prod::ovb::ovb:index:VirtualBaremetalLab$${type}::${name}`;
const made = (type: string, name: string, id = name) => ({ urn: urn(type, name), type, id, inputs: {} });
const instance = "openstack:compute/instance:Instance";
const state = {
  deployment: {
    resources: [
      {
        urn: "urn:pulumi:prod::ovb::ovb:index:VirtualBaremetalLab::ovb-prod",
        type: "ovb:index:VirtualBaremetalLab",
      },
      ...["undercloud", "bmc", "node-0"].map((key) => made(instance, `ovb-prod-${key}`)),
      made("openstack:networking/network:Network", "ovb-prod-ctlplane"),
      made("openstack:images/image:Image", "ovb-prod-ipxe-disk"),
    ],
  },
};

/** Whether somebody seems to be there; nothing is typed. */
function onTerminal(there = true): void {
  Object.defineProperty(process.stdin, "isTTY", { value: there || undefined, configurable: true });
}

let said: string;
beforeEach(() => {
  said = "";
  onTerminal(false);
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said += text;
      return true;
    });
  vi.spyOn(console, "error").mockImplementation((text) => {
    said += `${text}\n`;
  });
  for (const name of ["OS_CLOUD", "OS_AUTH_URL", "OVB_DEVCLOUD", "PULUMI_STACK"]) vi.stubEnv(name, undefined);
  pulumi
    .mockReset()
    .mockImplementation(async ([command, what]) =>
      command === "stack" && what === "export" ? JSON.stringify(state) : "[]",
    );
  children.mockReset().mockResolvedValue("");
  outputs = {};
});
afterEach(() => {
  onTerminal(false);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("without a terminal and without --yes", () => {
  it.each([
    ["destroy"],
    ["stop"],
    ["stop", "--all"],
    ["rebuild", "--all"],
    ["rebuild", "node-0"],
    ["sweep", "--all"],
    ["take-over"],
    ["sweep", "--lab", "x", "--format", "json"],
  ])("%s %s refuses with status 2 before anything happens", async (...args) => {
    expect(await main(args)).toBe(2);
    expect(said).toMatch(/^error: nobody is there to be asked: say --yes/m);
    expect(pulumi).not.toHaveBeenCalled();
    expect(children).not.toHaveBeenCalled();
  });
});

describe("destroy", () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = (await new FakeCloud().start()).emptyTenant();
    vi.stubEnv("OS_AUTH_URL", `${cloud.origin}/identity`);
    for (const [name, value] of Object.entries({ USERNAME: "demo", PASSWORD: "p", PROJECT_NAME: "demo" }))
      vi.stubEnv(`OS_${name}`, value);
    vi.stubEnv("OS_USER_DOMAIN_NAME", "Default");
    vi.stubEnv("OS_REGION_NAME", "RegionOne");
    const server = (id: string, more: object = {}) => ({
      ...{ id, name: id, tags: [], image: { id: "i" }, flavor: { disk: 10 }, ...more },
    });
    const volumes = [
      { id: "data", delete_on_termination: false },
      { id: "root", delete_on_termination: true },
    ];
    cloud.on("GET /compute/v2.1/servers/detail", {
      json: {
        servers: [
          server("ovb-prod-undercloud"),
          server("ovb-prod-bmc"),
          server("ovb-prod-node-0", { "os-extended-volumes:volumes_attached": volumes }),
          server("somebody-elses"),
        ],
      },
    });
  });
  afterEach(() => cloud.stop());

  it("names stack, lab, cloud and what will go before it acts, the stack of PULUMI_STACK too", async () => {
    vi.stubEnv("PULUMI_STACK", "prod");
    let before = "";
    pulumi.mockImplementation(async ([command, what]) => {
      if (command === "destroy") before = said;
      return command === "stack" && what === "export" ? JSON.stringify(state) : "[]";
    });
    const status = await main(["destroy", "--yes"]);
    expect(status, said).toBe(0);
    expect(before).toContain("stack prod: PULUMI_STACK says so");
    expect(before).toContain("Destroy the lab ovb-prod of the stack prod:");
    expect(before).toMatch(
      new RegExp(` cloud {5}${cloud.origin}/identity, project demo, region RegionOne\n`),
    );
    expect(before).toMatch(/ servers {3}3: ovb-prod-undercloud, ovb-prod-bmc, ovb-prod-node-0\n/);
    expect(before).toMatch(/ disks {5}3 with 30 GiB/);
    expect(before).toMatch(/ volumes {3}1: root of ovb-prod-node-0\n/);
    expect(before).toMatch(/ detached {2}1: data of ovb-prod-node-0 \(volumes that stay\)\n/);
    expect(before).toMatch(/ images {4}1: ovb-prod-ipxe-disk\n/);
    expect(before).toMatch(/ others {4}1 \(ports, networks/);
    expect(before).not.toContain("somebody-elses");
    expect(pulumi.mock.calls.map(([args]) => args[0])).toContain("destroy");
  });

  it("refuses to destroy what another stack has taken over, though its own state still knows it", async () => {
    const tags = ["ovb", "ovb:lab=ovb-prod", "ovb:owner=two.ffffffffffffffff"];
    cloud.networking("networks", { id: "ovb-prod-ctlplane", tags });
    expect(await main(["destroy", "--yes", "--stack", "prod"])).toBe(1);
    expect(said).toMatch(
      /not this stack's, so nothing was destroyed.*the stack two .*\n {2}- network: ovb-prod-ctlplane/,
    );
    expect(pulumi.mock.calls.map(([args]) => args[0])).not.toContain("destroy");
    // Another stack's lab of the same name, none of which this state knows, is no hindrance.
    cloud.networking("networks", { id: "another", tags });
    expect(await main(["destroy", "--yes", "--stack", "prod"])).toBe(0);
  });

  it("of a lab whose Ironic does not answer says that it does not know what is deployed", async () => {
    onTerminal();
    outputs = { ironic: { url: "https://127.0.0.1:9", username: "a", password: "b", pin: "c" } };
    const asked = main(["destroy"]);
    await vi.waitFor(() => expect(said).toContain("Go on?"), { timeout: 10_000 });
    expect(said).toMatch(/ deployed {2}not known: the lab's Ironic does not answer/);
    process.emit("SIGTERM");
    expect(await asked).toBe(1);
    expect(said).toContain("Interrupted. Nothing was done.");
    expect(pulumi.mock.calls.map(([args]) => args[0])).not.toContain("destroy");
  });
});

describe("stop", () => {
  it("passes stack and --yes on", async () => {
    vi.stubEnv("PULUMI_STACK", "prod");
    expect(await main(["stop", "--yes"])).toBe(0);
    expect(children.mock.calls[0]![0].slice(-4)).toEqual(["destroy", "--stack", "prod", "--yes"]);
    vi.stubEnv("OS_CLOUD", "mine");
    expect(await main(["stop", "--yes", "--stack", "qa"])).toBe(0);
    expect(children.mock.calls[1]![0]).toEqual(["destroy", "--stack", "qa", "--yes"]);
  });

  it("--all names the labs that end with the devcloud", async () => {
    onTerminal();
    const resources = [
      { kind: "server", name: "ovb-dev-node-0" },
      { kind: "port", name: "x" },
    ];
    children.mockResolvedValueOnce(JSON.stringify({ labs: [{ lab: "ovb-dev", resources }] }));
    const asked = main(["stop", "--all"]);
    await vi.waitFor(() => expect(said).toContain("Go on?"));
    expect(said).toContain("End the devcloud devcloud on this machine, and every lab on it:");
    expect(said).toMatch(/ ovb-dev {2}servers 1: ovb-dev-node-0\n/);
    process.emit("SIGINT");
    expect(await asked).toBe(1);
    expect(children).toHaveBeenCalledTimes(1);
  });
});

describe("rebuild", () => {
  let nova: FakeNova;
  let folder: string;
  let options: string[];
  beforeEach(async () => {
    nova = await new FakeNova().start();
    nova.image("ipxe-disk", "qcow2");
    vi.stubEnv("OS_AUTH_URL", `${nova.origin}/identity`);
    vi.stubEnv("OS_AUTH_TYPE", "v3applicationcredential");
    vi.stubEnv("OS_APPLICATION_CREDENTIAL_ID", "agent");
    vi.stubEnv("OS_APPLICATION_CREDENTIAL_SECRET", "application-secret");
    folder = mkdtempSync(join(tmpdir(), "ovb-confirm-"));
    const file = join(folder, "Pulumi.qa.yaml");
    const config =
      "{ovb:lab: lab, ovb:undercloud: {kind: boot-server}, ovb:bmc: {enabled: false}, ovb:images: {disk: {name: ipxe-disk}}}";
    writeFileSync(file, `config: ${config}\n`);
    options = ["--stack", "qa", "--config-file", file];
    const nodes = [nova.node("node-0", { vmState: "active", power: 1 }), nova.node("node-1")];
    vi.stubEnv("XDG_STATE_HOME", folder);
    writeState(folder, { lab: "lab", stack: "qa", ids: nodes.map(({ id }) => id) });
  });
  afterEach(async () => {
    await nova.stop();
    rmSync(folder, { recursive: true });
  });

  it("names each node, its power and what its disk becomes, before it asks", async () => {
    onTerminal();
    const asked = main(["rebuild", "--all", ...options]);
    await vi.waitFor(() => expect(said).toContain("Go on?"), { timeout: 10_000 });
    expect(said).toMatch(/Rebuild 2 of 2 nodes of the lab lab, stack qa; what is on their disks is lost:/);
    expect(said).toMatch(
      / node-0 {2}on; its disk becomes ipxe-disk\n {2}node-1 {2}off; its disk becomes ipxe-disk/,
    );
    process.emit("SIGINT");
    expect(await asked).toBe(1);
    expect(nova.accepted).toEqual([]);
  });

  it("with --yes says the same and does it", async () => {
    expect(await main(["rebuild", "node-1", "--yes", ...options])).toBe(0);
    expect(said).toMatch(/Rebuild 1 of 2 nodes of the lab lab, stack qa/);
    expect(nova.accepted.map((action) => action.do)).toContain("rebuild");
  });
});

describe("the question, on a terminal", () => {
  let cloud: FakeCloud;
  const removal = "DELETE /network/v2.0/networks/left";
  beforeEach(async () => {
    cloud = (await new FakeCloud().start()).emptyTenant();
    const tags = ["ovb", "ovb:lab=gone"];
    const network = { id: "left", name: "gone-ctlplane", description: "", status: "ACTIVE", tags };
    cloud.on("GET /network/v2.0/networks", { json: { networks: [network] } }, { json: { networks: [] } });
    cloud.on(removal, { status: 204 });
  });
  afterEach(() => cloud.stop());

  /** `ovb sweep` on a terminal where this is typed. */
  async function typed(answer: string): Promise<{ status: number | null; shown: string; removed: number }> {
    const ovb = [process.execPath, join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs")];
    const script = join(__dirname, "..", "..", "..", "support", "onTerminal.py");
    const account = { USERNAME: "demo", PASSWORD: "p", PROJECT_NAME: "demo", USER_DOMAIN_NAME: "Default" };
    const child = spawn("python3", [script, "Go on?", answer, ...ovb, "sweep", "--all"], {
      env: {
        PATH: process.env.PATH,
        HOME: tmpdir(),
        OS_AUTH_URL: `${cloud.origin}/identity`,
        ...Object.fromEntries(Object.entries(account).map(([name, value]) => [`OS_${name}`, value])),
      },
    });
    let shown = "";
    child.stdout.on("data", (chunk) => {
      shown += chunk;
    });
    const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { status, shown, removed: cloud.to(removal).length };
  }

  it("y: goes on", async () => {
    const { status, shown, removed } = await typed("y\n");
    expect(shown).toMatch(/Remove this resource of the labs gone:\s+cloud +http.*, project demo/);
    expect({ status, removed }).toEqual({ status: 0, removed: 1 });
  });

  it.each([
    ["n", "n\n", /Nothing was done\./],
    ["Enter", "\n", /Nothing was done\./],
    ["Ctrl-C", "\x03", /Interrupted\. Nothing was done\./],
    ["Ctrl-D", "\x04", /Nothing was done\./],
  ])("%s: nothing is done, status 1", async (_, answer, message) => {
    const { status, shown, removed } = await typed(answer);
    expect(shown).toMatch(message);
    expect({ status, removed }).toEqual({ status: 1, removed: 0 });
  });
});

describe("words of the question", () => {
  it("count what is many", () => {
    expect(counted(["a", "b"])).toBe("2: a, b");
    expect(counted(Array.from({ length: 30 }, (_, i) => `n${i}`))).toMatch(/^30: n0, .*n11 and 18 more$/);
  });

  it("name the cloud as the user does", async () => {
    const cloud = await new FakeCloud().start();
    const session = new Session(cloud.auth());
    expect(await whereabouts(session, { OS_CLOUD: "mine" })).toBe("mine, project demo");
    expect(await whereabouts(session, { OVB_DEVCLOUD: "asks" })).toMatch(
      /^the devcloud asks on this machine/,
    );
    await cloud.stop();
  });

  it.each([
    ["manageable", false],
    ["available", false],
    ["clean wait", false],
    ["inspect failed", false],
    ["active", true],
    ["rescue", true],
    ["deploy failed", true],
    ["error", true],
  ])("a node that is %s holds something: %s", (state, holds) => {
    expect(holdsSomething(state)).toBe(holds);
  });
});
