import { execFile, spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { IpmiServer } from "../../../../../agent/bmc/ipmi/ipmiServer";
import { MachineBusy, Unsupported } from "../../../../../agent/nova/machine";
import { type FakeMachine, password, startServer, username, uuid } from "../../../../support/ipmiClient";

const missing = spawnSync("ipmitool", ["-V"]).error !== undefined;
const title = missing
  ? "real ipmitool: skipped, it is not installed (apt-get install ipmitool)"
  : "real ipmitool";

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

describe.skipIf(missing)(title, () => {
  let server: IpmiServer;
  let machine: FakeMachine;

  beforeAll(async () => {
    ({ server, machine } = await startServer());
  });
  beforeEach(() => {
    machine.state = "on";
    machine.firmware = "uefi";
    machine.failure = undefined;
    machine.override = { target: "none", persistence: "once" };
    machine.changes.length = 0;
  });
  afterAll(() => server.close());

  function run(args: string, { secret = password, user = username, to = server } = {}): Promise<Result> {
    const target = ["-I", "lanplus", "-H", "127.0.0.1", "-p", `${to.port}`, "-U", user, "-E"];
    const env = { PATH: process.env.PATH, IPMI_PASSWORD: secret };
    return new Promise((resolve) => {
      execFile("ipmitool", [...target, ...args.split(" ")], { env, timeout: 60_000 }, (error, out, err) => {
        resolve({ status: error ? Number(error.code ?? -1) : 0, out, err });
      });
    });
  }

  async function good(args: string): Promise<string> {
    const { status, out, err } = await run(args);
    expect({ args, status, err }).toEqual({ args, status: 0, err: "" });
    return out;
  }

  async function refused(args: string, options?: Parameters<typeof run>[1]): Promise<string> {
    const { status, out, err } = await run(args, options);
    expect(status, args + out).toBe(1);
    return out + err;
  }

  test.each([3, 17])("suite %i: power status", async (suite) => {
    expect(await good(`-C ${suite} power status`)).toBe("Chassis Power is on\n");
    machine.state = "off";
    expect(await good(`-C ${suite} power status`)).toBe("Chassis Power is off\n");
  });

  test("of the suites offered it takes 17 by itself", async () => {
    expect(await good("channel getciphers ipmi 1")).toMatch(/^3 .*sha1_96.*\n17 .*sha256_128/m);
    expect((await run("-v power status")).err).toContain("Using best available cipher suite 17");
  });

  test.each([
    [0, "invalid authentication algorithm"],
    [1, "invalid integrity algorithm"],
    [2, "invalid confidentiality algorithm"],
    [8, "invalid authentication algorithm"],
    [15, "invalid integrity algorithm"],
    [16, "invalid confidentiality algorithm"],
  ])("suite %i is refused: %s", async (suite, reason) => {
    expect(await refused(`-C ${suite} power off`)).toContain(reason);
    expect(machine.changes).toEqual([]);
  });

  test("wrong password, wrong user, no IPMI 1.5 session", async () => {
    expect(await refused("power off", { secret: "wrong" })).toContain("Unable to establish IPMI v2");
    expect(await refused("-C 3 power off", { secret: "wrong" })).toContain("Unable to establish IPMI v2");
    expect(await refused("-v power off", { user: "root" })).toContain("unauthorized name");
    expect(await refused("-I lan power off", { secret: "short" })).toContain(
      "Unable to establish LAN session",
    );
    expect(machine.changes).toEqual([]);
  });

  test("power on, off, cycle, reset, diag, soft", async () => {
    for (const action of ["cycle", "reset", "diag", "off", "on", "soft"]) {
      expect(await good(`power ${action}`)).toContain("Chassis Power Control");
    }
    expect(machine.changes).toEqual(["cycle", "reset", "diag", "off", "on", "soft"]);
    expect(await good("power soft")).toContain("Soft");
    for (const action of ["cycle", "reset", "diag"]) {
      expect(await refused(`power ${action}`)).toContain("Command not supported in present state");
    }
    expect(machine.changes).toEqual(["cycle", "reset", "diag", "off", "on", "soft", "soft"]);
  });

  test("busy, and what a machine can't do, are said so", async () => {
    machine.failure = new MachineBusy("task_state powering-off");
    expect(await refused("power on")).toContain("Node busy");
    expect(await refused("power status")).toContain("Node busy");
    machine.failure = new Error("HTTP 503");
    expect(await refused("power on")).toContain("Node busy");
    machine.failure = new Unsupported("no NMI");
    expect(await refused("power on")).toContain("command disabled");
    expect(machine.changes).toEqual([]);
  });

  test("sol activate: disabled, in words", async () => {
    const { status, out, err } = await run("sol activate");
    expect(status).toBe(1);
    expect(out + err).toContain("SOL payload disabled");
  });

  test("-L: lower levels see but don't touch", async () => {
    expect(await good("-L USER power status")).toContain("is on");
    expect(await refused("-L USER power off")).toContain("Insufficient privilege level");
    expect(await refused("-L OPERATOR raw 0x06 0x02")).toContain("Insufficient privilege level");
    expect(await good("-L OPERATOR power off")).toContain("Down/Off");
  });

  test("chassis bootdev and bootparam", async () => {
    expect(await good("chassis bootdev pxe")).toBe("Set Boot Device to pxe\n");
    expect(machine.override).toEqual({ target: "pxe", persistence: "once" });
    let flags = await good("chassis bootparam get 5");
    expect(flags).toContain("Boot Device Selector : Force PXE");
    expect(flags).toContain("Options apply to only next boot");
    expect(flags).toContain("BIOS EFI boot"); // of a UEFI machine, whatever was asked

    await good("chassis bootdev disk options=persistent,efiboot");
    expect(machine.override).toEqual({ target: "disk", persistence: "continuous", firmware: "uefi" });
    flags = await good("chassis bootparam get 5");
    expect(flags).toContain("Force Boot from default Hard-Drive");
    expect(flags).toContain("Options apply to all future boots");
    expect(flags).toContain("BIOS EFI boot");

    await good("chassis bootdev cdrom");
    expect(await good("chassis bootparam get 5")).toContain("Force Boot from CD/DVD");
    await good("chassis bootdev bios");
    expect(machine.override.target).toBe("bios-setup");
    await good("chassis bootdev none");
    expect(machine.override.target).toBe("none");
    expect(await good("chassis bootparam get 5")).toContain("Boot Flag Invalid");
    expect(await good("chassis bootparam get 0")).toContain("set complete");
    expect(await good("chassis bootparam get 3")).toContain(
      "Don't automatically clear boot flag valid bit on timeout",
    );
    await good("chassis bootparam get 4");
    expect((await run("chassis bootdev floppy")).err).toContain("Invalid data field in request");
    expect(machine.override.target).toBe("none");
  });

  test("Ironic's raw forms, and unknown commands", async () => {
    expect(await good("raw 0x00 0x08 0x03 0x08")).toBe("\n");
    expect(await good("raw 0x00 0x08 0x05 0xe0 0x04 0x00 0x00 0x00")).toBe("\n");
    expect(machine.override).toEqual({ target: "pxe", persistence: "continuous", firmware: "uefi" });
    expect(await good("raw 0x00 0x09 0x05 0x00 0x00")).toBe(" 01 05 e0 04 00 00 00\n");
    expect(await refused("raw 0x2e 0x01")).toContain("rsp=0xc1");
    expect(await refused("chassis poh")).toContain("Invalid command");
  });

  test("about the BMC: mc info, guid, selftest, reset; chassis; sessions; users; channel", async () => {
    expect(await good("mc info")).toMatch(/IPMI Version +: 2\.0/);
    const guid = await good("mc guid");
    expect(guid).toContain(`: ${uuid}\n`);
    expect(await good("mc selftest")).toBe("Selftest: passed\n");
    expect(await good("mc reset cold")).toBe("Sent cold reset command to MC\n");
    expect(await good("mc reset warm")).toBe("Sent warm reset command to MC\n");
    expect(server.sessions).toBe(0);
    expect(await good("chassis status")).toMatch(/System Power +: on/);
    expect(await good("chassis identify 5")).toContain("5 seconds");
    expect(await good("chassis restart_cause")).toContain("unknown");
    const sessions = await good("session info active");
    expect(sessions).toMatch(/active sessions +: 1\n/);
    expect(sessions).toMatch(/console ip +: 127\.0\.0\.1\n/);
    expect(await good("user list 1")).toMatch(/^2 +admin +true +true +true +ADMINISTRATOR$/m);
    expect(await good("channel info 1")).toMatch(/Session Support +: multi-session/);
    expect(await good("lan print 1")).toMatch(/IP Address +: 127\.0\.0\.1\n/);
  });

  test("no sensors and no events are said in a way it takes well; the inventory names the node", async () => {
    expect(await run("sel list")).toEqual({ status: 0, out: "", err: "SEL has no entries\n" });
    expect(await good("sel info")).toMatch(/Entries +: 0\n/);
    expect(await good("sel time get")).toMatch(/\d\d:\d\d:\d\d/);
    expect(await good("sdr list")).toBe("");
    expect(await good("sdr list all")).toContain("node-0");
    expect(await good("sensor")).toBe("");
    const fru = await good("fru");
    expect(fru).toMatch(/Product Name +: node-0\n/);
    expect(fru).toContain(uuid);
  });

  test("many at the same time, on two nodes: each is answered, none sees the other's machine", async () => {
    const other = await startServer();
    other.machine.state = "off";
    const runs = Array.from({ length: 32 }, (_, n) =>
      run(`-C ${n % 4 < 2 ? 3 : 17} power status`, { to: n % 2 === 0 ? server : other.server }),
    );
    const results = await Promise.all(runs);
    await other.server.close();
    for (const [n, { out, err }] of results.entries()) {
      expect(out, err).toBe(n % 2 === 0 ? "Chassis Power is on\n" : "Chassis Power is off\n");
    }
    expect(server.sessions).toBe(0);
  });
});
