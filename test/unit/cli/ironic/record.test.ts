import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askBeforeDeploy, askBeforeUndeploy, lostDisks } from "../../../../cli/deploy/askBeforeDeploy";
import { configDrive, packagedImage, untouched } from "../../../../cli/deploy/deploy";
import { LabIronic } from "../../../../cli/ironic/labIronic";
import { rememberBefore } from "../../../../cli/ironic/reachIronic";
import { instanceInfoOf, readRecord, recordMetadata, recordOf } from "../../../../cli/ironic/record";
import { takeBack } from "../../../../cli/ironic/takeBack";
import { firstBoot } from "../../../../cli/lab/firstBoot";
import { firstDeploy } from "../../../../cli/lab/firstDeploy";
import { diskHistory, isUntouched, NodeDisks } from "../../../../cli/nodes/nodeDisks";
import { reset } from "../../../../cli/nodes/rebuild";
import { labServers, onCloud } from "../../../../cli/stack/labServers";
import { Session } from "../../../../openstack/session";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { labInventory } from "../../../../plan/inventory/inventory";
import { planLab } from "../../../../plan/lab/planLab";
import { FakeIronic } from "../../../support/fakeIronic";
import { FakeNova, type FakeServer } from "../../../support/fakeNova";

// A lab of two nodes whose Ironic and whose Nova are stand-ins with states: what may be deployed, adopted, taken back.
const plan = planLab(parseConfig({ lab: "lab", bmc: { redfish: { httpsPort: 8443 } } }, "dev"));
const inventory = labInventory(plan, {
  flavors: { baremetal: { vcpus: 1, ram: 1024, disk: 4 } },
  macs: {},
  bmcPassword: "secret",
});
const names = plan.nodes.map(({ name }) => name);
const [zero = "", one = ""] = names;
const image = packagedImage(plan.ctlplane.bootUrl);

let nova: FakeNova;
let session: Session;
let fake: FakeIronic;
let servers: FakeServer[];
let lines: string[];
const report = (line: string) => lines.push(line);

beforeEach(async () => {
  [nova, fake] = await Promise.all([new FakeNova().start(), new FakeIronic().start()]);
  nova.image("ipxe-disk", "qcow2");
  session = new Session(nova.auth, { sleep: () => new Promise((resolve) => setTimeout(resolve, 1)) });
  servers = plan.nodes.map(({ key }) => nova.node(key));
  nova.node("undercloud", { history: ["create"], vmState: "active", power: 1 });
  lines = [];
  // What a deployment does to a node: it is started, and says so once it has booted.
  fake.onTarget = (name, target) => {
    if (target !== "active") return;
    const server = servers.find((found) => found.name === name)!;
    server.history.push("rescue", "unrescue", "stop", "start");
    Object.assign(server, {
      vmState: "active",
      power: 1,
      console: `OVB: ${name} boots what Ironic deployed`,
    });
  };
});
afterEach(() => Promise.all([nova.stop(), fake.stop()]));

const outputs = () => ({ ironic: fake.endpoint, inventory });
/** The fake's servers bear no mark: the state knows them. */
const claim = { lab: "lab", ids: { has: () => true } as unknown as ReadonlySet<string> };
const open = () => LabIronic.open(outputs(), { session, claim, report, stepMinutes: 1 });
const deploy = async (...which: string[]) =>
  (await open()).deploy(which, image, (name) => configDrive(name), false);
const recordOn = (name: string) => readRecord(servers.find((server) => server.name === name)!.metadata);
/** What `ovb up` does once Pulumi is through. */
const prove = async () => {
  const ironic = await open();
  const enrolled = await ironic.enroll("auto", false);
  return { enrolled, proof: await firstDeploy(session, ironic, plan, report) };
};
const deployments = () => fake.targets.filter((target) => / (active|deleted|provide)$/.test(target));

describe("a disk's history", () => {
  const since = (...actions: string[]) =>
    diskHistory(actions.map((action, i) => ({ action, request_id: `r${i}` })).reverse())?.since;

  it("is empty until something ran on it, and begins anew with a rebuild", () => {
    expect(since("create", "stop")).toEqual([]);
    expect(since("create", "stop", "start", "stop", "rebuild")).toEqual([]);
    for (const action of ["start", "reboot", "rescue", "unrescue", "resize", "restore", "anything else"])
      expect(since("create", "stop", action)).toEqual([action]);
    // The strategy `rebuild` boots IPA by a rebuild, and IPA writes.
    expect(since("create", "stop", "rebuild", "stop")).toEqual(["stop"]);
    expect(since("create", "stop", "start", "lock")).toEqual(["start"]);
    expect(since("stop", "start")).toBeUndefined();
    expect(since()).toBeUndefined();
  });

  it("in doubt says that it was used: on, busy, unknown server, a cloud that does not tell", async () => {
    const look = async () => new NodeDisks(session, claim).get(zero);
    const server = servers[0]!;
    expect(isUntouched((await look())!)).toBe(true);
    Object.assign(server, { vmState: "active", power: 1 });
    expect(isUntouched((await look())!)).toBe(false);
    Object.assign(server, { vmState: "stopped", power: 4, task: "powering-on" });
    expect(isUntouched((await look())!)).toBe(false);
    server.task = null;
    nova.fault = (what) => (what.includes("os-instance-actions") ? { status: 403 } : undefined);
    expect(isUntouched((await look())!)).toBe(false);
    expect(await new NodeDisks(session, claim).get("lab-node-7")).toBeUndefined();
  });
});

