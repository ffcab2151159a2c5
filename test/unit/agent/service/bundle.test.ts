import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentBundle, bundleAgent } from "../../../../agent/service/bundle";
import { FakeNova } from "../../../support/fakeNova";
import { until } from "../../../support/waiting";

/**
 * Characters of user data, compressed and base64. It has 65535 for everything, of which keys and certificates of the user's
 * need some; test/unit/plan/guest/bmc/userData.test.ts has the whole.
 */
const room = 58_000;

const missing = spawnSync("ipmitool", ["-V"]).error !== undefined;
const title = missing
  ? "run with real ipmitool: skipped, it is not installed (apt-get install ipmitool)"
  : "run with real ipmitool";

const folder = mkdtempSync(join(tmpdir(), "ovb-agent-bundle-"));
const program = join(folder, "ovb-agent.js");
let bundle: AgentBundle;

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
}

beforeAll(async () => {
  bundle = await bundleAgent();
  file("ovb-agent.js", bundle.code);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("is small enough for user data, and the same each time", async () => {
  const { length } = gzipSync(bundle.code, { level: 9 }).toString("base64");
  process.stdout.write(`The agent in user data: ${length} of ${room} characters\n`);
  expect(length).toBeLessThanOrEqual(room);
  expect((await bundleAgent()).code).toBe(bundle.code);
});

test("needs nothing but Node, and no part of it is the YAML reader or a proxy's", async () => {
  const required = [...bundle.source.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
  expect(required.length).toBeGreaterThan(5);
  expect(required.filter((name) => !name!.startsWith("node:"))).toEqual([]);
  for (const absent of ["failsafe", "HTTPS_PROXY=", "OS_CACERT names"])
    expect(bundle.source).not.toContain(absent);
  expect((await bundleAgent("sync/main.ts")).source).not.toContain("failsafe");
});

describe("as a process", () => {
  /** With no variable of ours: what it needs it was told. */
  function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async function ended(args: readonly string[], env?: NodeJS.ProcessEnv) {
    const child = run(args, env);
    let said = "";
    for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (said += chunk));
    const [status] = await once(child, "close");
    return { status: status as number, said };
  }

  test("says what is wrong and ends: 2 for usage, 1 for the rest", async () => {
    expect(await ended([])).toEqual({ status: 2, said: "Usage: node ovb-agent.js CONFIG.json\n" });
    const { status, said } = await ended([file("bad.json", '{"lab":"lab"}')]);
    expect(status).toBe(1);
    expect(said).toMatch(
      /bad\.json cannot be used:\n {2}- passwordFile is missing.*\n {2}- stateFile is missing/,
    );
    const passwordFile = file("password", "secret-of-bmc");
    const config = { lab: "lab", passwordFile, stateFile: join(folder, "state.json") };
    const clouds = await ended([file("good.json", JSON.stringify(config))], { OS_CLOUD: "mine" });
    expect(clouds.status).toBe(1);
    expect(clouds.said).toContain("reads no clouds.yaml: OS_CLOUD is not used");
    expect(clouds.said).not.toContain("    at ");
  });

  describe.skipIf(missing)(title, () => {
    const nova = new FakeNova();
    let child: ChildProcess;
    let log = "";
    let port = 0;

    beforeAll(async () => {
      await nova.start();
      nova.image("ipxe-iso", "iso");
      const socket = createSocket("udp4").bind(0, "127.0.0.1");
      await once(socket, "listening");
      port = socket.address().port;
      socket.close();
      const server = nova.node("node-0");
      server.tags = server.tags.map((tag) => (tag.startsWith("ovb:ipmi=") ? `ovb:ipmi=${port}` : tag));
      const config = {
        ...{ lab: "lab", address: "127.0.0.1", stateFile: join(folder, "run", "state.json") },
        ...{ passwordFile: file("password", "secret-of-bmc\n"), redfish: { httpPort: 0 } },
        credentialsFile: file(
          "credentials",
          `OS_AUTH_URL=${nova.origin}/identity\nOS_APPLICATION_CREDENTIAL_ID=agent\n` +
            "OS_APPLICATION_CREDENTIAL_SECRET='secret-of-cloud'\n",
        ),
      };
      child = run([file("config.json", JSON.stringify(config))]);
      for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (log += chunk));
      await until("it listens", () => log.includes('"protocol":"ipmi"')).catch((error: Error) => {
        throw new Error(`${error.message}\n${log}`);
      });
      return async () => {
        child.kill("SIGKILL");
        await nova.stop();
      };
    });

    function ipmitool(command: string, passwordFile = join(folder, "password")) {
      const target = ["-I", "lanplus", "-C", "17", "-H", "127.0.0.1", "-p", `${port}`, "-U", "admin"];
      const args = [...target, "-f", passwordFile, ...command.split(" ")];
      return new Promise<{ status: number; text: string }>((resolve) => {
        execFile("ipmitool", args, { timeout: 60_000 }, (error, out, err) => {
          resolve({ status: error ? Number(error.code ?? -1) : 0, text: (out + err).trim() });
        });
      });
    }

    test("status, bootdev pxe, on: the server is rescued with the lab's ISO", async () => {
      expect(await ipmitool("power status")).toEqual({ status: 0, text: "Chassis Power is off" });
      expect((await ipmitool("chassis bootdev pxe")).status).toBe(0);
      expect((await ipmitool("power on")).status).toBe(0);
      const [server] = [...nova.servers.values()];
      expect(nova.did(server!)).toEqual(["rescue"]);
      await until("it has booted", () => server!.boots.length > 0);
      expect(server!.boots).toEqual(["cdrom:ipxe-iso"]);
    });

    test("a wrong password is refused", async () => {
      const { status, text } = await ipmitool("power status", file("wrong", "not-the-password"));
      expect(status).toBe(1);
      expect(text).toContain("Unable to establish IPMI v2");
    });

    test("every line of its log is JSON, none has a secret, and TERM ends it with 0", async () => {
      child.kill("SIGTERM");
      const [status] = await once(child, "close");
      expect(status).toBe(0);
      const events = log
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { event: string; time: string }).event);
      expect(events.slice(0, 1)).toEqual(["starting"]);
      expect(events).toContain("ipmi.power");
      expect(events.at(-1)).toBe("stopped");
      for (const secret of ["secret-of-bmc", "secret-of-cloud", "a-token", "not-the-password"]) {
        expect(log).not.toContain(secret);
      }
    });
  });
});
