import { describe, expect, it } from "vitest";
import { type Operation, verdictOn } from "../../../../agent/bmc/cloud/operation";
import { usualTimes } from "../../../../agent/bmc/cloud/times";
import { diskAfter, needsRebuild, rebuildMark } from "../../../../agent/nova/bootPlan";
import { Unsupported } from "../../../../agent/nova/machine";
import { type CloudNode, nodeFromServer } from "../../../../agent/nova/nodeFromServer";
import { powerOf, type ServerView } from "../../../../agent/nova/serverView";

const view = (vmState: string, task: string | null = null, power = 1): ServerView => ({
  id: "a",
  vmState,
  task,
  power,
  metadata: {},
});

describe("power as Nova's states say it", () => {
  it.each([
    ["active", null, 1, "on"],
    ["active", null, 4, "off"],
    ["active", "rebooting_hard", 4, "on"],
    ["active", "powering-off", 1, "on"],
    ["active", "powering-off", 4, "on"],
    ["stopped", null, 4, "off"],
    ["stopped", "powering-on", 4, "on"],
    ["stopped", "rescuing", 4, "on"],
    ["stopped", "rebuild_spawning", 0, "off"],
    ["rescued", null, 1, "on"],
    ["rescued", null, 4, "off"],
    ["rescued", "unrescuing", 4, "on"],
    ["building", "spawning", 0, "off"],
    ["error", null, 1, "on"],
    ["error", null, 0, "off"],
    ["paused", null, 3, "on"],
  ] as const)("%s, task %s, power state %i: %s", (vmState, task, power, wanted) => {
    expect(powerOf(view(vmState, task, power))).toBe(wanted);
  });
});

describe("a node from its server's tags", () => {
  const server = (...tags: string[]) => ({
    id: "uuid",
    name: "dev-node-0",
    tags: ["ovb", "ovb:lab=dev", "ovb:role=node", ...tags],
  });

  it("has defaults for all but the port", () => {
    expect(nodeFromServer(server("ovb:ipmi=6230"), "dev")).toEqual({
      key: "node-0",
      uuid: "uuid",
      ipmi: { port: 6230 },
      strategy: "rescue",
      firmware: "bios",
      bootScript: "boot.ipxe",
      rebuildForInspection: false,
    });
  });

  it("tells an inspection what Nova knows of its hardware, the ctlplane's NIC first", () => {
    const address = (mac: string) => ({
      ...{ addr: "192.0.2.1", version: 4 as const, "OS-EXT-IPS:type": "fixed" as const },
      "OS-EXT-IPS-MAC:mac_addr": mac,
    });
    const addresses = {
      "dev-a-tenant": [address("20:57:f8:00:01:01")],
      "dev-ctlplane": [address("20:57:f8:00:00:01"), address("20:57:f8:00:00:01")],
    };
    const flavor = { original_name: "baremetal", vcpus: 2, ram: 4096, disk: 20 };
    const hardware = (disk: number) => {
      const full = { ...server("ovb:ipmi=6230"), addresses, flavor: { ...flavor, disk } };
      return (nodeFromServer(full, "dev") as CloudNode).hardware;
    };
    expect(hardware(20)).toEqual({
      ...{ macs: ["20:57:f8:00:00:01", "20:57:f8:00:01:01"], vcpus: 2, memoryMiB: 4096, diskGiB: 20 },
      disks: [{ id: "disk", name: "Disk 0", bytes: 20 * 2 ** 30 }],
    });
    expect(hardware(0)).not.toHaveProperty("diskGiB");
    const more = {
      ...{ ...server("ovb:ipmi=6230"), addresses, flavor: { ...flavor, disk: 0, ephemeral: 8, swap: 512 } },
      "os-extended-volumes:volumes_attached": [{ id: "v1" }, { id: "v2" }],
    };
    expect((nodeFromServer(more, "dev") as CloudNode).hardware!.disks).toEqual([
      { id: "v1", name: "Volume v1" },
      { id: "v2", name: "Volume v2" },
      { id: "ephemeral", name: "Ephemeral disk", bytes: 8 * 2 ** 30 },
      { id: "swap", name: "Swap disk", bytes: 512 * 2 ** 20 },
    ]);
  });

  it("takes all that is said", () => {
    const tags = [
      "ovb:ipmi=623",
      "ovb:bmc=192.0.2.31",
      "ovb:strategy=rebuild",
      "ovb:firmware=uefi",
      "ovb:script=inspector.ipxe",
      "ovb:rebuild=inspection",
    ];
    expect(nodeFromServer(server(...tags), "dev")).toEqual({
      key: "node-0",
      uuid: "uuid",
      ipmi: { address: "192.0.2.31", port: 623 },
      strategy: "rebuild",
      firmware: "uefi",
      bootScript: "inspector.ipxe",
      rebuildForInspection: true,
    });
  });

  it("is none in another lab, or with another role", () => {
    expect(nodeFromServer(server("ovb:ipmi=6230"), "other")).toBeUndefined();
    expect(
      nodeFromServer({ ...server(), tags: ["ovb:lab=dev", "ovb:role=undercloud"] }, "dev"),
    ).toBeUndefined();
  });

  it.each([
    [[], /ovb:ipmi= is missing; it must be a UDP port/],
    [["ovb:ipmi=0"], /ovb:ipmi=0 is wrong/],
    [["ovb:ipmi=65536"], /ovb:ipmi=65536 is wrong/],
    [
      ["ovb:ipmi=6230", "ovb:strategy=magic"],
      /ovb:strategy=magic is wrong; it must be rescue, rebuild, disk/,
    ],
    [["ovb:ipmi=6230", "ovb:firmware=coreboot"], /bios or uefi/],
    [["ovb:ipmi=6230", "ovb:script=evil.ipxe"], /boot.ipxe or inspector.ipxe/],
  ])("%j: says what is wrong", (tags, message) => {
    expect(nodeFromServer(server(...tags), "dev")).toMatch(message);
  });

  it("says so when the name is not the lab's", () => {
    expect(nodeFromServer({ ...server("ovb:ipmi=6230"), name: "node-0" }, "dev")).toMatch(
      /begin with "dev-"/,
    );
  });
});

