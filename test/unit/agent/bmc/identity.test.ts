import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { agentIdentity } from "../../../../agent/bmc/identity";
import { authFromEnvironment } from "../../../../openstack/auth";
import { cloudVariables } from "../../../../plan/guest/cloudVariables";

const folder = mkdtempSync(join(tmpdir(), "ovb-identity-"));
afterAll(() => rmSync(folder, { recursive: true }));

const credential = { id: "the-id", secret: "the-secret" };

test.each([undefined, "RegionOne"])(
  "what a lab's VM is given is read as openstack/auth reads it, region %s",
  (region) => {
    const file = join(folder, "cloud");
    const cloud = { authUrl: "https://cloud.example:5000/v3", region, insecure: false };
    writeFileSync(file, cloudVariables(cloud, credential));
    const { auth, secret } = agentIdentity(file, { OS_REGION_NAME: "" });
    const variables = Object.fromEntries(
      cloudVariables(cloud, credential)
        .trim()
        .split("\n")
        .map((line) => line.split("=") as [string, string]),
    );
    expect(auth).toEqual(authFromEnvironment(variables));
    expect(secret.reveal()).toBe("the-secret");
  },
);

test("everything that is wrong is said at once, without the secret", () => {
  const env = {
    OS_AUTH_URL: "cloud.example",
    OS_APPLICATION_CREDENTIAL_SECRET: "the-secret",
    OS_CLOUD: "mine",
  };
  expect(() => agentIdentity(undefined, env)).toThrow(
    "The OpenStack credentials cannot be used:\n  - OS_AUTH_URL is not an http or https URL.\n" +
      "  - OS_APPLICATION_CREDENTIAL_ID is missing.\n  - It reads no clouds.yaml: OS_CLOUD is not used.",
  );
});
