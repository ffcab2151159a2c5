import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { endpointChoice } from "../../../../cli/stack/environment";

it("Pulumi's provider is told interface and region as the commands choose them", () => {
  const folder = mkdtempSync(join(tmpdir(), "ovb-choice-"));
  const file = join(folder, "clouds.yaml");
  const auth =
    "auth: {auth_url: https://k, username: u, password: p, project_id: p, user_domain_name: Default}";
  writeFileSync(file, `clouds: {mine: {${auth}, interface: internal, regions: [R1, R2]}}\n`);
  try {
    expect(endpointChoice({ OS_CLOUD: "mine", OS_CLIENT_CONFIG_FILE: file })).toEqual({
      OS_ENDPOINT_TYPE: "internal",
      OS_REGION_NAME: "R1",
    });
    expect(endpointChoice({ OS_AUTH_URL: "https://k" })).toEqual({}); // the stack may say the rest
  } finally {
    rmSync(folder, { recursive: true });
  }
});
