import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "../../../../agent/service/bundle";
import { checkSyncConfig } from "../../../../agent/sync/config";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { FakeCloud, password } from "../../../support/fakeOpenstack";

const check = (raw: unknown, env: NodeJS.ProcessEnv = {}) => checkSyncConfig(raw, "the test", env);
const neutron = { kind: "undercloud-neutron", credentialsFile: "/etc/ovb/undercloud.env" };

describe("sync's configuration", () => {
  it("has a default for all but the lab and the source", () => {
    expect(check({ lab: "dev", source: neutron })).toEqual({
      ...{ lab: "dev", vips: [], vipHolders: [], ownsPlanned: false, pairLimit: 10, intervalSeconds: 15 },
      source: { ...neutron, network: "ctlplane" },
    });
  });

  it("takes systemd's credentials by name", () => {
    const env = { CREDENTIALS_DIRECTORY: "/run/credentials/ovb-sync" };
    const raw = {
      lab: "dev",
      credentialsFile: "cloud",
      source: { kind: "dnsmasq", leases: "/var/lib/leases" },
    };
    expect(check(raw, env).credentialsFile).toBe("/run/credentials/ovb-sync/cloud");
  });

  it("tells every mistake at once, each with its field", () => {
    const raw = {
      ...{ vips: ["192.0.2.300"], intervalSeconds: 0, ownsPlanned: "yes", pairlimit: 3 },
      source: { kind: "dnsmasq", network: "ctlplane" },
    };
    let message = "";
    try {
      check(raw);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const field of [
      "lab",
      "vips",
      "intervalSeconds",
      "ownsPlanned",
      "pairlimit",
      "source.hosts",
      "source.network",
    ])
      expect(message).toMatch(new RegExp(`^  - ${field.replace(".", "\\.")} `, "m"));
    expect(() => check({ lab: "dev", source: { kind: "nova" } })).toThrow(
      /source.kind is "nova": give undercloud-neutron or dnsmasq/,
    );
    expect(() => check({ lab: "dev", source: { ...neutron, cloud: "undercloud" } })).toThrow(/both given/);
  });
});

describe("the bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "ovb-sync-"));
  const bundle = join(folder, "ovb-sync.js");
  let cloud: FakeCloud;
  beforeAll(async () => {
    const { code } = await bundleAgent("sync/main.ts");
    writeFileSync(bundle, code);
    expect(gzipSync(code).toString("base64").length).toBeLessThan(24_000); // beside the rest of the undercloud's user data
    cloud = await new FakeCloud().start();
  });
  afterAll(async () => {
    await cloud.stop();
    rmSync(folder, { recursive: true });
  });

  const start = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const all = { PATH: process.env.PATH, ...env };
    let child!: ReturnType<typeof execFile>;
    const ended = new Promise<{ status: number; text: string }>((resolve) => {
      child = execFile(process.execPath, [bundle, ...args], { env: all }, (error, out, err) => {
        resolve({ status: error ? Number(error.code) : 0, text: out + err });
      });
    });
    return { child, ended };
  };

  it("runs as a service: logs JSON without a secret, goes on when clouds refuse, ends by TERM", async () => {
    const config = join(folder, "sync.json");
    const env = join(folder, "cloud.env");
    writeFileSync(
      env,
      `OS_AUTH_URL=${cloud.origin}/identity\nOS_USERNAME=demo\nOS_PASSWORD=${password}\nOS_PROJECT_NAME=demo\nOS_USER_DOMAIN_NAME=Default\n`,
      { mode: 0o600 },
    );
    const subnets = { status: 403, json: { NeutronError: { message: `not with ${password}` } } };
    cloud.on("GET /network/v2.0/subnets", subnets);
    const source = { kind: "undercloud-neutron", credentialsFile: env };
    writeFileSync(config, JSON.stringify({ lab: "dev", credentialsFile: env, intervalSeconds: 1, source }));
    const { child, ended } = start([config]);
    let text = "";
    await new Promise<void>((resolve) => {
      child.stdout!.on("data", (chunk: string) => {
        text += chunk;
        if (text.includes("pass-failed")) resolve();
      });
    });
    child.kill("SIGTERM");
    expect((await ended).status).toBe(0);
    const events = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event).slice(0, 2)).toEqual(["starting", "pass-failed"]);
    expect(text).not.toContain(password);
  });

  it("ends with 2 for wrong usage and with 1 for a configuration that cannot be used", async () => {
    expect(await start([]).ended).toMatchObject({ status: 2, text: expect.stringContaining("Usage") });
    const config = join(folder, "bad.json");
    writeFileSync(config, "{}");
    expect(await start([config]).ended).toMatchObject({
      status: 1,
      text: expect.stringContaining("lab is missing"),
    });
  });
});

describe("a lab whose addresses sync owns", () => {
  const group = { count: 1, vips: ["192.0.2.250", "192.0.2.200/29"] };
  const plan = (addressOwner: string) =>
    planLab(parseConfig({ nodes: [group], ctlplane: { addressOwner } }, "dev"));

  it("says so on its nodes' ports, with what stays, and nowhere else", () => {
    const lab = plan("sync");
    const [port] = lab.nodes[0]!.ports;
    expect(port).toMatchObject({
      addressOwner: "sync",
      allowedAddressPairs: ["192.0.2.250/32", "192.0.2.200/29"],
    });
    expect(port!.tags.slice(-3)).toEqual([
      "ovb:addresses=sync",
      "ovb:pair=192.0.2.250/32",
      "ovb:pair=192.0.2.200/29",
    ]);
    for (const { ports } of [lab.undercloud!, lab.bmc!])
      for (const one of ports)
        expect([one.addressOwner, one.tags.join()]).toEqual([
          undefined,
          expect.not.stringContaining("addresses"),
        ]);
  });

  it("is planned the same otherwise", () => {
    const { nodes: _, ...rest } = plan("sync");
    const { nodes: __, ...usual } = plan("plan");
    expect(rest).toEqual(usual);
  });
});