describe("the proof of ovb up", () => {
  it("deploys the first node of a new lab, once, and writes down what", async () => {
    const { proof } = await prove();
    expect(proof).toMatchObject({ node: { name: zero } });
    expect(deployments()).toEqual([`${zero} provide`, `${zero} active`]);
    expect(recordOn(zero)).toMatchObject({ image: image.url, checksum: image.checksum, format: "raw" });
    expect(fake.nodes.get(zero)!.extra).not.toHaveProperty("ovb_proof");
    fake.targets.splice(0);
    expect((await prove()).proof).toEqual({
      seen: plan.nodes.map((node, i) => ({ node, state: i === 0 ? "active" : "manageable" })),
    });
    expect(fake.targets).toEqual([]);
  });

  it.each<[string, () => void]>([
    ["one of its nodes was started by somebody", () => servers[1]!.history.push("start", "stop")],
    [
      "Nova does not tell what became of the disks",
      () => {
        nova.fault = (what) => (what.includes("os-instance-actions") ? { status: 403 } : undefined);
      },
    ],
    ["a node is on", () => Object.assign(servers[0]!, { vmState: "active", power: 1 })],
    ["a node is not there", () => servers[1]!.tags.splice(1, 1)],
  ])("looks, and touches nothing, where %s", async (_, happened) => {
    happened();
    const { proof } = await prove();
    expect(proof).toHaveProperty("seen");
    expect(deployments()).toEqual([]);
    expect(lines.join("\n")).toContain(
      "this lab is not new, so no node is deployed to prove it: Ironic answers: node-0",
    );
  });

  it("of a lab whose deployment was interrupted sees that to its end", async () => {
    await (await open()).enroll("auto", false);
    const node = fake.nodes.get(zero)!;
    Object.assign(node, { provision_state: "wait call-back", extra: { ...node.extra, ovb_proof: "this" } });
    servers[0]!.history.push("rescue");
    // It is through once it is waited for.
    fake.onLook = ({ name }) => {
      if (name !== zero) return;
      node.provision_state = "active";
      servers[0]!.console = `OVB: ${zero} boots what Ironic deployed`;
    };
    expect((await prove()).proof).toMatchObject({ node: { name: zero } });
    expect(deployments()).toEqual([]);
  });

  it("leaves another's deployment to them", async () => {
    await (await open()).enroll("auto", false);
    fake.nodes.get(one)!.provision_state = "deploying";
    expect((await prove()).proof).toHaveProperty("seen");
    expect(deployments()).toEqual([]);
  });

  it("by a network boot takes a node whose disk was never in use, or none", async () => {
    const undercloud = [...nova.servers.values()].find(({ name }) => name === "lab-undercloud")!;
    undercloud.console = "Serving HTTP on 0.0.0.0\n";
    servers[0]!.history.push("start", "stop");
    const fetched = `${plan.nodes[1]!.address} - - [x] "GET /boot.ipxe HTTP/1.1" 200 -\n`;
    // It fetches once it is on: before that, Nova would refuse to stop it.
    nova.fault = () => {
      const { vmState, task } = servers[1]!;
      if (vmState === "active" && task === null && !undercloud.console.includes(fetched))
        undercloud.console += fetched;
      return undefined;
    };
    expect(await firstBoot(session, plan, claim, report)).toMatchObject({ node: { name: one } });
    expect(nova.did(servers[0]!)).toEqual([]);
    undercloud.console = "Serving HTTP on 0.0.0.0\n";
    expect(await firstBoot(session, plan, claim, report)).toBeUndefined();
    expect(nova.did(servers[0]!)).toEqual([]);
  });
});

