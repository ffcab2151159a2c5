import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../../../../cli/main";

describe("ovb ipa build", () => {
  let said = "";
  const path = process.env.PATH;
  const folder = mkdtempSync(join(tmpdir(), "ovb-ipa-"));
  beforeEach(() => {
    said = "";
    const say = (text: unknown): boolean => {
      said += String(text);
      return true;
    };
    vi.spyOn(console, "error").mockImplementation(say);
    vi.spyOn(process.stderr, "write").mockImplementation(say);
    vi.spyOn(process.stdout, "write").mockImplementation(say);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  it("says what it takes, and refuses to guess where to", async () => {
    expect(await main(["ipa", "build", "--help"])).toBe(0);
    expect(said).toContain("--output <folder>");
    expect(said).toMatch(/Debian or\s+Ubuntu, root/);
    expect(await main(["ipa", "build"])).toBe(2);
    expect(said).toContain("required option '-o, --output <folder>' not specified");
  });

  it("names everything that is missing, each with its package, and makes nothing", async () => {
    process.env.PATH = "/nowhere";
    expect(await main(["ipa", "build", "--output", join(folder, "out")])).toBe(1);
    expect(said).toContain("IPA cannot be built here:");
    expect(said).toContain("mmdebstrap is missing: apt-get install mmdebstrap");
    expect(said).toContain("unshare is missing: apt-get install util-linux");
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});
