import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { configDrive, packagedImage } from "../../cli/deploy/deploy";
import { deployNode } from "../../cli/ironic/deployNode";
import { type IronicOutputs, LabIronic } from "../../cli/ironic/labIronic";
import { getNode, setProvisionState, waitForState } from "../../cli/ironic/node";
import { listNetworking, type Port } from "../../openstack/neutron";
import { consoleOutput, listServers } from "../../openstack/nova";
import { GuestAccess } from "./guest";
import { nodeDhcpMode } from "./nodeDhcpMode";
import { inventory, session } from "./tenant";
import { type LabOutputs, succeeded, TestLab } from "./testLab";
import { until } from "./until";

// A lab whose nodes are served by the undercloud's own DHCP, in the mode that this cloud's backend takes: on OVN with port
// security everywhere, with Neutron's agents with port security off on the undercloud's port alone.
const stepMs = 30 * 60_000;
vi.setConfig({ testTimeout: 2 * stepMs });
const name = "ovb-dhcp";
const lab = new TestLab("dhcp", {
  lab: name,
  undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud" },
  nodes: [{ count: 1 }],
});
const guest = new GuestAccess();
const { name: nodeName, address: nodeAddress, mac: nodeMac } = lab.plan.nodes[0]!;
let before: Awaited<ReturnType<typeof inventory>>;
let isOvn: boolean;
let outputs: LabOutputs & Required<IronicOutputs>;
let ironic: LabIronic;
let outside = "";

beforeAll(async () => {
  before = await inventory();
  await guest.create();
  const { ctlplane, ...mode } = await nodeDhcpMode(lab);
  isOvn = mode.isOvn;
  lab.configure({ authorizedKeys: [guest.publicKey], ctlplane });
  succeeded(await lab.up());
  outputs = (await lab.outputs()) as typeof outputs;
  outside = outputs.undercloud.floatingIp!;
  await guest.wait(outside);
  ironic = await LabIronic.open(outputs, { session, claim: await lab.claim(), report: console.log });
}, 2 * stepMs);

afterAll(async () => {
  await lab.destroy();
  lab.remove();
  guest.remove();
}, stepMs);

const bmcAddress = lab.plan.bmc!.address;
/** On the undercloud, or in a guest behind it. */
const on = async (address: string, command: string) => {
  const { status, text } =
    address === outside ? await guest.run(outside, command) : await guest.run(address, command, outside);
  expect({ address, command, status, text }).toMatchObject({ status: 0 });
  return text.trim();
};
const nic = "$(ip -o -4 addr show to 192.0.2.0/24 | awk '{print $2; exit}')";
/** A DHCP client beside the guest's own: asks and takes nothing. What its script is told, and busybox's own lines. */
const ask = async (address: string, options = "") => {
  const script = "printf '#!/bin/sh\\nenv\\n' >/tmp/told && chmod 755 /tmp/told";
  const client = `sudo busybox udhcpc -i ${nic} -f -q -n -t 4 -T 3 -O mtu -O bootfile ${options} -s /tmp/told`;
  return (await guest.run(address, `${script} && ${client} 2>&1`, address === outside ? undefined : outside))
    .text;
};
const log = () => on(outside, "sudo journalctl -u ovb-dhcp -o cat --no-pager");
const serverId = async () =>
  (await listServers(session, { tags: [`ovb:lab=${name}`] })).find((one) => one.name === nodeName)!.id;
const consoleOf = async () => consoleOutput(session, await serverId()).catch(() => "");

async function labPorts(): Promise<Record<string, Port & { port_security_enabled?: boolean }>> {
  const all = await listNetworking(session, "ports", { tags: `ovb:lab=${name}` });
  return Object.fromEntries(
    all.map((port) => [(port as Port & { name: string }).name.replace(`${name}-`, ""), port]),
  );
}

