import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type AgentConfig, checkAgentConfig, readAgentConfig } from "../../../../agent/bmc/config";
import { AgentConfigError } from "../../../../agent/service/configFile";
import { parseEnvFile } from "../../../../agent/service/envFile";
import { jsonLog } from "../../../../agent/service/log";

const folder = mkdtempSync(join(tmpdir(), "ovb-agent-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const passwordFile = file("password", "pass word\n");
const good = { lab: "ovb", passwordFile, stateFile: "/var/lib/ovb/state.json" };

const check = (raw: unknown, env: NodeJS.ProcessEnv = {}): AgentConfig =>
  checkAgentConfig(raw, "the test", env);

function problems(raw: unknown, env?: NodeJS.ProcessEnv): readonly string[] {
  try {
    check(raw, env);
  } catch (error) {
    if (error instanceof AgentConfigError) return error.problems;
    throw error;
  }
  throw new Error("nothing was found wrong");
}

test("the least there can be", () => {
  const config = check(good);
  expect(config).toMatchObject({
    lab: "ovb",
    address: "0.0.0.0",
    username: "admin",
    redfish: {},
    images: {},
  });
  expect(config.password.reveal()).toBe("pass word");
  expect(config.metricsPort).toBeUndefined();
  expect(JSON.stringify(config)).not.toContain("pass word");
});

test("all mistakes at once, each named by its field", () => {
  const found = problems({
    lab: "",
    address: "localhost",
    username: "a user name of 24 bytes!",
    passwordFile: join(folder, "nothing"),
    metricsPort: 70_000,
    redfish: { httpPort: "8000", httpsPort: 8443, portt: 1 },
    images: { iso: 3 },
    pasword: "x",
  });
  expect(found.map((problem) => problem.split(" ")[0]).sort()).toEqual(
    [
      ...["address", "images.iso", "lab", "metricsPort", "pasword", "passwordFile", "redfish.certFile"],
      ...["redfish.httpPort", "redfish.keyFile", "redfish.portt", "stateFile", "username"],
    ].sort(),
  );
});

test.each([["[]"], ["3"], ["null"]])("%s is no configuration", (text) => {
  expect(() => readAgentConfig(file("config.json", text), {})).toThrow(/the whole must be a JSON object/);
});

test("a file that is missing, or is no JSON, is named", () => {
  expect(() => readAgentConfig(join(folder, "none.json"), {})).toThrow(/none\.json[\s\S]*ENOENT/);
  expect(() => readAgentConfig(file("config.json", "{"), {})).toThrow(/config\.json[\s\S]*not JSON/);
});

describe("secrets", () => {
  test("a password that others can read is refused", () => {
    const open = file("open", "secret", 0o644);
    expect(problems({ ...good, passwordFile: open })).toEqual([expect.stringContaining(`chmod 600 ${open}`)]);
  });

  test("a password longer than IPMI's 20 bytes, an empty one, one of two lines", () => {
    for (const text of ["x".repeat(21), "\n", "one\ntwo"]) {
      const [problem, ...more] = problems({ ...good, passwordFile: file("bad", text) });
      expect(problem).toMatch(/^passwordFile has/);
      expect(more).toEqual([]);
      if (text.trim() !== "") expect(problem).not.toContain(text.trim());
    }
  });

  test("a name alone is one of systemd's credentials", () => {
    const env = { CREDENTIALS_DIRECTORY: folder };
    expect(check({ ...good, passwordFile: "password" }, env).password.reveal()).toBe("pass word");
    expect(problems({ ...good, passwordFile: "password" })).toEqual([
      expect.stringMatching(/^passwordFile .*CREDENTIALS_DIRECTORY/),
    ]);
  });

  test("what is no certificate is found here, not at the first handshake", () => {
    const pem = file("pem", "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n");
    const redfish = { httpsPort: 8443, certFile: pem, keyFile: pem };
    expect(problems({ ...good, redfish })).toEqual([expect.stringMatching(/^redfish\.certFile and keyFile/)]);
  });

  test("no log line has them, wherever they turn up", () => {
    const lines: string[] = [];
    const secret = 'a "quoted" \\ one';
    const log = jsonLog((line) => lines.push(line), [secret, "short"]);
    log("failed", { error: `cannot use ${secret}`, short: "short" });
    expect(lines[0]).not.toContain("quoted");
    expect(JSON.parse(lines[0]!)).toMatchObject({
      event: "failed",
      error: "cannot use [secret]",
      short: "short",
    });
  });
});

test("credentials in a file, as systemd and a shell read it", () => {
  const text = "# comment\n\nOS_AUTH_URL=http://x/v3\nexport OS_A='b c'\r\nOS_B=\"d\"\nOS_C=e=f\nOS_D=\n";
  expect(parseEnvFile(text, "f")).toEqual({
    ...{ OS_AUTH_URL: "http://x/v3", OS_A: "b c", OS_B: "d", OS_C: "e=f", OS_D: "" },
  });
  expect(() => parseEnvFile("OS_A=b\nsecret stuff", "f")).toThrow("f, line 2: expected NAME=VALUE.");
});