describe("strategy rebuild", () => {
  const node = (change: Partial<CloudNode> = {}) =>
    ({ key: "n", bootScript: "boot.ipxe", ...change }) as CloudNode;

  it.each([
    ["ipxe", false],
    ["used", true],
    ["deployed", true],
    [undefined, true],
  ] as const)("to deploy, with a disk that is %s: rebuild %s", (disk, wanted) => {
    expect(needsRebuild(node(), disk)).toBe(wanted);
  });

  it("to inspect: never unless configured, and a deployed disk is refused", () => {
    const inspected = node({ bootScript: "inspector.ipxe" });
    expect(needsRebuild(inspected, "ipxe")).toBe(false);
    expect(needsRebuild(inspected, "used")).toBe(false);
    expect(needsRebuild(inspected, undefined)).toBe(false);
    expect(() => needsRebuild(inspected, "deployed")).toThrow(Unsupported);
    expect(needsRebuild({ ...inspected, rebuildForInspection: true }, "deployed")).toBe(true);
  });

  it("knows what a boot does to the disk", () => {
    expect(diskAfter("ipxe", "network")).toBe("used");
    expect(diskAfter("ipxe", "disk")).toBe("used");
    expect(diskAfter("used", "disk")).toBe("deployed");
    expect(diskAfter(undefined, "disk")).toBe("deployed");
    expect(diskAfter("deployed", "none")).toBe("deployed");
    expect(diskAfter("deployed", "network")).toBe("used");
  });
});

describe("the verdict on an operation", () => {
  const now = 1_000_000;
  const operation = (change: Partial<Operation>): Operation => ({
    id: "op",
    wish: "on",
    steps: [{ do: "rebuild", image: "i" }, { do: "start" }],
    index: 0,
    phase: "accepted",
    began: now,
    sent: now,
    ...change,
  });
  const verdict = (change: Partial<Operation>, seen: ServerView | undefined, after = 0) =>
    verdictOn(operation(change), seen, now + after, usualTimes).is;
  const rebuilt = (vmState: string) => ({ ...view(vmState), metadata: { [rebuildMark]: "op" } });

  it("waits while Nova works, or does not list the server", () => {
    expect(verdict({}, view("stopped", "rebuilding"))).toBe("wait");
    expect(verdict({}, undefined)).toBe("wait");
  });

  it("is not fooled by the moment in which a rebuilt server runs before Nova stops it again", () => {
    expect(verdict({}, rebuilt("active"))).toBe("wait");
    expect(verdict({}, rebuilt("stopped"))).toBe("done");
    expect(verdict({ steps: [{ do: "rebuild", image: "i" }] }, rebuilt("active"))).toBe("done");
  });

  it("never repeats a first request of unknown fate, rebuild above all", () => {
    const lost = { phase: "sending" } as const;
    expect(verdict(lost, view("stopped"))).toBe("wait");
    expect(verdict(lost, view("stopped"), usualTimes.settle)).toBe("abandon");
    expect(verdict(lost, rebuilt("stopped"))).toBe("done");
  });

  it("repeats a later one, which was promised, but only once it cannot be on its way any more", () => {
    const lost = { phase: "sending", index: 1 } as const;
    expect(verdict(lost, view("stopped"), usualTimes.settle - 1)).toBe("wait");
    expect(verdict(lost, view("stopped"), usualTimes.settle)).toBe("send");
    expect(verdict(lost, view("active"))).toBe("done");
  });

  it("takes another operation's mark for no sign of this one", () => {
    const other = { ...view("stopped"), metadata: { [rebuildMark]: "another" } };
    expect(verdict({ phase: "sending" }, other, usualTimes.settle)).toBe("abandon");
    expect(verdict({}, other)).toBe("abandon");
  });

  it("gives up when somebody else moved the server, or after too long", () => {
    expect(verdict({ index: 1, phase: "pending" }, view("rescued"))).toBe("abandon");
    expect(verdict({}, view("stopped", "rebuilding"), usualTimes.operation + 1)).toBe("abandon");
  });
});
