import { gunzipSync } from "node:zlib";
import { isSecret, output, RunError, runtime } from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { accessRules } from "../../../agent/bmc/cloud/accessRules";
import { parseConfig } from "../../../plan/config/parseConfig";
import { labKey } from "../../../plan/lab/labKey";
import { derivePassword, labSecretOf } from "../../../plan/lab/passwords";
import { planLab } from "../../../plan/lab/planLab";
import { lookUpAgentCloud } from "../../../program/agentCloud";
import { ourSession } from "../../../program/ourSession";
import { FakeCloud } from "../../support/fakeOpenstack";
import { credentialSecret, record } from "../../support/recorder";
import { bmcSource, diskContent, recordLab } from "../../support/recordLab";

const settled = <T>(value: T): Promise<unknown> => new Promise((resolve) => output(value).apply(resolve));

describe("the lab's secrets", () => {
  test("come from the credential that Keystone makes", async () => {
    const { result } = await recordLab();
    expect(await settled(result.bmcPassword)).toBe(derivePassword(credentialSecret, "bmc"));
    expect(await isSecret(result.bmcPassword!)).toBe(true);
    expect(await isSecret(result.labSecret!)).toBe(true);
  });

  test("or from the user's own credential and the lab's name; nothing is made then", async () => {
    const credential = { id: "own-id", secret: "own-secret-of-the-user" };
    const { result, byName } = await recordLab({}, diskContent, { ...bmcSource, credential });
    expect([...byName.keys()].filter((name) => name.startsWith("ApplicationCredential"))).toEqual([]);
    const labSecret = labSecretOf(credential.secret, "ovb-dev");
    expect(await settled(result.bmcPassword)).toBe(derivePassword(labSecret, "bmc"));
    expect(await isSecret(result.labSecret!)).toBe(true);
  });

  test("a lab without a BMC has none, and makes no credential", async () => {
    const { result, byName } = await recordLab({
      undercloud: { kind: "boot-server" },
      bmc: { enabled: false },
    });
    expect(result.labSecret ?? result.bmcPassword).toBeUndefined();
    expect([...byName.keys()].filter((name) => name.startsWith("ApplicationCredential"))).toEqual([]);
  });
});

describe("the lab's SSH key", () => {
  const { publicKey, privateKey } = labKey(credentialSecret, "ovb-dev");
  /** What cloud-init is given on the undercloud and on the BMC, in clear. */
  const userData = (byName: Awaited<ReturnType<typeof recordLab>>["byName"]) => {
    const of = (name: string) => {
      const { value } = byName.get(name)!.inputs.userData as { value: string };
      return gunzipSync(Buffer.from(value, "base64")).toString();
    };
    return { undercloud: of("Instance ovb-dev-undercloud"), bmc: of("Instance ovb-dev-bmc") };
  };

  test("is a secret, and its public half is on the BMC and on an undercloud with Ironic, beside the user's", async () => {
    const own = "ssh-ed25519 AAAA user@laptop";
    const { result, byName } = await recordLab({ authorizedKeys: [own] });
    expect(await settled(result.key)).toEqual({ publicKey, privateKey });
    expect(await isSecret(result.key!)).toBe(true);
    for (const text of Object.values(userData(byName))) {
      expect(text).toContain(publicKey);
      expect(text).toContain(own);
      expect(text).not.toContain("PRIVATE KEY-----\nb3BlbnNzaC");
    }
    const { settings } = result.ironic!;
    expect(await settled(settings)).toMatchObject({ authorizedKeys: [own, publicKey] });
    expect(await isSecret(settings)).toBe(true);
  });
});

describe("how the BMC's VM reaches the cloud", () => {
  const bmc = planLab(parseConfig({}, "dev")).bmc!;
  const environment = { ...process.env };
  let keystone: FakeCloud | undefined;

  afterEach(async () => {
    process.env = { ...environment };
    runtime.setAllConfig({});
    await keystone?.stop();
    keystone = undefined;
  });

  const answers = (urls: Record<string, string>) => ({
    "openstack:identity/getAuthScope:getAuthScope": () => ({
      region: "Two",
      serviceCatalogs: Object.entries(urls).map(([type, url]) => ({
        type,
        endpoints: [
          { interface: "internal", region: "Two", regionId: "Two", url: "http://10.0.0.1/" },
          { interface: "public", region: "One", regionId: "One", url: "https://one.example/" },
          { interface: "public", region: "Two", regionId: "Two", url },
        ],
      })),
    }),
  });
  const urls = {
    identity: "https://two.example/identity",
    compute: "https://two.example/compute/v2.1",
    image: "https://two.example/image",
  };

  test("by the public URLs of the provider's region, and its access rules have their paths", async () => {
    const { result } = await record(() => lookUpAgentCloud(bmc, accessRules, ourSession()), answers(urls));
    expect(result.cloud).toMatchObject({
      authUrl: "https://two.example/identity/v3",
      region: "Two",
      insecure: false,
    });
    expect(result.accessRules).toContainEqual({
      service: "compute",
      method: "GET",
      path: "/compute/v2.1/servers/detail",
    });
  });

  test("without access rules where the stack wants none", async () => {
    const { result } = await record(
      () => lookUpAgentCloud({ ...bmc, accessRules: false }, accessRules, ourSession()),
      answers(urls),
    );
    expect(result.accessRules).toBeUndefined();
  });

  test("a catalogue without images is an error that says so", async () => {
    const { image: _, ...rest } = urls;
    const failed = record(() => lookUpAgentCloud(bmc, accessRules, ourSession()), answers(rest));
    await expect(failed).rejects.toThrow(/BMC's agent cannot be told where the cloud is: .*no image service/);
  });

  /** Logged in with an application credential, as the stack's own configuration of the provider says. */
  async function loggedIn(restricted: boolean) {
    keystone = await new FakeCloud().start();
    const token = {
      issued_at: "2026-01-01T00:00:00Z",
      expires_at: "2026-01-01T01:00:00Z",
      user: { id: "u", name: "u" },
      application_credential: { id: "c", name: "c", restricted },
    };
    const reply = { status: 201, headers: { "X-Subject-Token": "t" }, json: { token } };
    keystone.on("POST /identity/v3/auth/tokens", reply);
    runtime.setAllConfig({
      "openstack:authUrl": `${keystone.origin}/identity/v3`,
      "openstack:applicationCredentialId": "c",
      "openstack:applicationCredentialSecret": "the-secret-of-it",
    });
  }

  test("who is logged in with a restricted credential is told the way out, before anything is made", async () => {
    await loggedIn(true);
    const failed = record(() => lookUpAgentCloud(bmc, accessRules, ourSession()), answers(urls));
    await expect(failed).rejects.toThrow(RunError);
    await expect(failed).rejects.toThrow(
      /npx ovb pulumi -- config set --path --secret ovb:bmc\.credential\.secret/,
    );
  });

  test("an unrestricted one may make another, and one that the user brings needs none", async () => {
    await loggedIn(false);
    await record(() => lookUpAgentCloud(bmc, accessRules, ourSession()), answers(urls));
    await keystone!.stop();
    await loggedIn(true);
    await record(
      () => lookUpAgentCloud({ ...bmc, credential: "given" }, accessRules, ourSession()),
      answers(urls),
    );
  });
});
