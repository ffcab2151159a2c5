import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildImage, type Recipe } from "../../../images/buildImage";
import { ipxeDiskProperties, ipxeIsoProperties } from "../../../images/imageProperties";
import { ipxeScript } from "../../../images/ipxeScript";
import { missingIpxeTools } from "../../../images/ipxeTools";
import { hostRunner } from "../../../images/scriptRunner";
import { cdSector, consoleCdBoot, consoleMbr } from "../../../images/serialConsole";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ovb-images-"));
});
afterEach(() => rm(folder, { recursive: true }));

const report = (): void => {};
const recipe: Recipe = { name: "test", format: "raw", minDiskGiB: 1, script: "printf content > image" };
const contentSha256 = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73";

describe("buildImage", () => {
  it("builds once, says so once, and finds the file afterwards", async () => {
    const lines: string[] = [];
    const options = {
      runner: hostRunner,
      outDir: join(folder, "new"),
      report: (line: string) => lines.push(line),
    };
    const built = await buildImage(recipe, options);
    expect(built).toEqual({
      path: join(folder, "new", basename(built.path)),
      format: "raw",
      minDiskGiB: 1,
      sha256: contentSha256,
    });
    expect(basename(built.path)).toMatch(/^test-[0-9a-f]{12}\.raw$/);
    const runner = () => Promise.reject(new Error("built again"));
    expect(await buildImage(recipe, { ...options, runner })).toEqual(built);
    expect(lines).toEqual([`building ${basename(built.path)}`]);
    expect(await readdir(join(folder, "new"))).toEqual([
      basename(built.path),
      `${basename(built.path)}.sha256`,
    ]);
    // The checksum file is sha256sum's own format.
    execFileSync("sha256sum", ["-c", "--status", `${basename(built.path)}.sha256`], {
      cwd: join(folder, "new"),
    });
  });

  it("builds again what was changed or cut off, and other recipes under other names", async () => {
    const options = { runner: hostRunner, outDir: folder, report };
    const { path } = await buildImage(recipe, options);
    await writeFile(path, "cut");
    expect((await buildImage(recipe, options)).sha256).toBe(contentSha256);
    expect(await readFile(path, "utf8")).toBe("content");
    const other = await buildImage({ ...recipe, script: "printf other > image" }, options);
    expect(other.path).not.toBe(path);
  });

  it("leaves nothing behind when the script fails, and passes on why", async () => {
    const script = "echo half > image; echo no mcopy here >&2; false; echo never";
    const failing = buildImage({ ...recipe, script }, { runner: hostRunner, outDir: folder, report });
    await expect(failing).rejects.toThrow(/^test-\w+\.raw could not be built: .*status 1: no mcopy here$/);
    expect(await readdir(folder)).toEqual([]);
  });

  it("leaves nothing behind when it is stopped", async () => {
    const controller = new AbortController();
    const runner = async (script: string, outDir: string): Promise<void> => {
      await hostRunner(script, outDir);
      controller.abort(new Error("stopped by the user"));
    };
    const stopped = buildImage(recipe, { runner, outDir: folder, report, signal: controller.signal });
    await expect(stopped).rejects.toThrow("stopped by the user");
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("hostRunner", () => {
  it("stops at the first error and at unset variables, and keeps the end of long messages", async () => {
    await expect(hostRunner("false; true", folder)).rejects.toThrow("status 1: no message");
    await expect(hostRunner('echo "$nothing"', folder)).rejects.toThrow("nothing");
    const long = hostRunner(
      "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 3",
      folder,
    );
    const message = await long.catch((error: Error) => error.message);
    expect(message).toMatch(/^script ended with status 3: .*line 2999$/s);
    expect((message as string).length).toBeLessThan(2100);
  });
});

describe("ipxeScript", () => {
  const script = ipxeScript(["sanboot ||"]);
  it("jumps to labels that exist only, and never ends", () => {
    const labels = [...script.matchAll(/^:(\w+)$/gm)].map(([, label]) => label);
    const jumps = [...script.matchAll(/goto (\w+)/g)].map(([, label]) => label);
    expect([...new Set(jumps)].sort()).toEqual([...labels].sort());
    expect(script.trimEnd().split("\n").at(-1)).toBe("goto round");
  });
  it("asks for IPv4 alone and does what it is told when the boot file returns", () => {
    expect(script).toMatch(/^#!ipxe\n/);
    expect(script).toContain("ifconf --configurator dhcp net${nic} || goto next");
    expect(script).not.toMatch(/^(dhcp|autoboot)/m);
    expect(script).toMatch(/:returned\n.*\nsanboot \|\|\n/);
  });
});

describe("the serial console", () => {
  // What NASM made of the listing in images/serialConsole.ts, as a whole.
  it("is a boot sector whose copied parts lie where its own code says", () => {
    expect(consoleMbr.toString("hex")).toBe(
      "fa31c08ed88ed0bc007cfcc43e40002666813d80fc0e757429ff0e1304a11304c1e0068ec0be757c31ffb92100f3a466a140002666a31d00c706400000008c064200fb31c98ec1be577cbf0006b91e00f3a4ea00060000be0e06b442cd1372feea007c000010000100007c0000010000000000000080fc0e751750525188c4bafd0331c9eca820e1fbb2f888e0ee595a58ea00000000",
    );
    expect(consoleMbr.length).toBeLessThan(440); // the partition table
  });

  it("is a CD's sector that leaves room for the boot information table", () => {
    expect(consoleCdBoot.length).toBe(cdSector);
    expect(consoleCdBoot.subarray(0, 64).toString("hex")).toBe(`eb3e${"00".repeat(62)}`);
    expect(consoleCdBoot.subarray(64).toString("hex").replace(/0+$/, "")).toBe(
      "fa31c08ed88ed0bc007cfcc43e40002666813d80fc0e757429ff0e1304a11304c1e0068ec0beb17c31ffb92100f3a466a140002666a31d00c706400000008c064200fb66a10c7c664066a30c8431c98ec1bea17cbf0006b91000f3a4ea00060000be0084bf007cb90004f3a5ea007c000080fc0e751750525188c4bafd0331c9eca820e1fbb2f888e0ee595a58ea",
    );
  });
});

describe("image properties", () => {
  it("are exactly these, as strings in the order of their keys", () => {
    const text = (properties: object): string => JSON.stringify(properties);
    expect(text(ipxeDiskProperties({ firmware: "bios" }))).toBe(
      '{"hw_firmware_type":"bios","os_shutdown_timeout":"1"}',
    );
    expect(text(ipxeDiskProperties({ firmware: "uefi" }))).toBe(
      '{"hw_firmware_type":"uefi","hw_machine_type":"q35","os_shutdown_timeout":"1"}',
    );
    expect(text(ipxeIsoProperties({ firmware: "uefi" }))).toBe(
      '{"hw_firmware_type":"uefi","hw_machine_type":"q35","hw_rescue_bus":"sata","hw_rescue_device":"cdrom","os_shutdown_timeout":"1"}',
    );
  });
});

describe("missingIpxeTools", () => {
  // Where /usr/sbin is /usr/bin (Fedora 42) nothing can be hidden by PATH.
  it.skipIf(existsSync("/usr/sbin/mcopy"))("names each missing program with its packages", async () => {
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      // sfdisk and mkfs.vfat are looked for in /usr/sbin as well, so they may be found.
      const missing = await missingIpxeTools();
      expect(missing).toContain("mcopy (Debian: mtools, Fedora: mtools)");
      expect(missing).toContain("qemu-img (Debian: qemu-utils, Fedora: qemu-img)");
    } finally {
      process.env.PATH = path;
    }
  });
});
