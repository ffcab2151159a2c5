import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IpmiServer } from "../../../agent/bmc/ipmi/ipmiServer";
import { main } from "../../../cli/main";
import { askBmc } from "../../../cli/nodes/bmcAnswer";
import { lastLines, newText, plain } from "../../../cli/nodes/console";
import { eachNode } from "../../../cli/nodes/eachNode";
import { setPower } from "../../../cli/nodes/power";
import { plannedImages, reset } from "../../../cli/nodes/rebuild";
import { labStatus, statusText } from "../../../cli/nodes/status";
import {
  chooseNodes,
  chooseServer,
  type LabServer,
  labServers,
  onCloud,
} from "../../../cli/stack/labServers";
import { Session } from "../../../openstack/session";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import { FakeNova, type FakeServer } from "../../support/fakeNova";

/** Not the usual 6230: an `ovb bmc` of whoever runs the tests may listen there. */
const firstPort = 40_000 + (process.pid % 9000);
const plan = planLab(
  parseConfig(
    {
      lab: "lab",
      undercloud: { kind: "boot-server" },
      bmc: { enabled: false, firstPort },
      images: { disk: { name: "ipxe-disk" } },
    },
    "qa",
  ),
);
const { signal } = new AbortController();
const silent = () => {};

/** The fake's servers bear no mark: the state knows them. */
const claim = { lab: "lab", ids: { has: () => true } as unknown as ReadonlySet<string> };

let nova: FakeNova;
let session: Session;
beforeEach(async () => {
  nova = await new FakeNova().start();
  nova.image("ipxe-iso", "iso");
  nova.image("ipxe-disk", "qcow2");
  // Nova's own times are milliseconds here; so are our pauses.
  session = new Session(nova.auth, { sleep: () => new Promise((resolve) => setTimeout(resolve, 1)) });
});
afterEach(() => nova.stop());

async function found(): Promise<LabServer[]> {
  return onCloud(plan, plan.nodes, await labServers(session, claim));
}

describe("which nodes are meant", () => {
  it("is said with the lab's name or without, in any order", () => {
    expect(chooseNodes(plan, ["lab-node-1", "node-0"]).map(({ key }) => key)).toEqual(["node-0", "node-1"]);
    expect(chooseNodes(plan, [])).toEqual(plan.nodes);
    expect(chooseServer(plan, "undercloud").name).toBe("lab-undercloud");
  });

  it("names that are none come back all at once, with those that are", () => {
    expect(() => chooseNodes(plan, ["node-7", "node-0", "undercloud"])).toThrow(
      "The lab lab has no node-7, undercloud; it has: node-0, node-1.",
    );
  });

  it("nodes that are planned and not there are named, before anything is done", async () => {
    nova.node("node-0");
    await expect(found()).rejects.toThrow("Planned and not on the cloud: node-1. `npx ovb up`");
  });

  it("another lab's servers are none, under whatever name", async () => {
    nova.node("node-0");
    nova.node("node-1", { tags: ["ovb", "ovb:lab=other", "ovb:role=node"] });
    await expect(found()).rejects.toThrow(/not on the cloud: node-1/);
  });

  it("two servers of one name are nobody's to choose from", async () => {
    nova.node("node-0");
    nova.node("node-0");
    await expect(found()).rejects.toThrow(/two servers called lab-node-0/);
  });

  it.each([
    "power off",
    "power on node-0 --all",
    "power sideways node-0",
    "rebuild",
    "rebuild --all --parallel 0",
    "console",
    "console node-0 --lines none",
    "doctor --format yaml",
  ])("%s is wrong usage", async (command) => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await main(command.split(" "))).toBe(2);
    expect(stderr).toHaveBeenCalledWith(expect.stringMatching(/^error: /));
    stderr.mockRestore();
  });
});

