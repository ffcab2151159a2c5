import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { configDrive, packagedImage } from "../../cli/deploy/deploy";
import { deployNode } from "../../cli/ironic/deployNode";
import { enroll } from "../../cli/ironic/enrollNodes";
import { type IronicOutputs, LabIronic, wantedNodes } from "../../cli/ironic/labIronic";
import { getNode, setProvisionState, waitForState } from "../../cli/ironic/node";
import { listNetworking } from "../../openstack/neutron";
import { consoleOutput, getServer, listServers, serverAction } from "../../openstack/nova";
import { GuestAccess } from "./guest";
import { inventory, session } from "./tenant";
import { type LabOutputs, succeeded, TestLab } from "./testLab";
import { until } from "./until";

// One lab; each test finds what the one before it left. The nodes go side by side: an agent that boots under emulation
// takes minutes, and most of them are spent in one core per node.
const vip = "192.0.2.250";
const unplanned = "192.0.2.251";
const stepMs = 30 * 60_000;
vi.setConfig({ testTimeout: 2 * stepMs });
const lab = new TestLab("ironic", {
  lab: "ovb-ironic",
  undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud" },
  bmc: { redfish: { httpsPort: 8443 } },
  nodes: [
    { name: "rescue", count: 1, vips: [vip] },
    { name: "rebuild", count: 1, bootStrategy: "rebuild", vips: [vip] },
    { name: "disk", count: 1, bootStrategy: "disk" },
  ],
});
const guest = new GuestAccess();
const [rescue, rebuild, disk] = ["rescue", "rebuild", "disk"].map(
  (group) => lab.plan.nodes.find(({ key }) => key === `${group}-0`)!.name,
) as [string, string, string];
/** Side by side; the third has its turn later, as two cores boot two agents at a time. */
const names = [rescue, rebuild] as const;
let before: Awaited<ReturnType<typeof inventory>>;
let outputs: LabOutputs & Required<IronicOutputs>;
let ironic: LabIronic;
let outside = "";

beforeAll(async () => {
  before = await inventory();
  await guest.create();
  lab.configure({ authorizedKeys: [guest.publicKey] });
  succeeded(await lab.up());
  outputs = (await lab.outputs()) as typeof outputs;
  outside = outputs.undercloud.floatingIp!;
  ironic = await LabIronic.open(outputs, { session, claim: await lab.claim(), report: console.log });
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  guest.remove();
});

