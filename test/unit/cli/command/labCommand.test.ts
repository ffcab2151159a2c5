import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../../../cli/main";
import { Session } from "../../../../openstack/session";
import { FakeNova, type FakeServer } from "../../../support/fakeNova";
import { stubNoCloud } from "../../../support/noCloud";
import { type Printed, takePrinted } from "../../../support/printed";
import { writeState } from "../../../support/stateFile";

const config = `config:
  ovb:lab: lab
  ovb:undercloud: { kind: boot-server }
  ovb:bmc: { enabled: false }
  ovb:images: { disk: { name: ipxe-disk } }
`;

let home: string;
let nova: FakeNova;
let nodes: FakeServer[];
let printed: Printed;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "ovb-command-"));
  writeFileSync(join(home, "Pulumi.dev.yaml"), config);
  nova = await new FakeNova().start();
  nova.image("ipxe-disk", "qcow2");
  nodes = ["node-0", "node-1"].map((key) => nova.node(key, { vmState: "active", power: 1 }));
  writeState(home, { lab: "lab", stack: "dev", ids: nodes.map(({ id }) => id) });
  stubNoCloud(home);
  printed = takePrinted();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await nova.stop();
  rmSync(home, { recursive: true });
});

/** A whole command, on the cloud in memory. @returns its exit status */
function ovb(...args: string[]): Promise<number> {
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) =>
      setTimeout(() => (signal?.aborted ? reject(signal.reason) : resolve()), 1),
    );
  const session = () => new Session(nova.auth, { sleep });
  return main([...args, "--stack", "dev", "--config-file", join(home, "Pulumi.dev.yaml")], { session });
}

describe("a whole command, with a session handed in", () => {
  it("power off: the node that is named, and no other", async () => {
    expect(await ovb("power", "off", "node-1")).toBe(0);
    expect(nova.accepted).toEqual([{ id: nodes[1]!.id, do: "stop" }]);
    expect(printed.out).toBe("NODE    POWER\nnode-1  off\n");
    expect(printed.said).toMatch(/node-1: off \(1 of 1, /);
  });

  it("power status: all of them, as JSON", async () => {
    nodes[1]!.vmState = "stopped";
    nodes[1]!.power = 4;
    expect(await ovb("power", "status", "--format", "json")).toBe(0);
    expect(JSON.parse(printed.out)).toEqual([
      { node: "node-0", power: "on", id: nodes[0]!.id },
      { node: "node-1", power: "off", id: nodes[1]!.id },
    ]);
    expect(nova.accepted).toEqual([]);
  });

  it("console: the last lines, without what would drive the terminal", async () => {
    nodes[0]!.console = "one\n\u001b[31mtwo\u001b[0m\r\nthree\n";
    expect(await ovb("console", "node-0", "--lines", "2")).toBe(0);
    expect(printed.out).toBe("two\nthree\n");
  });

  it("rebuild --yes: stopped, then clean", async () => {
    nodes[0]!.disk = "what was deployed";
    expect(await ovb("rebuild", "node-0", "--yes")).toBe(0);
    expect(nova.did(nodes[0]!)).toEqual(["stop", "rebuild"]);
    expect(nodes[0]).toMatchObject({ disk: "ipxe-disk", vmState: "stopped" });
    expect(printed.said).toContain(
      "Rebuild 1 of 2 nodes of the lab lab, stack dev; what is on their disks is lost:",
    );
  });
});

describe("a command about a lab", () => {
  it("takes a configuration with secrets, as it takes any other", async () => {
    const secrets = "{ credential: { id: abc, secret: { secure: v1:CIPHER } }, enabled: false }";
    writeFileSync(join(home, "Pulumi.dev.yaml"), config.replace("{ enabled: false }", secrets));
    expect(await ovb("power", "status"), printed.said).toBe(0);
    expect(printed.said).toContain("ovb:bmc.credential.secret is encrypted");
  });

  it("asks for no cloud where its configuration is wrong", async () => {
    writeFileSync(join(home, "Pulumi.dev.yaml"), "config:\n  ovb:nodes: many\n");
    expect(await ovb("status")).toBe(1);
    expect(printed.said).toContain("The lab's configuration has");
    expect(nova.requests).toEqual([]);
  });

  it("touches no lab that the stack's state does not prove its own", async () => {
    writeState(home, { lab: "other", stack: "dev", ids: [] });
    expect(await ovb("power", "off", "--all")).toBe(1);
    expect(printed.said).toContain("is not this stack's");
    expect(nova.accepted).toEqual([]);
  });

  it("ends by Ctrl-C with what is true then, and leaves no listener behind", async () => {
    const before = process.listenerCount("SIGINT");
    nova.fault = (what) => {
      if (what.startsWith("GET /compute")) process.emit("SIGINT", "SIGINT");
      return undefined;
    };
    expect(await ovb("power", "off", "--all")).toBe(1);
    expect(printed.said).toContain(
      "Interrupted. What Nova has accepted it finishes; the same command again does the rest.",
    );
    expect(nova.accepted).toEqual([]);
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});