describe("power", () => {
  const set = async (server: FakeServer, action: "on" | "off" | "cycle") => {
    const node = onCloud(plan, [plan.nodes[0]!], await labServers(session, claim))[0]!;
    expect(node.server.id).toBe(server.id);
    return setPower(session, node, action, signal);
  };

  it("off of a rescued node unrescues it first, and waits until it is off", async () => {
    const server = nova.node("node-0", { vmState: "rescued", power: 1 });
    expect(await set(server, "off")).toBe("off");
    expect(nova.did(server)).toEqual(["unrescue", "stop"]);
    expect(server.vmState).toBe("stopped");
  });

  it("cycle is a hard reboot; of a node that is off there is none", async () => {
    const server = nova.node("node-0", { vmState: "active", power: 1 });
    expect(await set(server, "cycle")).toBe("on");
    expect(nova.did(server)).toEqual(["rebootHard"]);
    Object.assign(server, { vmState: "stopped", power: 4 });
    await expect(set(server, "cycle")).rejects.toThrow("`npx ovb power on node-0`");
  });

  it("a state that is there already is no request", async () => {
    const server = nova.node("node-0");
    expect(await set(server, "off")).toBe("off");
    expect(nova.accepted).toEqual([]);
  });

  it("waits for what Nova is doing, as for a BMC's own change", async () => {
    const server = nova.node("node-0");
    nova.act(server, "start");
    expect(await set(server, "off")).toBe("off");
    expect(nova.did(server)).toEqual(["start", "stop"]);
  });

  it("asks again where somebody was faster", async () => {
    const server = nova.node("node-0", { vmState: "active", power: 1 });
    let conflicts = 2;
    nova.fault = (what) => (what.endsWith("stop") && conflicts-- > 0 ? { status: 409 } : undefined);
    expect(await set(server, "off")).toBe("off");
    expect(nova.did(server)).toEqual(["stop"]);
  });

  it("says so where Nova has no way", async () => {
    const server = nova.node("node-0", { vmState: "paused", power: 3 });
    await expect(set(server, "on")).rejects.toThrow(/Nova has it PAUSED/);
  });
});

describe("rebuild", () => {
  const rebuilt = async (server: FakeServer) => {
    const node = (await found()).find((one) => one.server.id === server.id)!;
    const images = await plannedImages(session, plan, plan.nodes, signal);
    return reset(session, node, images.get("ipxe-disk")!, silent, signal);
  };

  it.each([
    [{ vmState: "stopped" }, ["rebuild"]],
    [{ vmState: "active", power: 1 }, ["stop", "rebuild"]],
    [{ vmState: "rescued", power: 1 }, ["unrescue", "stop", "rebuild"]],
    [{ vmState: "error", power: 0 }, ["rebuild", "stop"]],
  ] as const)("from %o takes %o and ends clean and off", async (state, steps) => {
    const server = nova.node("node-0", { ...state, disk: "deployed" });
    nova.node("node-1");
    expect(await rebuilt(server)).toBe("clean and off");
    expect(nova.did(server)).toEqual(steps);
    expect(server).toMatchObject({ vmState: "stopped", task: null, power: 4, disk: "ipxe-disk" });
    expect(server.metadata.owner).toBe("somebody");
  });

  it("goes on where one that was interrupted had got to", async () => {
    const server = nova.node("node-0", { vmState: "active", power: 1, disk: "deployed" });
    nova.node("node-1");
    const controller = new AbortController();
    const node = (await found())[0]!;
    nova.fault = (what) => {
      if (what.endsWith("rebuild")) controller.abort(new Error("Ctrl-C"));
      return undefined;
    };
    await expect(reset(session, node, "ipxe-disk", silent, controller.signal)).rejects.toThrow("Ctrl-C");
    nova.fault = () => undefined;
    expect(await rebuilt(server)).toBe("clean and off");
    expect(server).toMatchObject({ vmState: "stopped", disk: "ipxe-disk" });
  });

  it("touches nothing where the planned image is missing or there twice", async () => {
    nova.images.pop();
    await expect(plannedImages(session, plan, plan.nodes, signal)).rejects.toThrow(
      /no active image ipxe-disk/,
    );
    nova.image("one", "qcow2").name = "ipxe-disk";
    nova.image("two", "qcow2").name = "ipxe-disk";
    await expect(plannedImages(session, plan, plan.nodes, signal)).rejects.toThrow("2 images ipxe-disk");
  });
});

describe("several nodes", () => {
  const nodes = ["a", "b", "c", "d"].map((key) => ({ key }));

  it("are served so many at a time; one that fails does not stop the others", async () => {
    let now = 0;
    let most = 0;
    const said: string[] = [];
    const work = eachNode(
      nodes,
      { parallel: 2, report: (line) => said.push(line), signal },
      async ({ key }) => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now--;
        if (key === "b") throw new Error("no");
        return "done";
      },
    );
    await expect(work).rejects.toThrow("1 of 4 nodes failed, the others are done:\n  - b: no");
    expect(most).toBe(2);
    expect(said.at(-1)).toMatch(/^d: done \(3 of 4, /);
  });

  it("begin no further one once interrupted", async () => {
    const controller = new AbortController();
    const begun: string[] = [];
    const work = eachNode(
      nodes,
      { parallel: 1, report: silent, signal: controller.signal },
      async ({ key }) => {
        begun.push(key);
        controller.abort(new Error("Ctrl-C"));
        return "done";
      },
    );
    await expect(work).rejects.toThrow("Ctrl-C");
    expect(begun).toEqual(["a"]);
  });
});