describe("an undercloud that is replaced", () => {
  it("adopts what was deployed, by whichever client, and deploys nothing", async () => {
    await prove();
    // Another client's: nobody of ours saw it.
    Object.assign(fake.nodes.get(one)!, {
      provision_state: "active",
      instance_info: {
        image_source: "https://user:secret@images.example/x.qcow2?token=secret",
        image_disk_format: "qcow2",
      },
    });
    servers[1]!.history.push("rescue", "unrescue");
    await rememberBefore({ outputs: async <T>() => outputs() as T }, { session, claim, report });
    expect(recordOn(one)).toMatchObject({ image: "https://images.example/x.qcow2", format: "qcow2" });
    expect(JSON.stringify(servers.map(({ metadata }) => metadata))).not.toContain("secret");
    fake.forgetAll();
    const { enrolled, proof } = await prove();
    expect(enrolled).toMatchObject({ adopted: names, created: [] });
    expect(proof).toMatchObject({ seen: [{ state: "active" }, { state: "active" }] });
    expect(fake.targets.toSorted()).toEqual(names.flatMap((name) => [`${name} adopt`, `${name} manage`]));
    expect(fake.nodes.get(zero)!.instance_info).toMatchObject({
      image_source: image.url,
      image_checksum: image.checksum,
    });
    expect(fake.nodes.get(zero)!.extra).not.toHaveProperty("ovb_adopt");
    expect(nova.accepted).toEqual([]);
  });

  it("goes on with an adoption that was interrupted, and does not forget meanwhile", async () => {
    await prove();
    fake.forgetAll();
    const ironic = await open();
    // The node is enrolled and marked, and was not adopted yet.
    await ironic.enroll("auto", false);
    const node = fake.nodes.get(zero)!;
    Object.assign(node, {
      provision_state: "manageable",
      extra: { ...node.extra, ovb_adopt: "then" },
      instance_info: {},
    });
    await ironic.look();
    expect(recordOn(zero)).toBeDefined();
    expect((await ironic.enroll("auto", false)).adopted).toEqual([zero]);
    expect(fake.state(zero)).toBe("active");
  });

  it("leaves a node with a history and no record to people, and says how to go on", async () => {
    servers[0]!.history.push("start");
    const { enrolled } = await prove();
    expect(enrolled.adopted).toEqual([]);
    expect(fake.state(zero)).toBe("manageable");
    const line = lines.find((text) => text.includes("left manageable"))!;
    expect(line).toContain(`${zero}: left manageable: its disk was in use (Nova: start)`);
    expect(line).toContain(
      "npx ovb enroll --adopt node-0 keeps what is on it; npx ovb deploy node-0 writes over it",
    );
    expect(lines.filter((text) => text.includes("left manageable"))).toHaveLength(1);
    expect((await (await open()).enroll("auto", false, [zero])).adopted).toEqual([zero]);
    expect(fake.state(zero)).toBe("active");
  });

  it("adopts nothing by a record of a disk that was made anew since", async () => {
    await prove();
    servers[0]!.history.push("stop", "rebuild");
    Object.assign(servers[0]!, { vmState: "stopped", power: 4 });
    fake.forgetAll();
    expect((await (await open()).enroll("auto", false)).adopted).toEqual([]);
    expect(fake.state(zero)).toBe("manageable");
  });

  it("that cannot be asked before is no failure, and is said", async () => {
    const away = { ...outputs(), ironic: { ...fake.endpoint, url: "https://127.0.0.1:1" } };
    await rememberBefore({ outputs: async <T>() => away as T }, { session, claim, report });
    expect(lines).toEqual([
      expect.stringMatching(/^Ironic could not be asked what it has deployed: .*127\.0\.0\.1:1/),
    ]);
    lines = [];
    await rememberBefore({ outputs: async <T>() => ({}) as T }, { session, claim, report });
    nova.servers.delete([...nova.servers.values()].find(({ name }) => name === "lab-undercloud")!.id);
    await rememberBefore({ outputs: async <T>() => away as T }, { session, claim, report });
    expect(lines).toEqual([]);
  });
});

