import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IpmiServer } from "../../../../../agent/bmc/ipmi/ipmiServer";
import type { FakeServer } from "../../../../support/fakeNova";
import { password, username } from "../../../../support/ipmiClient";
import { CloudFixture } from "../../../../support/labCloud";
import { until } from "../../../../support/waiting";

const onTerminal = join(__dirname, "../../../../support/onTerminal.py");
const has = (program: string) => spawnSync(program, ["-V"]).error === undefined;
const title = (program: string, from: string) =>
  has(program)
    ? `real ${program}`
    : `real ${program}: skipped, it is not installed (apt-get install ${from})`;

let fixture: CloudFixture;
let server: FakeServer;
let ipmi: IpmiServer;

beforeEach(async () => {
  fixture = await new CloudFixture().start();
  server = fixture.nova.node("node-0", { vmState: "active", power: 1, console: "from before\n" });
  const cloud = await fixture.agent();
  await until("the node is there", () => cloud.machines().size === 1);
  const machine = cloud.machines().get("node-0")!;
  ipmi = new IpmiServer({
    machine,
    username,
    password,
    log: (event, fields = {}) => fixture.log.push({ event, fields }),
  });
  await listen();
});
afterEach(async () => {
  await ipmi.close();
  await fixture.stop();
});

/** FreeIPMI takes no port above 32767: "hostname invalid". */
async function listen(): Promise<void> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const error = await ipmi.listen({ address: "127.0.0.1", port }).catch((reason: Error) => reason);
    if (error === undefined) return;
    if (!error.message.includes("EADDRINUSE")) throw error;
  }
}

const said = (event: string) => fixture.log.some((line) => line.event === event);
const boot = async () => {
  await until("the log is looked at", () => fixture.nova.requests.some((one) => one.endsWith("/action")));
  for (let n = 1; n <= 200; n++) server.console += `[ ${n}] a line of the kernel's\n`;
  server.console += "node-0 login: ";
};

function run(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ status: number; text: string }> {
  const env = { ...process.env, IPMI_PASSWORD: password };
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: 90_000, signal }, (error, out, err) => {
      resolve({ status: error ? Number(error.code ?? -1) : 0, text: out + err });
    });
  });
}

/** On a terminal: types these keys once the console shows a login. */
const typing = (keys: string, command: readonly string[]) =>
  run("python3", [onTerminal, "login: ", keys, ...command]);

describe.skipIf(!has("ipmitool"))(title("ipmitool", "ipmitool"), () => {
  const ipmitool = (suite: number, ...command: string[]) => [
    ...[
      "ipmitool",
      "-I",
      "lanplus",
      "-C",
      `${suite}`,
      "-H",
      "127.0.0.1",
      "-p",
      `${ipmi.port}`,
      "-U",
      username,
      "-E",
    ],
    ...command,
  ];
  const sol = (...command: string[]) => {
    const [program = "", ...args] = ipmitool(17, "sol", ...command);
    return run(program, args);
  };

  test.each([3, 17])(
    "sol activate shows the machine's boot, and ends by its escape; cipher suite %i",
    async (suite) => {
      const watching = typing("\r~.", ipmitool(suite, "sol", "activate"));
      await boot();
      const { status, text } = await watching;
      expect(text).toContain("SOL Session operational");
      expect(text).toContain("[ 1] a line of the kernel's\r\n[ 2]");
      expect(text).toContain("[ 200] a line of the kernel's\r\nnode-0 login: ");
      expect(text).not.toContain("from before");
      expect(status).toBe(0);
      await until("it is over", () => said("ipmi.sol.deactivated"));
    },
  );

  test("sol activate of a second one is told so, and sol deactivate ends the first", async () => {
    const over = new AbortController();
    const activate = ipmitool(17, "sol", "activate");
    const watching = run("python3", [onTerminal, "never", "", ...activate], over.signal);
    await until("it is active", () => said("ipmi.sol.activated"));
    const second = await run("python3", [onTerminal, "never", "", ...activate]);
    expect(second.text).toContain("SOL payload already active on another session");
    expect(await sol("deactivate")).toMatchObject({ status: 0 });
    expect(said("ipmi.sol.deactivated")).toBe(true);
    expect((await sol("deactivate")).text).toContain("already de-activated");
    over.abort();
    await watching;
  });

  test("sol info, and sol set, which is refused", async () => {
    const { text } = await sol("info");
    expect(text).toMatch(/Enabled +: true/);
    expect(text).toMatch(/Force Encryption +: true/);
    expect(text).toMatch(/Volatile Bit Rate \(kbps\) +: 115\.2/);
    expect(text).toContain(`Payload Port                    : ${ipmi.port}`);
    expect((await sol("set", "retry-count", "3", "1")).status).toBe(1);
  });
});

describe.skipIf(!has("ipmiconsole"))(title("ipmiconsole", "freeipmi-tools"), () => {
  test("shows the machine's boot, and ends by its escape", async () => {
    const at = ["-h", `127.0.0.1:${ipmi.port}`, "-u", username, "-p", password, "-I", "17"];
    const watching = typing("&.", ["ipmiconsole", ...at]);
    await boot();
    const { text } = await watching;
    expect(text).toContain("[SOL established]");
    expect(text).toContain("[ 200] a line of the kernel's");
    expect(text).toContain("[closing the connection]");
    await until("it is over", () => said("ipmi.sol.deactivated"));
  });
});
