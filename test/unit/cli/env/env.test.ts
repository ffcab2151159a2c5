import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exportLines, openstackVariables } from "../../../../cli/env/variables";
import { main } from "../../../../cli/main";
import { project } from "../../../../cli/stack/project";
import { authFromEnvironment } from "../../../../openstack/auth";
import { Session } from "../../../../openstack/session";
import { bmcPassword, tripleoLab } from "../../../support/inventory";
import { SshLab } from "../../../support/sshLab";

const password = "it's $HOME's `secret`";
const ironic = { url: "https://198.51.100.9:13385", username: "admin", password, pin: "pin" };
const baremetal = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "ovb/python-inventory-readers/bin/baremetal",
);
const missing = (() => {
  try {
    return statSync(baremetal) && undefined;
  } catch {
    return " (skipped: no python-ironicclient in the cache, where .ci/run puts it)";
  }
})();

let lab: SshLab;
let out: string;
let said: string;

beforeEach(async () => {
  lab = new SshLab();
  for (const [name, value] of Object.entries(lab.environment)) vi.stubEnv(name, value);
  [out, said] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    said += `${text}\n`;
  });
  await lab.nova.start();
  lab.describe("", { ironic, inventory: tripleoLab() });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await lab.stop();
});

/** What a shell that had another cloud's variables has after reading the file. */
function read(text: string, ...names: string[]): string[] {
  const stale = { OS_CLOUD: "other", OS_TOKEN: "old", OS_PROJECT_NAME: "old", PATH: process.env.PATH };
  const script = `${text}\nfor name in ${names.join(" ")}; do eval "printf '%s\\n' \\"\\\${$name-unset}\\""; done`;
  return execFileSync("sh", ["-euc", script], { encoding: "utf8", env: stale }).trimEnd().split("\n");
}

describe("ovb env", () => {
  it("writes what baremetal and ipmitool need into a file of its owner's alone, and prints its name and no secret", async () => {
    const file = join(project, "build", "env-test", "env");
    try {
      const stack = ["--stack", "env-test", "--config-file", join(lab.folder, "Pulumi.dev.yaml")];
      vi.stubEnv("PULUMI_BACKEND_URL", "file:///elsewhere"); // any stack's outputs
      expect(await main(["env", ...stack], { session: () => new Session(lab.nova.auth) })).toBe(0);
      expect(out).toMatch(/^(\.\/)?.*build\/env-test\/env\n$/);
      expect(out + said).not.toContain(bmcPassword);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(
        read(
          `. ${file}`,
          "OS_AUTH_TYPE",
          "OS_ENDPOINT",
          "OS_USERNAME",
          "OS_PASSWORD",
          "IPMI_PASSWORD",
          "OS_CLOUD",
          "OS_TOKEN",
        ),
      ).toEqual(["http_basic", "http://127.0.0.1:6385", "admin", password, bmcPassword, "unset", "unset"]);
      expect(readFileSync(file, "utf8")).toContain("It needs: npx ovb forward ironic");
    } finally {
      rmSync(join(project, "build", "env-test"), { recursive: true, force: true });
    }
  });

  it.skipIf(missing)(
    `is what the real baremetal understands${missing ?? ""}`,
    async () => {
      const asked: IncomingMessage[] = [];
      const api = createServer((request, response) => {
        asked.push(request);
        response.setHeader("X-OpenStack-Ironic-API-Minimum-Version", "1.1");
        response.setHeader("X-OpenStack-Ironic-API-Maximum-Version", "1.90");
        response.setHeader("Content-Type", "application/json");
        response.end(JSON.stringify({ nodes: [], versions: [], version: { id: "v1" } }));
      });
      await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
      try {
        const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
        expect(await lab.ovb("env", "--stdout", "--url", url)).toBe(0);
        const text = out;
        await new Promise<void>((resolve, reject) => {
          const { spawn } = require("node:child_process") as typeof import("node:child_process");
          const child = spawn("sh", ["-euc", `${text}\n${baremetal} node list -f json`], {
            env: { PATH: process.env.PATH, HOME: lab.folder, OS_CLOUD: "other" },
            stdio: ["ignore", "pipe", "pipe"],
          });
          let answer = "";
          for (const stream of [child.stdout, child.stderr])
            stream.on("data", (part) => {
              answer += part;
            });
          child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(answer))));
        });
        const nodes = asked.find(({ url: path }) => path?.startsWith("/v1/nodes"))!;
        expect(nodes.headers.authorization).toBe(
          `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`,
        );
      } finally {
        api.closeAllConnections();
        api.close();
      }
    },
    120_000,
  );

  it("prints the tenant's for openstack, from whoever the session is", async () => {
    expect(await lab.ovb("env", "openstack", "--stdout")).toBe(0);
    expect(
      read(out, "OS_AUTH_URL", "OS_APPLICATION_CREDENTIAL_SECRET", "OS_CLOUD", "OS_PROJECT_NAME"),
    ).toEqual([`${lab.nova.origin}/identity`, "application-secret", "unset", "unset"]);
  });

  it.each<[string, Record<string, string>]>([
    [
      "a password",
      {
        ...{ OS_USERNAME: "u", OS_PASSWORD: password, OS_USER_DOMAIN_NAME: "Default" },
        ...{
          OS_PROJECT_NAME: "p",
          OS_PROJECT_DOMAIN_ID: "default",
          OS_REGION_NAME: "Two",
          OS_CACERT: "/ca.pem",
        },
      },
    ],
    [
      "an application credential by name",
      {
        ...{ OS_AUTH_TYPE: "v3applicationcredential", OS_APPLICATION_CREDENTIAL_NAME: "n" },
        ...{ OS_APPLICATION_CREDENTIAL_SECRET: "s", OS_USER_ID: "id" },
      },
    ],
    ["a token", { OS_AUTH_TYPE: "v3token", OS_TOKEN: "t", OS_PROJECT_ID: "id" }],
  ])("what is printed for %s means the same to us", (_, variables) => {
    const before = authFromEnvironment({ OS_AUTH_URL: "https://cloud.example:5000/v3", ...variables });
    const text = exportLines([], openstackVariables(before));
    const names = [...text.matchAll(/^export (\w+)=/gm)].map(([, name]) => name!);
    const values = read(text, ...names);
    const after = authFromEnvironment(Object.fromEntries(names.map((name, i) => [name, values[i]])));
    const open = (auth: typeof before) => JSON.stringify({ ...auth, method: openstackVariables(auth) });
    expect(open(after)).toBe(open(before));
  });

  it("says what is wrong", async () => {
    lab.outputs({ inventory: { ...tripleoLab(), bmc: undefined } });
    expect(await lab.ovb("env")).toBe(1);
    expect(said).toContain("The stack dev has neither an Ironic nor a BMC");
    expect(await lab.ovb("env", "--url", "ironic:6385")).toBe(2);
    expect(await lab.ovb("env", "openstack", "--url", "http://127.0.0.1:1")).toBe(2);
    expect(await lab.ovb("env", "horizon")).toBe(2);
  });
});
