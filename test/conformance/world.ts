import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "../../agent/bmc/agent";
import { jsonLog } from "../../agent/service/log";
import { Secret } from "../../openstack/secret";
import { Session } from "../../openstack/session";
import { selfSigned } from "../support/certificate";
import { FakeNova, type FakeServer } from "../support/fakeNova";
import { until } from "../support/waiting";

export const user = "admin";
export const password = "not-for-any-log";

/** Milliseconds that Nova takes for a task, half as much more or less. */
const taskMs = 2_500;

export interface World {
  /** Of the service for all nodes. */
  readonly redfish: string;
  /** Nodes in the order of their making: the first has BIOS, the second UEFI. */
  readonly nodes: readonly { readonly key: string; readonly port: number; readonly server: FakeServer }[];
  readonly folder: string;
  /** Puts every node into a state, with nothing under way and no boot override. */
  reset(power: "on" | "off"): Promise<void>;
  stop(): Promise<void>;
}

/** The real agent on loopback, with its real times, and a fake Nova whose tasks take seconds. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-conformance-"));
  const nova = await new FakeNova().start();
  nova.taskMs = taskMs;
  nova.image("ipxe-iso", "iso");
  nova.image("ipxe-disk", "qcow2");
  const ports = [await freePort(), await freePort()];
  const nodes = ports.map((port, index) => {
    const key = `node-${index}`;
    const server = nova.node(key, {}, ["ovb:strategy=rescue", ...(index === 1 ? ["ovb:firmware=uefi"] : [])]);
    server.tags = server.tags.map((tag) => (tag.startsWith("ovb:ipmi=") ? `ovb:ipmi=${port}` : tag));
    return { key, port, server };
  });
  const { cert, key } = selfSigned("bmc");
  const lines: string[] = [];
  const controller = new AbortController();
  const agent = await startAgent({
    config: {
      ...{ lab: "lab", address: "127.0.0.1", username: user, password: new Secret(password) },
      ...{ stateFile: join(folder, "state.json"), images: {} },
      redfish: { https: { port: 0, cert, key: new Secret(key) } },
    },
    session: new Session(nova.auth),
    log: jsonLog((line) => lines.push(line)),
    signal: controller.signal,
  });
  await until("every node is answered for", () => agent.health().ok && agent.health().nodes === nodes.length);
  return {
    redfish: `https://127.0.0.1:${agent.ports.https}`,
    nodes,
    folder,
    reset: async (power) => {
      for (const machine of agent.cloud.machines().values()) {
        await until("nothing is under way", () => machine.activity() === "none");
        await machine.setBootOverride({ target: "none", persistence: "once" });
        await machine.change(power);
        await until(`it is ${power}`, () => machine.activity() === "none");
      }
    },
    stop: async () => {
      controller.abort();
      await agent.stopped;
      await nova.stop();
      writeFileSync(join(tmpdir(), "ovb-conformance.log"), lines.join(""));
      rmSync(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