describe("what is written down", () => {
  const active = (info: Record<string, unknown>) => ({ ...fakeNode, instance_info: info });
  const fakeNode = { provision_updated_at: null } as Parameters<typeof recordOf>[0];

  it("fits into Nova's metadata and is read back, whole or in part", () => {
    const record = recordOf(
      active({
        image_source: "http://x/y.raw",
        image_os_hash_value: "ab".repeat(32),
        image_disk_format: "raw",
      }),
      "req-1",
      "now",
    );
    expect(record).toEqual({
      ...{ at: "now", disk: "req-1", image: "http://x/y.raw", checksum: "ab".repeat(32), format: "raw" },
    });
    expect(readRecord(recordMetadata(record))).toEqual(record);
    expect(instanceInfoOf(record)).toMatchObject({
      image_os_hash_algo: "sha256",
      image_source: "http://x/y.raw",
    });
    const long = recordOf(
      active({ image_source: `http://x/${"y".repeat(300)}`, image_checksum: "******" }),
      "r",
      "t",
    );
    expect(long).toEqual({ at: "t", disk: "r" });
    expect(Object.values(recordMetadata(long)).every((value) => value.length <= 255)).toBe(true);
    expect(readRecord({})).toBeUndefined();
  });

  it("goes when Ironic has the node back, whoever took it", async () => {
    await prove();
    fake.nodes.get(zero)!.provision_state = "available";
    await (await open()).look();
    expect(recordOn(zero)).toBeUndefined();
    expect(servers[0]!.metadata).toEqual({ owner: "somebody" });
  });

  it("is not written for a node whose disk was made anew behind Ironic's back: that is said", async () => {
    await prove();
    servers[0]!.history.push("stop", "rebuild");
    Object.assign(servers[0]!, { vmState: "stopped", power: 4, metadata: {} });
    await (await open()).look();
    expect(recordOn(zero)).toBeUndefined();
    expect(lines.at(-1)).toContain("npx ovb undeploy node-0 takes it back in Ironic");
  });
});

describe("deploying and taking back", () => {
  it("does nothing to an active node and says so, with what had no effect and the way out", async () => {
    await prove();
    expect(await deploy(zero, one)).toEqual([zero]);
    expect(untouched(zero, ["--ssh-key"])).toBe(
      `${zero} was active already: nothing was done; --ssh-key has no effect on it. ` +
        `To deploy it again: npx ovb undeploy ${zero}, then the same command\n`,
    );
  });

  it("names what a deployment would write over", async () => {
    await (await open()).enroll("auto", false);
    expect(await lostDisks(await open(), names)).toEqual([]);
    servers[1]!.history.push("start");
    expect(await lostDisks(await open(), names)).toEqual([
      [one, "what is on its disk is lost (Nova: start)"],
    ]);
    const beginning = { ironic: await open(), session, stack: "dev" };
    // Nobody is there to be asked, and of untouched disks nobody is.
    await askBeforeDeploy({ ...beginning, nodes: [zero] }, { yes: false });
    const asked = askBeforeDeploy({ ...beginning, nodes: names }, { yes: false });
    await expect(asked).rejects.toMatchObject({ exitCode: 2 });
    await askBeforeDeploy({ ...beginning, nodes: names }, { yes: true });
  });

  it("undeploy takes back what is deployed, and its record goes", async () => {
    await prove();
    const ironic = await open();
    const beginning = { ironic, session, stack: "dev" };
    await askBeforeUndeploy({ ...beginning, nodes: [one] }, { yes: false }); // holds nothing
    const asked = askBeforeUndeploy({ ...beginning, nodes: names }, { yes: false });
    await expect(asked).rejects.toMatchObject({ exitCode: 2 });
    expect(await ironic.undeploy(names)).toEqual([one]);
    expect([fake.state(zero), recordOn(zero)]).toEqual(["available", undefined]);
    fake.nodes.get(zero)!.provision_state = "deploying";
    await expect(ironic.undeploy([zero])).rejects.toThrow(
      /is deploying, from which Ironic does not take a node back/,
    );
  });

  it("rebuild has Ironic take back what it holds, and refuses where it cannot be asked", async () => {
    await prove();
    const nodes = onCloud(plan, plan.nodes, await labServers(session, claim));
    const stack = (result: object) => ({ exists: true, outputs: async <T>() => result as T });
    const away = stack({ ...outputs(), ironic: { ...fake.endpoint, url: "https://127.0.0.1:1" } });
    await expect(takeBack(away, nodes, { session, claim, report })).rejects.toThrow(
      /^Nothing was rebuilt: Ironic has deployed node-0, and cannot be asked .*--no-ironic/,
    );
    await takeBack(away, [nodes[1]!], { session, claim, report });
    expect(lines.at(-1)).toMatch(/could not be asked whether it holds these nodes/);
    await takeBack(stack(outputs()), nodes, { session, claim, report, stepMinutes: 1 });
    expect(fake.targets.filter((target) => target.endsWith("deleted"))).toEqual([`${zero} deleted`]);
    expect(recordOn(zero)).toBeUndefined();
  });

  it("rebuild without Ironic takes the record off with the disk, and keeps what others wrote", async () => {
    await prove();
    const [node] = onCloud(plan, plan.nodes, await labServers(session, claim));
    await reset(session, node!, "ipxe-disk", report, new AbortController().signal);
    expect(recordOn(zero)).toBeUndefined();
    expect(servers[0]!.metadata).toMatchObject({ owner: "somebody" });
  });
});
