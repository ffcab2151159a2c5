import { spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { output, runtime } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../../../plan/config/parseConfig";
import { compressedUserData, mostUserDataCharacters } from "../../../../../plan/guest/compressed";
import { ironicSecrets, pinOf } from "../../../../../plan/guest/ironic/secrets";
import { withoutSettings } from "../../../../../plan/guest/ironic/settings";
import { ironicUserData } from "../../../../../plan/guest/ironic/userData";
import type { LabPlan } from "../../../../../plan/lab/labPlan";
import { planLab } from "../../../../../plan/lab/planLab";
import { planJson } from "../../../../../plan/review/planJson";
import { planMarkdown } from "../../../../../plan/review/planMarkdown";
import { planText } from "../../../../../plan/review/planText";
import { recordLab } from "../../../../support/recordLab";

const password = "a-password-of-the-tests";
const secrets = ironicSecrets(password);
const plan = (ironic: Record<string, unknown> = {}, more: Record<string, unknown> = {}): LabPlan =>
  planLab(
    parseConfig(
      { lab: "lab", undercloud: { kind: "ironic", ironic: { password, ...ironic } }, ...more },
      "dev",
    ),
  );
const userData = (lab: LabPlan) => ironicUserData(lab, secrets);

interface File {
  path: string;
  content: string;
  permissions: string;
}
const files = (lab: LabPlan) =>
  new Map((parse(userData(lab)) as { write_files: File[] }).write_files.map((file) => [file.path, file]));

describe("an undercloud with Ironic", () => {
  it("has its secrets in two files that root alone reads, and nowhere else", () => {
    const all = files(plan());
    const holders = [...all.values()].filter(
      ({ content }) => content.includes(password) || content.includes("PRIVATE KEY"),
    );
    expect(holders.map(({ path, permissions }) => `${permissions} ${path}`)).toEqual([
      "0600 /etc/ovb/ironic/password",
      "0600 /etc/ovb/ironic/tls.key",
    ]);
  });

  it("keeps the password out of the plan and each of its views", () => {
    const lab = plan();
    for (const text of [JSON.stringify(lab), planJson(lab), planText(lab), planMarkdown(lab)])
      expect(text).not.toContain(password);
  });

  it("has user data that is a secret in the state, and tells how to reach it", async () => {
    const lab = await recordLab(
      { undercloud: { kind: "ironic", image: "debian-13", flavor: "m1.small", ironic: { password } } },
      undefined,
      undefined,
      password,
    );
    const { inputs } = lab.byName.get("Instance ovb-dev-undercloud")!;
    expect(runtime.isRpcSecret(inputs.userData)).toBe(true);
    const packed = Buffer.from(runtime.unwrapRpcSecret(inputs.userData) as string, "base64");
    expect(gunzipSync(packed).toString()).toContain(password);
    const open = JSON.stringify(
      [...lab.byName.values()].map(({ inputs: { userData: _, ...rest }, options }) =>
        // The Stash keeps the same, a secret too.
        runtime.isRpcSecret(rest.input) ? options : { rest, options },
      ),
    );
    expect(open).not.toContain(password);
    const { ironic } = lab.result;
    expect(ironic!.username).toBe("admin");
    expect(await new Promise((resolve) => output(ironic!.url).apply(resolve))).toBe(
      "https://198.18.0.7:13385",
    );
    expect(await new Promise((resolve) => output(ironic!.pin).apply(resolve))).toBe(pinOf(secrets.tlsKey));
    expect(lab.byName.has("SecGroupRule ovb-dev-access-ironic")).toBe(true);
  });

  it("is the same VM when nodes come and go, and another with another password", () => {
    const of = (count: number) => userData(plan({}, { nodes: [{ count }] }));
    expect(of(1)).toBe(of(7));
    expect(ironicUserData(plan(), ironicSecrets("another-password"))).not.toBe(of(1));
  });

  it("fits into Nova's user data", () => {
    const url = `https://mirror.example/${"x".repeat(200)}`;
    const sha256 = "0".repeat(64);
    const lab = plan({ kernel: { url, sha256 }, ramdisk: { url, sha256 } });
    expect(compressedUserData(userData(lab)).length).toBeLessThan(mostUserDataCharacters / 2);
  });

  it("has a configuration that agrees with the plan", () => {
    const lab = plan({ automatedClean: true }, { ctlplane: { cidr: "10.1.0.0/24" } });
    const conf = files(lab).get("/etc/ovb/ironic/ironic.conf")!.content;
    for (const line of [
      "auth_strategy = http_basic",
      "my_ip = 10.1.0.240",
      "http_url = http://10.1.0.240:8088",
      "endpoint_override = http://10.1.0.240:6385",
    ])
      expect(conf.split("\n")).toContain(line);
    // It can change: settings.conf has it.
    expect(conf).not.toContain("automated_clean");
    expect(JSON.parse(files(lab).get("/etc/ovb/ironic/settings.json")!.content)).toMatchObject({
      automatedClean: true,
    });
    // Elsewhere the agent would inspect at each deployment.
    expect(conf).toMatch(/\[inspector\][^[]*ipa-inspection-collectors/);
    expect(/\[pxe\][^[]*/.exec(conf)![0]).not.toContain("ipa-inspection");
  });

  it("has a boot script that Jinja, through which Ironic reads it, leaves as it is", () => {
    const { content } = files(plan()).get("/var/lib/ovb-ironic/httpboot/boot.ipxe")!;
    expect(content).toMatch(/^#!ipxe\n/);
    expect(content).not.toMatch(/\{\{|\{%|\{#/);
    expect(files(plan()).get("/etc/ovb/ironic/boot.ipxe")!.content).toBe(content);
  });

  it("has scripts that a shell and Python read", () => {
    const sha256 = "0".repeat(64);
    const all = files(plan({ kernel: { url: "https://mirror.example/it's", sha256 } }));
    for (const [path, { content }] of all) {
      if (!/\.(sh|py)$/.test(path)) continue;
      const [command, ...args] = path.endsWith(".sh")
        ? ["sh", "-n"]
        : ["python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())"];
      const { status, stderr } = spawnSync(command!, args, { input: content, encoding: "utf8" });
      expect({ path, status, stderr }).toEqual({ path, status: 0, stderr: "" });
    }
  });

  it("has what can be told a running one in two places: settings.json, and the keys for cloud-init", () => {
    const source = { url: "https://me:secret@mirror.example/ipa", sha256: "ab".repeat(32) };
    const key = "ssh-ed25519 AAAA me";
    const lab = plan({ kernel: source, ramdisk: source, automatedClean: true }, { authorizedKeys: [key] });
    const [told, plain] = [files(lab), files(plan())];
    expect([...told.keys()].filter((path) => told.get(path)!.content !== plain.get(path)!.content)).toEqual([
      "/etc/ovb/ironic/settings.json",
    ]);
    expect(told.get("/etc/ovb/ironic/settings.json")!.permissions).toBe("0600");
    expect((parse(userData(lab)) as { ssh_authorized_keys: string[] }).ssh_authorized_keys).toEqual([key]);
    expect(userData(withoutSettings(lab))).toBe(userData(plan()));
  });
});

it("the TLS key follows from the password, and the pin from the key", () => {
  expect(ironicSecrets(password)).toEqual(secrets);
  expect(createPublicKey(secrets.tlsKey).asymmetricKeyType).toBe("ed25519");
  expect(pinOf(secrets.tlsKey)).toMatch(/^[\w+/]{43}=$/);
  expect(pinOf(ironicSecrets("another-password").tlsKey)).not.toBe(pinOf(secrets.tlsKey));
});
