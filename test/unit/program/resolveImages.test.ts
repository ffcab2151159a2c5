import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import { resolveImages } from "../../../program/resolveImages";

const missing = vi.hoisted(() => ({ tools: [] as string[] }));
vi.mock("../../../images/ipxeTools", async (original) => ({
  ...(await original<typeof import("../../../images/ipxeTools")>()),
  missingIpxeTools: async () => missing.tools,
}));

const before = process.cwd();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-resolve-"));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

function resolve(images: Record<string, unknown>) {
  const raw = { images: { iso: { source: "none" }, ...images }, nodes: [{ bootStrategy: "disk" }] };
  return resolveImages(planLab(parseConfig(raw, "dev")).images);
}

test("an image of the cloud needs no content", async () => {
  expect(await resolve({ disk: { source: "existing", name: "ipxe" } })).toEqual({});
});

test("a file of the user's keeps its path, and its content is part of what it is", async () => {
  writeFileSync("mine.qcow2", "QFI\xfb and the rest", "latin1");
  expect(await resolve({ disk: { source: "file", path: "mine.qcow2", firmware: "uefi" } })).toEqual({
    disk: {
      path: "mine.qcow2",
      format: "qcow2",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      properties: expect.objectContaining({ hw_firmware_type: "uefi", os_shutdown_timeout: "1" }),
    },
  });
});

test("an ISO declared as raw is refused before anything is created", async () => {
  const iso = Buffer.alloc(40_000);
  iso.write("CD001", 32769);
  writeFileSync("ipxe.img", iso);
  const refused = resolve({ disk: { source: "file", path: "ipxe.img", format: "raw" } });
  await expect(refused).rejects.toThrow(RunError);
  await expect(refused).rejects.toThrow(/^ovb:images\.disk: .*ipxe\.img is declared as raw but is iso/);
});

test("a file that is not there is named with its key", async () => {
  const refused = resolve({ disk: { source: "file", path: "gone.qcow2" } });
  await expect(refused).rejects.toThrow(
    "the file 'gone.qcow2' that ovb:images.disk.path names cannot be read",
  );
});

test("a URL goes to the provider as it is", async () => {
  const url = "https://example.org/ipxe.raw";
  expect(await resolve({ disk: { source: "url", url, format: "raw" } })).toMatchObject({
    disk: { url, format: "raw" },
  });
});

test("an image made elsewhere is uploaded from one place, whatever machine made it", async () => {
  writeFileSync("elsewhere.qcow2", "QFI\xfb", "latin1");
  vi.stubEnv("OVB_IPXE_DISK", join(folder, "elsewhere.qcow2"));
  const { disk } = await resolve({});
  expect(disk).toMatchObject({ path: "build/elsewhere.qcow2", format: "qcow2" });
  expect(disk?.sha256).toBeUndefined();
  expect(readFileSync("build/elsewhere.qcow2", "latin1")).toBe("QFI\xfb");
});

test("missing tools are all named, with the ways out", async () => {
  missing.tools = [
    "mtools (Debian: mtools, Fedora: mtools)",
    "syslinux (Debian: syslinux, Fedora: syslinux)",
  ];
  await expect(resolve({})).rejects.toThrow(
    /cannot be built on this machine without\n {4}mtools .*\n {4}syslinux .*\n.*OVB_IPXE_DISK.*ovb:images\.disk\.source/,
  );
});
