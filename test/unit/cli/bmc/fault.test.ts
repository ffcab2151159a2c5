import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Agent, startAgent } from "../../../../agent/bmc/agent";
import { main } from "../../../../cli/main";
import { Secret } from "../../../../openstack/secret";
import { Session } from "../../../../openstack/session";
import { FakeNova } from "../../../support/fakeNova";
import { fastTimes } from "../../../support/labCloud";
import { stubNoCloud } from "../../../support/noCloud";
import { type Printed, takePrinted } from "../../../support/printed";
import { writeState } from "../../../support/stateFile";
import { until } from "../../../support/waiting";

const config = `config:
  ovb:lab: lab
  ovb:undercloud: { kind: boot-server }
  ovb:images: { disk: { name: ipxe-disk } }
`;
const password = "s3cret-of-20-bytes!!";
const controller = new AbortController();

let home: string;
let nova: FakeNova;
let agent: Agent;
let printed: Printed;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "ovb-fault-"));
  nova = await new FakeNova().start();
  nova.image("ipxe-disk", "qcow2");
  const ids = ["node-0", "node-1"].map((key) => nova.node(key, { vmState: "active", power: 1 }).id);
  writeState(home, { lab: "lab", stack: "dev", ids });
  const folder = join(home, "ovb", "labs", "dev", "bmc");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "password"), password, { mode: 0o600 });
  stubNoCloud(home);
  agent = await startAgent({
    config: {
      ...{ lab: "lab", address: "127.0.0.1", username: "admin", password: new Secret(password), images: {} },
      ...{ stateFile: join(folder, "state.json"), redfish: {}, metricsPort: 0, faults: true },
    },
    ...{ session: new Session(nova.auth), log: () => {}, signal: controller.signal, times: fastTimes },
  });
  await until("its nodes are there", () => agent.cloud.machines().size === 2);
  printed = takePrinted();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  controller.abort();
  await agent.stopped;
  await nova.stop();
  rmSync(home, { recursive: true });
});

async function ovb(bmc: string, ...args: string[]): Promise<number> {
  Object.assign(printed, { out: "", said: "" });
  const file = join(home, "Pulumi.dev.yaml");
  writeFileSync(file, `${config}  ovb:bmc: ${bmc}\n`);
  return main([...args, "--stack", "dev", "--config-file", file], { session: () => new Session(nova.auth) });
}

test("a fault begins, is listed, is said by status, and is undone", async () => {
  const none = "{ enabled: false }";
  const at = ["--metrics-port", String(agent.ports.metrics)];
  expect(await ovb(none, "fault", "slow", "node-0", "--ms", "40", "--for", "600", ...at), printed.said).toBe(
    0,
  );
  expect(printed.out).toMatch(/^NODE +FAULT +UNTIL\nnode-0 +slow +40 ms +20[\d-]+T[\d:.]+Z\n$/);
  expect(agent.cloud.machines().get("node-0")!.hindrance()).toEqual({ ms: 40 });

  expect(await ovb(none, "status")).toBe(0);
  expect(printed.out).toMatch(/^node-0 .*FAULT: slow until 20/m);
  expect(printed.out).not.toMatch(/^node-1 .*FAULT/m);

  expect(await ovb(none, "fault", "list", "--format", "json", ...at)).toBe(0);
  expect(JSON.parse(printed.out)).toMatchObject([{ node: "node-0", kind: "slow", ms: 40 }]);
  expect(await ovb(none, "fault", "slow", "node-0", ...at)).toBe(1);
  expect(printed.said).toContain("ms: slow needs a whole number");
  expect(await ovb(none, "fault", "end", "node-0", ...at)).toBe(0);
  expect(printed.out).toBe("No node has a fault that was wished for.\n");
  expect(agent.cloud.machines().get("node-0")!.hindrance()).toBeUndefined();

  expect(await ovb(none, "fault", "busy")).toBe(2);
  expect(printed.said).toContain("name the nodes, or say --all");
  expect(await ovb("{ enabled: true }", "fault", "list")).toBe(1);
  expect(printed.said).toContain("set ovb:bmc.faults to true");
  expect(await ovb(none, "fault", "list", "--metrics-port", "1")).toBe(1);
  expect(printed.said).toContain("npx ovb bmc --faults");
  expect(printed.said + printed.out).not.toContain(password);
});
