import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { undercloudUserData } from "../../../../plan/guest/undercloudUserData";
import { labKey, takesLabKey, withLabKey } from "../../../../plan/lab/labKey";
import { planLab } from "../../../../plan/lab/planLab";
import type { LabInput } from "../../../../plan/lab/schema/configSchema";

const keygen = spawnSync("ssh-keygen", ["-?"]).error === undefined;

describe("the lab's SSH key", () => {
  it("follows from the lab's secret, and is another for another", () => {
    expect(labKey("one", "lab")).toEqual(labKey("one", "lab"));
    expect(labKey("two", "lab").publicKey).not.toBe(labKey("one", "lab").publicKey);
    // As labs that run have it: another derivation would lock everybody out.
    expect(labKey("one", "lab").publicKey).toBe(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9h9gPgSA/Jch65AkJhV1I37237dmWETe26LHAIpvXn ovb lab lab",
    );
  });

  it.skipIf(!keygen)("is a key that OpenSSH reads, with a public half that fits (ssh-keygen)", () => {
    const folder = mkdtempSync(join(tmpdir(), "ovb-key-"));
    try {
      // Comments of all lengths modulo 8: the padding is right for each.
      for (let i = 0; i < 8; i++) {
        const { publicKey, privateKey } = labKey(`secret ${i}`, "x".repeat(i + 1));
        const file = join(folder, `key-${i}`);
        writeFileSync(file, privateKey, { mode: 0o600 });
        expect(execFileSync("ssh-keygen", ["-y", "-f", file], { encoding: "utf8" }).trim()).toBe(publicKey);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("who is given it", () => {
  const user = "ssh-ed25519 AAAA user@laptop";
  const plan = (input: LabInput) =>
    planLab(parseConfig({ lab: "lab", authorizedKeys: [user], ...input }, "dev"));
  const { publicKey } = labKey("secret", "lab");

  it("an undercloud with Ironic, and the BMC, beside the user's own keys", () => {
    const keyed = withLabKey(plan({}), publicKey);
    expect(keyed.undercloud!.authorizedKeys).toEqual([user, publicKey]);
    expect(keyed.bmc!.authorizedKeys).toEqual([user, publicKey]);
  });

  it.each<[string, LabInput["undercloud"]]>([
    ["custom", { kind: "custom", image: "centos", flavor: "large" }],
    ["boot-server", { kind: "boot-server" }],
  ])("not an undercloud of kind %s: other user data would replace it", (_, undercloud) => {
    const before = plan({ undercloud });
    const keyed = withLabKey(before, publicKey);
    expect(undercloudUserData(keyed)).toBe(undercloudUserData(before));
    expect(keyed.bmc!.authorizedKeys).toContain(publicKey);
  });

  it("nobody in a lab without a BMC, which has no secret for a key to follow from", () => {
    const without = plan({ undercloud: { kind: "boot-server" }, bmc: { enabled: false } });
    expect(takesLabKey(without)).toEqual({ undercloud: false, bmc: false });
    expect(withLabKey(without, publicKey)).toEqual(without);
  });
});
