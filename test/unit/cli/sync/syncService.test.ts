import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseEnvFile } from "../../../../agent/service/envFile";
import { checkSyncConfig } from "../../../../agent/sync/config";
import { findLeftovers } from "../../../../cli/sweep/leftovers";
import { FakeCloud, password } from "../../../support/fakeOpenstack";

const ovb = join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs");
const credentialsPath = "/identity/v3/users/user-1/application_credentials";
const secret = "a-secret-that-keystone-made";
const undercloudSecret = "a-secret-of-the-undercloud";
const description = "Sync of the lab's addresses, made by npx ovb sync-service (ovb:lab=ovb-svc)";

let cloud: FakeCloud;
let root: string;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on(`GET ${credentialsPath}`, { json: { application_credentials: [] } });
  cloud.on(`POST ${credentialsPath}`, {
    status: 201,
    json: { application_credential: { id: "made", name: "ovb-svc-sync", secret } },
  });
  cloud.on("GET /compute/v2.1/servers/detail", { json: { servers: [] } });
  root = mkdtempSync(join(tmpdir(), "ovb-service-"));
  configure("sync");
  writeFileSync(
    join(root, "undercloud.env"),
    `OS_AUTH_URL=https://192.0.2.240:13000\nOS_USERNAME=admin\nOS_PASSWORD=${undercloudSecret}\nOS_PROJECT_NAME=admin\nOS_USER_DOMAIN_NAME=Default\n`,
  );
});
afterEach(async () => {
  await cloud.stop();
  rmSync(root, { recursive: true });
});

function configure(addressOwner: string): void {
  writeFileSync(
    join(root, "Pulumi.svc.yaml"),
    `config:\n  ovb:ctlplane: { addressOwner: ${addressOwner} }\n`,
  );
}