describe("DHCP from the undercloud", () => {
  test("doctor finds the mode good, and says of the other that it is not where that is so", async () => {
    const nodesDhcp = async () => {
      const { stdout } = await lab.ovb("doctor", ["--format", "json"]);
      const { checks } = JSON.parse(stdout) as {
        checks: { name: string; status: string; message: string }[];
      };
      return checks.find((one) => one.name === "the nodes' DHCP")!;
    };
    expect(await nodesDhcp()).toMatchObject({
      status: "ok",
      message: expect.stringContaining("mode to take here"),
    });
    if (isOvn) return;
    const { ctlplane } = await nodeDhcpMode(lab);
    lab.configure({ ctlplane: { dhcpServer: "undercloud-ovn" } });
    expect(await nodesDhcp()).toMatchObject({ status: "fail" });
    lab.configure({ ctlplane });
  });

  test("has port security on, but for the undercloud's port where the backend needs it", async () => {
    const ports = await labPorts();
    const secure = Object.fromEntries(
      ["undercloud", "bmc", "node-0"].map((server) => [
        server,
        ports[`${server}-ctlplane`]!.port_security_enabled,
      ]),
    );
    expect(secure).toEqual({ undercloud: isOvn, bmc: true, "node-0": true });
  });

  test("Ironic inspects the node through it: planned address and MTU", async () => {
    await setProvisionState(ironic.client, nodeName, "inspect");
    const seen = until(
      "MTU 1400 on the console",
      async () => /has 192\.0\.2\.10, MTU 1400/.test(await consoleOf()),
      {
        patienceMs: stepMs,
      },
    );
    await waitForState(ironic.client, nodeName, "manageable", { timeoutMs: stepMs, report: console.log });
    await seen;
    const lines = await log();
    expect(lines).toContain(`DHCPACK(eth1) ${nodeAddress} ${nodeMac}`);
    const { inventory: found } = await ironic.client.call<{
      inventory: { interfaces: { mac_address: string }[] };
    }>("GET", `/v1/nodes/${nodeName}/inventory`);
    expect(found.interfaces.map((one) => one.mac_address)).toEqual([nodeMac]);
  });

  test("Ironic deploys the node, and what runs there has the planned address and MTU from it", async () => {
    await deployNode(ironic.client, nodeName, {
      image: packagedImage(outputs.provisioning.bootUrl),
      configDrive: configDrive(nodeName, { sshKey: guest.publicKey }),
      inspect: false,
      timeoutMs: stepMs,
      report: console.log,
    });
    await guest.wait(nodeAddress, stepMs, outside);
    expect((await getNode(ironic.client, nodeName)).provision_state).toBe("active");
    expect(await on(nodeAddress, `cat /sys/class/net/${nic}/mtu`)).toBe("1400");
    expect(await on(outside, `sudo ping -c 2 -W 5 -M do -s 1372 ${nodeAddress}`)).toContain(
      " 0% packet loss",
    );
    const routes = await on(nodeAddress, "ip route");
    console.log(routes);
    // One route to the metadata address, and it is the undercloud's.
    expect(routes.match(/^169\.254\.169\.254 .*/gm)).toEqual([expect.stringContaining("via 192.0.2.240")]);
    expect(routes.match(/^default .*/gm)).toEqual([expect.stringContaining("via 192.0.2.1")]);
    expect(await on(nodeAddress, "curl -sS http://169.254.169.254:8088/boot.ipxe")).toContain(
      "what Ironic has for",
    );
  });

  test("the cloud answers the node nothing: with the undercloud's server stopped nobody does", async () => {
    const told = await ask(nodeAddress);
    expect(told).toMatch(/obtained from 192\.0\.2\.240/);
    expect(told).toContain(`ip=${nodeAddress}`);
    await on(outside, "sudo systemctl stop ovb-dhcp");
    try {
      expect(await ask(nodeAddress)).toMatch(/no lease, failing/);
    } finally {
      await on(outside, "sudo systemctl start ovb-dhcp");
    }
    await until("it serves again", async () => /obtained from 192\.0\.2\.240/.test(await ask(nodeAddress)));
  });

  test("the undercloud answers the lab's nodes alone", async () => {
    const told = await ask(bmcAddress);
    console.log(told);
    expect(told).not.toMatch(/obtained from 192\.0\.2\.240/);
    // The BMC keeps the cloud's DHCP where the mode leaves it on.
    expect(told).toMatch(isOvn ? /obtained from 192\.0\.2\.\d/ : /no lease, failing/);
    const answered = [...(await log()).matchAll(/DHCP(?:OFFER|ACK)\(\S+\) \S+ (\S+)/g)].map(([, mac]) => mac);
    expect(new Set(answered)).toEqual(new Set([nodeMac]));
  });

  test("plain PXE of either firmware is told of an iPXE, which is there by TFTP", async () => {
    for (const [code, file] of [
      ["0000", "undionly.kpxe"],
      ["0007", "ipxe.efi"],
    ]) {
      const told = await ask(nodeAddress, `-V PXEClient:Arch:0${code}:UNDI:003016 -x 0x5d:${code}`);
      expect(told).toMatch(new RegExp(`^boot_?file=${file}$`, "m"));
      const fetch = `cd /tmp && busybox tftp -g -r ${file} 192.0.2.240 && sha256sum <${file}`;
      expect(await on(nodeAddress, fetch)).toBe(await on(outside, `sha256sum </srv/ovb/tftp/${file}`));
    }
  });

  test("up finds nothing to change, and destroy leaves nothing", async () => {
    succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes"));
    succeeded(await lab.destroy());
    expect(await inventory()).toEqual(before);
  });
});