describe("status", () => {
  it("puts the plan beside Nova, and shows what is missing or not planned", async () => {
    nova.node("node-0", { vmState: "rescued", power: 1 }, ["ovb:strategy=rebuild"]);
    nova.node("node-9");
    const states = await labStatus(plan, await labServers(session, claim), signal);
    expect(states).toMatchObject([
      { name: "undercloud", planned: { address: "192.0.2.240" } },
      {
        name: "node-0",
        nova: { status: "RESCUE", power: "on" },
        boot: { device: "cdrom", strategy: "rebuild" },
      },
      { name: "node-1", planned: { mac: plan.nodes[1]!.mac } },
      { name: "lab-node-9", nova: { status: "SHUTOFF" } },
    ]);
    const lines = statusText(states).split("\n");
    expect(lines[1]).toMatch(/^undercloud +m1\.small +not there/);
    expect(lines[2]).toContain(`none: nothing listens at 127.0.0.1:${firstPort}`);
    expect(lines[4]).toMatch(/^lab-node-9 +not planned +SHUTOFF/);
  });
});

describe("status of a lab on a cloud without floating IPs", () => {
  it("shows where undercloud and BMC are on the access network; of nodes no such address", async () => {
    const on = (addr: string) => [
      { addr, version: 4 as const, "OS-EXT-IPS:type": "fixed" as const, "OS-EXT-IPS-MAC:mac_addr": "" },
    ];
    for (const [key, at] of [
      ["undercloud", "192.0.2.240"],
      ["node-0", "192.0.2.10"],
    ] as const)
      nova.node(key, { addresses: { shared: on("203.0.113.7"), [plan.ctlplane.name]: on(at) } });
    const lines = statusText(await labStatus(plan, await labServers(session, claim), signal)).split("\n");
    expect(lines[1]).toContain("192.0.2.240 (203.0.113.7)");
    expect(lines[2]).toMatch(/ 192\.0\.2\.10 +disk/);
  });
});

describe("a node's BMC", () => {
  const uuid = "00000000-0000-4000-8000-000000000001";
  let server: IpmiServer;
  let port = 0;
  beforeEach(async () => {
    const { IpmiServer } = await import("../../../agent/bmc/ipmi/ipmiServer");
    const machine = { key: "node-0", uuid } as never;
    server = new IpmiServer({ machine, username: "admin", password: "a-password", log: silent });
    await server.listen({ address: "127.0.0.1", port: 0 });
    port = server.port;
  });
  afterEach(() => server.close());

  it("is known by the machine's id, without a password", async () => {
    const at = { address: "127.0.0.1", port };
    expect(await askBmc(at, uuid, signal)).toBe("answers");
    expect(await askBmc(at, uuid.replace(/1$/, "2"), signal)).toBe("another");
    await server.close();
    expect(await askBmc(at, uuid, signal)).toBe("refused");
  });

  it("is silent where the system has no way to its address, such as to one without a route", async () => {
    // Refused by the kernel at once, on every machine: nobody may connect to broadcast (EACCES).
    expect(await askBmc({ address: "255.255.255.255", port }, uuid, signal)).toBe("silent");
  });
});

describe("console", () => {
  it("shows only what is new", () => {
    expect(newText("one\n", "one\ntwo\n")).toBe("two\n");
    expect(newText("one\n", "one\n")).toBe("");
  });

  it("tells a log that Nova has cut from one that began anew", () => {
    const line = (i: number) => `line ${i} of a long log\n`;
    const log = Array.from({ length: 6000 }, (_, i) => line(i));
    expect(newText(log.join(""), [...log.slice(2000), "new\n"].join(""))).toBe("new\n");
    expect(newText("SeaBIOS\niPXE boots\n", "SeaBIOS\n")).toBe("\n--- the console began anew ---\nSeaBIOS\n");
  });

  it("keeps a guest from driving the terminal", () => {
    expect(plain("\u001b[2J\u001b]0;title\u0007red\u001b[31m\r\nnext\u0008\u009b1m\tend\n")).toBe(
      "red\nnext\tend\n",
    );
  });

  it("may begin with the last lines", () => {
    expect(lastLines("a\nb\nc", 2)).toBe("b\nc");
    expect(lastLines("a\nb\n", 1)).toBe("b\n");
  });
});
