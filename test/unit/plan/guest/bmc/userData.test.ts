import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { bundleAgent } from "../../../../../agent/service/bundle";
import { parseEnvFile } from "../../../../../agent/service/envFile";
import { parseConfig } from "../../../../../plan/config/parseConfig";
import {
  type BmcUserDataInput,
  bmcUserData,
  bmcUserDataProblem,
} from "../../../../../plan/guest/bmc/userData";
import { mostUserDataCharacters } from "../../../../../plan/guest/compressed";
import { derivePassword, labSecretOf } from "../../../../../plan/lab/passwords";
import { planLab } from "../../../../../plan/lab/planLab";

const plan = (raw: Record<string, unknown> = {}) => planLab(parseConfig(raw, "dev"));
const input: BmcUserDataInput = {
  agent: 'console.log("the agent");\n',
  cloud: { authUrl: "https://cloud.example:5000/v3", region: "RegionOne", insecure: false },
  credential: { id: "the-id", secret: "the-credential's-secret" },
  password: "the-password-16b",
};

interface CloudConfig {
  write_files: { path: string; permissions: string; content: string }[];
  runcmd: string[][];
}

function cloudConfig(raw: Record<string, unknown> = {}, more: Partial<BmcUserDataInput> = {}): CloudConfig {
  const text = gunzipSync(Buffer.from(bmcUserData(plan(raw), { ...input, ...more }), "base64")).toString();
  expect(text).toMatch(/^#cloud-config\n/);
  return parse(text) as CloudConfig;
}

function file(path: string, raw: Record<string, unknown> = {}, more: Partial<BmcUserDataInput> = {}) {
  const found = cloudConfig(raw, more).write_files.find((one) => one.path === path);
  if (!found) throw new Error(`no ${path}`);
  return found;
}

const agentUnit = "/etc/systemd/system/ovb-bmc.service";

test("the secrets are in two files for root alone, and nowhere else", () => {
  const { write_files: files, runcmd } = cloudConfig();
  const holders = (secret: string) => files.filter(({ content }) => content.includes(secret));
  for (const secret of [input.password, input.credential.secret]) {
    expect(holders(secret).map(({ permissions }) => permissions)).toEqual(["0600"]);
    expect(JSON.stringify(runcmd)).not.toContain(secret);
  }
  expect(file("/etc/ovb/bmc-password").content).toBe("the-password-16b\n");
  expect(parseEnvFile(file("/etc/ovb/bmc-cloud").content, "bmc-cloud")).toEqual({
    OS_AUTH_TYPE: "v3applicationcredential",
    OS_AUTH_URL: "https://cloud.example:5000/v3",
    OS_REGION_NAME: "RegionOne",
    OS_INTERFACE: "public",
    OS_APPLICATION_CREDENTIAL_ID: "the-id",
    OS_APPLICATION_CREDENTIAL_SECRET: "the-credential's-secret",
  });
});

test("the same input gives the same text; each secret and the agent count", () => {
  const once = bmcUserData(plan(), input);
  expect(bmcUserData(plan(), input)).toBe(once);
  expect(bmcUserData(plan(), { ...input, password: "another-password" })).not.toBe(once);
  expect(bmcUserData(plan(), { ...input, agent: "// another\n" })).not.toBe(once);
});

test("in modes port and address nodes are no part of it; in mode nic they are", () => {
  const of = (mode: string, count: number) => bmcUserData(plan({ bmc: { mode }, nodes: [{ count }] }), input);
  for (const mode of ["port", "address"]) expect(of(mode, 7)).toBe(of(mode, 2));
  expect(of("nic", 3)).not.toBe(of("nic", 2));
});

describe("the agent's configuration", () => {
  const config = (raw: Record<string, unknown> = {}) => JSON.parse(file("/etc/ovb/bmc.json", raw).content);

  test("names systemd's credentials, and no secret", () => {
    expect(config()).toEqual({
      lab: "ovb-dev",
      address: "192.0.2.241",
      username: "admin",
      passwordFile: "password",
      credentialsFile: "cloud",
      stateFile: "/var/lib/ovb-bmc/state.json",
      redfish: { httpsPort: 8443, certFile: "redfish-cert", keyFile: "redfish-key" },
      metricsPort: 9623,
      images: {},
    });
  });

  test("says what the stack chose", () => {
    const images = { disk: { source: "existing", name: "d" }, iso: { source: "existing", name: "i" } };
    expect(
      config({ images, bmc: { username: "root", redfish: { httpPort: 8000, httpsPort: 0 } } }),
    ).toMatchObject({
      username: "root",
      redfish: { httpPort: 8000 },
      images: { disk: "d", iso: "i" },
    });
  });
});

describe("the unit", () => {
  test("gets no capability in mode port, and the one for port 623 in the others", () => {
    expect(file(agentUnit).content).toMatch(/^CapabilityBoundingSet=$/m);
    for (const raw of [{ bmc: { mode: "address" } }, { bmc: { redfish: { httpsPort: 443 } } }])
      expect(file(agentUnit, raw).content).toMatch(/^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
  });

  test("trusts the cloud's own authority, and nobody where the user asked for that", () => {
    const cloud = { ...input.cloud, caCertificate: "-----BEGIN CERTIFICATE-----\n" };
    expect(file("/usr/local/lib/ovb/cloud-ca.pem", {}, { cloud }).content).toBe(cloud.caCertificate);
    expect(file(agentUnit, {}, { cloud }).content).toContain(
      "NODE_EXTRA_CA_CERTS=/usr/local/lib/ovb/cloud-ca.pem",
    );
    const insecure = { ...input.cloud, insecure: true };
    expect(file(agentUnit, {}, { cloud: insecure }).content).toContain("NODE_TLS_REJECT_UNAUTHORIZED=0");
    expect(file(agentUnit).content).not.toMatch(/NODE_/);
  });

  test("without HTTPS it is handed no certificate", () => {
    expect(file(agentUnit).content).toContain("LoadCredential=redfish-key:");
    expect(file(agentUnit, { bmc: { redfish: { httpsPort: 0 } } }).content).not.toContain("redfish");
  });
});

describe("the nodes' addresses on the VM", () => {
  const networkUnit = "/etc/systemd/system/ovb-bmc-network.service";

  test("mode port has none, mode address the block as a local route", () => {
    expect(() => file(networkUnit)).toThrow();
    expect(file(networkUnit, { bmc: { mode: "address" } }).content).toContain(
      "ip route replace local 192.0.2.224/28 dev lo",
    );
    expect(file(agentUnit, { bmc: { mode: "address" } }).content).toMatch(
      /^Requires=.*ovb-bmc-network\.service/m,
    );
  });

  test("mode nic has a table for each NIC, with the planned MACs and addresses", () => {
    const raw = { bmc: { mode: "nic" } };
    const { content } = file("/usr/local/lib/ovb/bmc-nics.sh", raw);
    const [, own, first, second] = plan(raw).bmc!.ports;
    expect(content).toContain(
      `nic 1000 ${own!.mac} 192.0.2.241\nnic 1001 ${first!.mac} 192.0.2.224\nnic 1002 ${second!.mac} 192.0.2.225\n`,
    );
    expect(content).toContain('default via 192.0.2.1 dev "$device"');
    const apart = { ...raw, ctlplane: { routed: false } };
    expect(file("/usr/local/lib/ovb/bmc-nics.sh", apart).content).not.toContain("default via");
  });
});

describe("Nova's limit", () => {
  const { agent: _, password: __, credential: ___, ...rest } = input;

  test("has room for the real agent with everything else", async () => {
    const { code: agent } = await bundleAgent();
    const raw = { bmc: { mode: "nic", addressBlock: "192.0.2.208/28" }, nodes: [{ count: 16 }] };
    expect(bmcUserDataProblem(plan({ ...raw, nodes: [{ count: 8 }] }), { ...rest, agent })).toBeUndefined();
    const { length } = bmcUserData(plan(), { ...input, agent });
    process.stdout.write(`BMC user data with the agent: ${length} of ${mostUserDataCharacters} characters\n`);
  });

  test("is checked before anything is made, with the way out", () => {
    const agent = Array.from({ length: 3000 }, (_unused, i) => `${derivePassword(String(i), "bmc")}\n`).join(
      "",
    );
    expect(bmcUserDataProblem(plan(), { ...rest, agent: agent.repeat(1) })).toBeUndefined();
    expect(
      bmcUserDataProblem(plan(), {
        ...rest,
        agent: agent + derivePassword(agent, "ironic") + [...agent].reverse().join(""),
      }),
    ).toMatch(/has \d+ characters, more than Nova's 65535: shorten ovb:authorizedKeys/);
  });
});

test("passwords: 16 characters each, other ones for other purposes, labs and secrets", () => {
  const all = ["a", "b"].flatMap((secret) => [
    derivePassword(secret, "bmc"),
    derivePassword(secret, "ironic"),
    derivePassword(labSecretOf(secret, "one"), "bmc"),
    derivePassword(labSecretOf(secret, "two"), "bmc"),
  ]);
  expect(new Set(all).size).toBe(8);
  for (const password of all) expect(password).toMatch(/^[\w-]{16}$/);
  expect(derivePassword("a", "bmc")).toBe(all[0]);
});
