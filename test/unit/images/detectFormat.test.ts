import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDeclaredFormat, detectImageFormat } from "../../../images/detectFormat";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ovb-format-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file of zeros with these marks at these places. */
async function file(marks: Record<number, string | Buffer>, size = 65536): Promise<string> {
  const content = Buffer.alloc(size);
  for (const [at, mark] of Object.entries(marks))
    Buffer.from(mark as string, "latin1").copy(content, Number(at));
  const path = join(folder, `${Object.keys(marks).join("-")}-${size}-${Math.random()}`);
  await writeFile(path, content);
  return path;
}

/** The partition table's four entries and signature, with one partition of the type. */
function table(type: number, status = 0x80): Record<number, Buffer> {
  const entry = Buffer.alloc(16);
  entry.writeUInt8(status, 0);
  entry.writeUInt8(type, 4);
  entry.writeUInt32LE(2048, 8);
  entry.writeUInt32LE(30720, 12);
  return { 446: entry, 510: Buffer.from([0x55, 0xaa]) };
}

const iso = { 32768: "\x01CD001" };

describe("detectImageFormat", () => {
  it.each([
    ["qcow2", { 0: "QFI\xfb" }],
    ["vmdk", { 0: "KDMV" }],
    ["vmdk", { 0: "# Disk DescriptorFile\nversion=1" }],
    ["vdi", { 64: "\x7f\x10\xda\xbe" }],
    ["vhd", { 0: "conectix" }],
    ["vhd", { ...table(0x83), 65024: "conectix" }],
    ["iso", iso],
    ["iso", { 32768: "\x00NSR02" }],
    ["iso", { ...iso, ...table(0x17) }],
    ["raw", table(0xef)],
    ["raw", table(0xee, 0)],
    ["unknown", {}],
    // A bare FAT volume: boot sector signature, but code where the table would be.
    ["unknown", { 510: "\x55\xaa", 446: "\x33\xc0\x8e\xd0\xbc\x00\x7c" }],
    ["unknown", { 510: "\x55\xaa" }],
  ])("%s: %j", async (format, marks) => {
    expect(await detectImageFormat(await file(marks as Record<number, string>))).toBe(format);
  });

  it("takes short and empty files", async () => {
    expect(await detectImageFormat(await file({}, 0))).toBe("unknown");
    expect(await detectImageFormat(await file({ 0: "QFI\xfb" }, 4))).toBe("qcow2");
    expect(await detectImageFormat(await file(table(0xef), 512))).toBe("raw");
  });

  it("rejects for a file that is not there", async () => {
    await expect(detectImageFormat(join(folder, "none"))).rejects.toThrow(/ENOENT.*none/);
  });
});

describe("checkDeclaredFormat", () => {
  it("has nothing to say when the file is what it is declared to be", async () => {
    expect(await checkDeclaredFormat(await file(iso), "iso")).toBeUndefined();
    expect(await checkDeclaredFormat(await file(table(0xef)), "raw")).toBeUndefined();
    expect(await checkDeclaredFormat(await file({ 0: "QFI\xfb" }), "qcow2")).toBeUndefined();
  });

  it("says why an ISO is not raw, hybrid or not, and what to do", async () => {
    for (const marks of [iso, { ...iso, ...table(0x17) }]) {
      const path = await file(marks);
      const sentence = await checkDeclaredFormat(path, "raw");
      expect(sentence).toContain(`${path} is declared as raw but is iso: Nova refuses`);
      expect(sentence).toContain("Declare it as iso and use it for rescue");
      expect(sentence).toContain("ipxe.usb");
    }
  });

  it("names the right format, the conversion, or the missing partition table", async () => {
    expect(await checkDeclaredFormat(await file({ 0: "QFI\xfb" }), "raw")).toMatch(/Declare it as qcow2\.$/);
    expect(await checkDeclaredFormat(await file(table(0x83)), "iso")).toMatch(/Declare it as raw\.$/);
    expect(await checkDeclaredFormat(await file({ 0: "KDMV" }), "qcow2")).toContain("qemu-img convert");
    expect(await checkDeclaredFormat(await file({}), "raw")).toContain("nor a partition table");
  });
});