/** The real command, in a folder of its own, on the fake cloud. */
function service(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const all = {
    ...{ PATH: process.env.PATH, HOME: root, OS_AUTH_URL: `${cloud.origin}/identity`, OS_USERNAME: "demo" },
    ...{ OS_PASSWORD: password, OS_PROJECT_NAME: "demo", OS_USER_DOMAIN_NAME: "Default", ...env },
  };
  const stack = ["--stack", "svc", "--config-file", join(root, "Pulumi.svc.yaml")];
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [ovb, "sync-service", ...stack, ...args],
      { cwd: root, env: all },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const written = (name: string) => readFileSync(join(root, "out", name), "utf8");
const onDnsmasq = ["--source", "dnsmasq", "--hosts", "/var/lib/dnsmasq/hosts", "-o", "out"];

describe("ovb sync-service", () => {
  test("writes what the undercloud takes, with a credential that may do what sync does and no more", async () => {
    const options = [
      "--vip",
      "192.0.2.50",
      "--vip-holder",
      "node",
      "--interval",
      "5",
      "--metrics-port",
      "9432",
    ];
    const ran = await service(["--undercloud-env", "undercloud.env", ...options, "-o", "out"]);
    expect(ran).toEqual({
      status: 0,
      stdout:
        "out: sync of the lab ovb-svc as a service, by the application credential ovb-svc-sync\n" +
        "next: copy the folder to the undercloud and, as root there, run sh install.sh in it\n",
      stderr: "",
    });
    const files = [
      "cloud.env",
      "install.sh",
      "ovb-sync.js",
      "ovb-sync.json",
      "ovb-sync.service",
      "undercloud.env",
    ];
    expect(readdirSync(join(root, "out")).sort()).toEqual(files);
    for (const name of files) expect(statSync(join(root, "out", name)).mode & 0o777).toBe(0o600);

    const config = JSON.parse(written("ovb-sync.json"));
    const env = { CREDENTIALS_DIRECTORY: "/run/credentials/ovb-sync.service" };
    expect(checkSyncConfig(config, "the test", env)).toEqual({
      lab: "ovb-svc",
      credentialsFile: "/run/credentials/ovb-sync.service/cloud",
      source: {
        kind: "undercloud-neutron",
        credentialsFile: "/run/credentials/ovb-sync.service/undercloud",
        network: "ctlplane",
      },
      ...{ vips: ["192.0.2.50"], vipHolders: ["node"], ownsPlanned: false, pairLimit: 10 },
      ...{ intervalSeconds: 5, metricsPort: 9432 },
    });
    expect(parseEnvFile(written("cloud.env"), "cloud.env")).toEqual({
      OS_AUTH_TYPE: "v3applicationcredential",
      OS_AUTH_URL: `${cloud.origin}/identity/v3`,
      OS_INTERFACE: "public",
      OS_APPLICATION_CREDENTIAL_ID: "made",
      OS_APPLICATION_CREDENTIAL_SECRET: secret,
    });
    expect(written("undercloud.env")).toContain(undercloudSecret);
    for (const name of ["install.sh", "ovb-sync.js", "ovb-sync.json", "ovb-sync.service"])
      for (const one of [secret, undercloudSecret, password]) expect(written(name)).not.toContain(one);

    const [asked] = cloud
      .to(`POST ${credentialsPath}`)
      .map(({ body }) => JSON.parse(body).application_credential);
    const calls = ["GET /v2.0/subnets", "GET /v2.0/ports", "GET /v2.0/ports/*", "PUT /v2.0/ports/*"];
    expect(asked).toMatchObject({ name: "ovb-svc-sync", description, unrestricted: false });
    const rules = asked.access_rules as { service: string; method: string; path: string }[];
    expect(rules.every((rule) => rule.service === "network")).toBe(true);
    // The fake cloud's Neutron is below /network: with and without it, as a proxy may cut it off.
    const paths = rules.map(({ method, path }) => `${method} ${path.replace(/^\/network/, "")}`);
    expect([...new Set(paths)]).toEqual(calls);
    expect(rules).toHaveLength(2 * calls.length);
  });

  test("a credential of that name is made anew, and what an earlier run wrote and this one does not is gone", async () => {
    const old = { id: "old", name: "ovb-svc-sync", project_id: "project-1", description };
    cloud.on(`GET ${credentialsPath}`, { json: { application_credentials: [old] } });
    cloud.on(`GET ${credentialsPath}/old`, {
      json: { application_credential: { ...old, access_rules: [{ id: "rule" }] } },
    });
    cloud.on(`DELETE ${credentialsPath}/old`, { status: 204 });
    cloud.on("DELETE /identity/v3/users/user-1/access_rules/rule", { status: 204 });
    mkdirSync(join(root, "out"));
    writeFileSync(join(root, "out", "undercloud.env"), "old");
    writeFileSync(join(root, "out", "cloud.env"), "old", { mode: 0o644 });
    const ca = join(root, "authority.pem");
    writeFileSync(ca, "-----BEGIN CERTIFICATE-----\n");
    const ran = await service([...onDnsmasq, "--group", "dnsmasq"], { OS_CACERT: ca, OS_INSECURE: "1" });
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining("the one before it is gone") });
    const asked = cloud.calls.map(({ method, url }) => `${method} ${url}`).slice(1);
    expect(asked).toEqual([
      "GET /compute/v2.1/servers/detail?tags=ovb%3Alab%3Dovb-svc",
      `GET ${credentialsPath}`,
      `GET ${credentialsPath}/old`,
      `DELETE ${credentialsPath}/old`,
      "DELETE /identity/v3/users/user-1/access_rules/rule",
      `POST ${credentialsPath}`,
    ]);
    const files = ["ca.pem", "cloud.env", "install.sh", "ovb-sync.js", "ovb-sync.json", "ovb-sync.service"];
    expect(readdirSync(join(root, "out")).sort()).toEqual(files);
    expect(statSync(join(root, "out", "cloud.env")).mode & 0o777).toBe(0o600);
    expect(JSON.parse(written("ovb-sync.json")).source).toEqual({
      kind: "dnsmasq",
      hosts: "/var/lib/dnsmasq/hosts",
    });
    const lines = written("ovb-sync.service").split("\n");
    expect(lines).toContain("SupplementaryGroups=dnsmasq");
    expect(lines).toContain("Environment=NODE_EXTRA_CA_CERTS=/etc/ovb/sync/ca.pem");
    expect(lines).toContain("Environment=NODE_TLS_REJECT_UNAUTHORIZED=0");

    const removed = await service(["--remove"]);
    expect(removed).toMatchObject({ status: 0, stderr: "" });
    expect(removed.stdout).toMatch(
      /^the application credential ovb-svc-sync is deleted\nnext: .*install\.sh --remove/,
    );
    expect(cloud.to(`DELETE ${credentialsPath}/old`)).toHaveLength(2);
    expect(cloud.to(`POST ${credentialsPath}`)).toHaveLength(1);
  });

  test("a name that is another's is left alone, by --remove as well", async () => {
    const other = { id: "other", name: "ovb-svc-sync", project_id: "project-1", description: "mine" };
    cloud.on(`GET ${credentialsPath}`, { json: { application_credentials: [other] } });
    for (const args of [onDnsmasq, ["--remove"]]) {
      const ran = await service(args);
      expect(ran).toMatchObject({ status: 1, stdout: "" });
      expect(ran.stderr).toContain("Your application credential ovb-svc-sync is not sync's");
    }
    expect(cloud.calls.filter(({ method, url }) => method !== "GET" && !url.endsWith("/tokens"))).toEqual([]);
  });

  test("what cannot be is told all at once, before the cloud is asked", async () => {
    configure("plan");
    const neutron = ["--undercloud-env", "undercloud.env", "--undercloud-env-path", "undercloud.env"];
    const ran = await service([...neutron, "--hosts", "/home/stack/hosts", "--vip", "192.0.2.300"]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr.split("\n").slice(0, 7)).toEqual([
      "The command line cannot be used:",
      expect.stringMatching(/^ {2}- ovb:ctlplane\.addressOwner is plan, .*: set it to sync/),
      "  - --hosts is for --source dnsmasq",
      "  - --undercloud-env and --undercloud-env-path are both given: give one of them",
      expect.stringMatching(
        /^ {2}- --undercloud-env-path undercloud\.env must be an absolute path on the undercloud/,
      ),
      expect.stringMatching(/^ {2}- --hosts \/home\/stack\/hosts is in \/home, where a service sees nothing/),
      expect.stringMatching(/^ {2}- vips has "192\.0\.2\.300"/),
    ]);
    const dnsmasq = await service(["--source", "dnsmasq", "--vip-name", "vip", "--group", "a b"]);
    for (const text of [
      "--vip-name is for --source undercloud-neutron",
      "--group a b is no group",
      "source.hosts is missing",
    ])
      expect(dnsmasq.stderr).toContain(text);
    expect((await service([])).stderr).toContain("--undercloud-env is missing");
    expect(cloud.calls).toEqual([]);
    expect(readdirSync(root)).not.toContain("build");
  });
});

test("ovb sweep knows the credential of a lost lab by its description", () => {
  const credential = {
    kind: "application credential",
    id: "1",
    name: "ovb-svc-sync",
    tags: [],
    description,
  } as const;
  expect(findLeftovers([credential])).toMatchObject([
    { lab: "ovb-svc", leftovers: [{ because: "description", resource: { id: "1" } }] },
  ]);
});