/** Says how long it took. */
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await work();
  console.log(`${what}: ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return result;
}

const each = <T>(what: string, work: (name: string) => Promise<T>) =>
  timed(what, () => Promise.all(names.map((name) => timed(`  ${name}`, () => work(name)))));

async function step(name: string, target: Parameters<typeof setProvisionState>[2], wanted: string) {
  await setProvisionState(ironic.client, name, target);
  return waitForState(ironic.client, name, wanted, {
    timeoutMs: stepMs,
    report: (state) => console.log(`${name}: ${state}`),
  });
}

const serverId = async (name: string) =>
  (await listServers(session, { tags: ["ovb:lab=ovb-ironic"] })).find((one) => one.name === name)!.id;
/** Empty while it is off. */
const consoleOf = async (name: string) => consoleOutput(session, await serverId(name)).catch(() => "");

/** In the deployed node, through the undercloud. */
const inside = async (name: string, command: string) => {
  const { address } = lab.plan.nodes.find((node) => node.name === name)!;
  return guest.run(address, command, outside);
};
const good = async (name: string, command: string) => {
  const { status, text } = await inside(name, command);
  expect({ name, command, status, text }).toMatchObject({ status: 0 });
  return text.trim();
};
const reachable = (name: string) =>
  guest.wait(lab.plan.nodes.find((node) => node.name === name)!.address, stepMs, outside);

const marker = (name: string, round: string) => `OVB-TEST ${name} ${round}`;
const userData = (name: string, round: string) =>
  `#cloud-config\nruncmd:\n- [sh, -c, 'echo "${marker(name, round)}" >/dev/console']\n`;

/** Deploys the image that the undercloud brings, and waits for the deployed system's own word on its console. */
async function deploy(name: string, round: string): Promise<void> {
  await deployNode(ironic.client, name, {
    image: packagedImage(outputs.provisioning.bootUrl),
    configDrive: configDrive(name, { userData: userData(name, round), sshKey: guest.publicKey }),
    inspect: false,
    timeoutMs: stepMs,
    report: (line) => console.log(line),
  });
  const word = marker(name, round);
  const said = async () => (await consoleOf(name)).includes(word);
  await until(`"${word}" on the console of ${name}`, said, { patienceMs: stepMs });
}

describe("Ironic on the undercloud", () => {
  test("has the nodes enrolled by up, and enrolling them again changes nothing", async () => {
    for (const name of [...names, disk])
      expect((await getNode(ironic.client, name)).provision_state).toBe("manageable");
    const again = await ironic.enroll("auto", false);
    expect(again.unchanged.toSorted()).toEqual([...names, disk].sort());
  });

  test("takes one by IPMI and one by Redfish", async () => {
    const byIpmi = wantedNodes(outputs.inventory, "ipmi").find(({ name }) => name === rescue);
    const byRedfish = wantedNodes(outputs.inventory, "redfish").filter(({ name }) => name !== byIpmi!.name);
    await enroll(ironic.client, [byIpmi!, ...byRedfish], {
      ...{ lab: "ovb-ironic", prune: false, digestKey: "test", timeoutMs: stepMs, report: console.log },
      disk: async () => undefined,
    });
    const drivers = await Promise.all(
      [rescue, rebuild, disk].map(async (name) => (await getNode(ironic.client, name)).driver),
    );
    expect(drivers).toEqual(["ipmi", "redfish", "redfish"]);
  });

  test("inspects them in band: the planned MACs, the flavor's memory and disk", async () => {
    await each("inspect", (name) =>
      Promise.all([
        step(name, "inspect", "manageable"),
        // The agent's own word, see images/ironic/ipaInit.ts.
        until(`MTU 1400 on the console of ${name}`, async () => /MTU 1400/.test(await consoleOf(name)), {
          patienceMs: stepMs,
        }),
      ]),
    );
    for (const node of lab.plan.nodes.filter(({ name }) => name !== disk)) {
      const { inventory: found } = await ironic.client.call<{
        inventory: {
          interfaces: { mac_address: string }[];
          memory: { physical_mb: number };
          disks: { name: string; size: number }[];
        };
      }>("GET", `/v1/nodes/${node.name}/inventory`);
      expect(found.interfaces.map((nic) => nic.mac_address)).toEqual([node.mac]);
      expect(found.memory.physical_mb).toBe(1024);
      expect(found.disks.map((disk) => disk.size)).toEqual([4 * 2 ** 30]);
    }
  });

  test("is itself again after its undercloud was reset", async () => {
    const id = await serverId(lab.plan.undercloud!.name);
    await serverAction(session, id, { do: "rebootHard" });
    await until("the undercloud is restarted", async () => {
      const { status } = await getServer(session, id);
      return status === "ACTIVE";
    });
    ironic = await timed("undercloud reset", async () =>
      LabIronic.open(outputs, { session, claim: await lab.claim(), report: console.log }),
    );
    for (const name of names) expect((await getNode(ironic.client, name)).provision_state).toBe("manageable");
  });

  test("a node that does not call back in time: the command shows its console, and goes on later", async () => {
    const node = lab.plan.nodes.find(({ name }) => name === rescue)!;
    const [port] = await listNetworking(session, "ports", { mac_address: node.mac! });
    const plug = (up: boolean) =>
      session.request("network", "PUT", `/ports/${port!.id}`, { json: { port: { admin_state_up: up } } });
    const folder = mkdtempSync(join(tmpdir(), "ovb-deploy-"));
    writeFileSync(join(folder, "user-data"), userData(rescue, "first"));
    writeFileSync(join(folder, "key.pub"), guest.publicKey);
    await plug(false);
    try {
      const files = ["--user-data", join(folder, "user-data"), "--ssh-key", join(folder, "key.pub")];
      const ran = await lab.ovb("deploy", [node.key, "--timeout", "3", ...files]);
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(/ is wait call-back after 3 min, not active/);
      expect(ran.stderr).toMatch(new RegExp(`end of the console of ${rescue} ---\n[^]*asks for an address`));
    } finally {
      await plug(true);
      rmSync(folder, { recursive: true });
    }
  });

  test("deploys them: each boots from its disk and is reachable at the address that Neutron gave", async () => {
    await each("deploy", (name) => deploy(name, "first"));
    for (const name of names) {
      await reachable(name);
      // Neither rescued nor being rebuilt: what runs is the disk.
      expect((await getServer(session, await serverId(name))).status).toBe("ACTIVE");
      expect(await good(name, "findmnt -no SOURCE /")).toMatch(/vda/);
      expect((await getNode(ironic.client, name)).power_state).toBe("power on");
    }
  });

  test("has the planned MTU everywhere, and full-size packets pass", async () => {
    const mtu = `cat /sys/class/net/$(ip -o -4 addr show to 192.0.2.0/24 | awk '{print $2; exit}')/mtu`;
    for (const name of names) {
      expect(await good(name, mtu)).toBe("1400");
      const { address } = lab.plan.nodes.find((node) => node.name === name)!;
      expect((await guest.run(outside, `sudo ping -c 2 -W 5 -M do -s 1372 ${address}`)).status).toBe(0);
    }
    expect((await guest.run(outside, mtu)).text.trim()).toBe("1400");
    expect((await guest.run(outputs.bmc.address, mtu, outside)).text.trim()).toBe("1400");
  });

  test("a planned VIP moves between two of them, an unplanned address is dropped", async () => {
    const nic = "$(ip -o -4 addr show to 192.0.2.0/24 | awk '{print $2; exit}')";
    const hold = (name: string, address: string) =>
      good(
        name,
        `sudo ip addr add ${address}/32 dev ${nic} && sudo arping -q -c 2 -A -I ${nic} ${address} || true`,
      );
    const release = (name: string, address: string) =>
      good(name, `sudo ip addr del ${address}/32 dev ${nic}`);
    const answers = async (address: string) =>
      (await guest.run(outside, `sudo ip neigh flush to ${address}; sudo ping -c 3 -W 5 ${address}`))
        .status === 0;
    for (const name of names) {
      await hold(name, vip);
      expect(await answers(vip)).toBe(true);
      await release(name, vip);
      expect(await answers(vip)).toBe(false);
    }
    await hold(rescue, unplanned);
    expect(await answers(unplanned)).toBe(false);
    await release(rescue, unplanned);
  });

  test("a network boot of the rescue kind in between leaves the disk as it is", async () => {
    await good(rescue, "echo kept | sudo tee /var/lib/ovb-test >/dev/null; sync");
    const boot = async (device: "pxe" | "disk") => {
      await ironic.client.call("PUT", `/v1/nodes/${rescue}/management/boot_device`, {
        boot_device: device,
        persistent: false,
      });
      await ironic.client.call("PUT", `/v1/nodes/${rescue}/states/power`, { target: "rebooting" });
    };
    await boot("pxe");
    await until("the node in rescue", async () => {
      return (await getServer(session, await serverId(rescue))).status === "RESCUE";
    });
    await until("power state settled", async () => {
      const { power_state } = await getNode(ironic.client, rescue);
      return power_state === "power on";
    });
    await boot("disk");
    await until("the node from its disk", async () => {
      return (await getServer(session, await serverId(rescue))).status === "ACTIVE";
    });
    await reachable(rescue);
    expect(await good(rescue, "cat /var/lib/ovb-test")).toBe("kept");
  });

  test("takes them back, with cleaning", async () => {
    for (const name of names)
      await ironic.client.call("PATCH", `/v1/nodes/${name}`, [
        { op: "replace", path: "/automated_clean", value: true },
      ]);
    await each("undeploy", (name) => step(name, "deleted", "available"));
  });

  test("a power change that Nova refuses fails the deployment, and the next attempt succeeds", async () => {
    const lock = (how: "lock" | "unlock", id: string) =>
      session.request("compute", "POST", `/servers/${id}/action`, { json: { [how]: null } });
    const id = await serverId(rebuild);
    await lock("lock", id);
    try {
      await expect(deploy(rebuild, "refused")).rejects.toThrow(/deploy failed/);
    } finally {
      await lock("unlock", id);
    }
  });

  test("deploys them again, over a restart of the BMC", async () => {
    const deploying = each("deploy again", (name) => deploy(name, "second"));
    await until(
      "all are waited for",
      async () => {
        const states = await Promise.all(names.map((name) => getNode(ironic.client, name)));
        return states.every(({ provision_state }) => provision_state === "wait call-back");
      },
      { patienceMs: stepMs },
    );
    await serverAction(session, await serverId(lab.plan.bmc!.name), { do: "rebootHard" });
    await deploying;
    for (const name of names) {
      await reachable(name);
      expect((await inside(name, "test -e /var/lib/ovb-test")).status).toBe(1);
    }
  });
});

test("strategy disk: the first deployment works, and for the next one ovb rebuild puts iPXE back", async () => {
  for (const name of names)
    await ironic.client.call("PUT", `/v1/nodes/${name}/states/power`, { target: "power off" });
  await deploy(disk, "first");
  await step(disk, "deleted", "available");
  succeeded(await lab.ovb("rebuild", ["disk-0", "--yes"]));
  await deploy(disk, "second");
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
