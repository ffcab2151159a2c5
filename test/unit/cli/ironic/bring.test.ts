import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageToDeploy } from "../../../../cli/deploy/deploy";
import { bring, broughtImage } from "../../../../cli/ironic/bring";
import type { IronicClient } from "../../../../cli/ironic/client";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const plan = (ironic: object = {}) =>
  planLab(parseConfig({ lab: "lab", undercloud: { ironic } }, "dev")).undercloud!.ironic!;

let folder: string;
let lines: string[];
/** What the undercloud has. */
let has: Record<string, string | null> | undefined;
let why: string;
let uploads: string[];
let builds: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-bring-"));
  for (const name of ["kernel", "ramdisk", "image.qcow2"]) writeFileSync(join(folder, name), name);
  lines = [];
  has = { kernel: null, ramdisk: null, image: null };
  why = "";
  uploads = [];
  builds = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An undercloud that takes what it is brought. */
const client = {
  call: async () => ({ why, files: has }),
  upload: async (path: string) => {
    uploads.push(path);
    const [, name, sum] = /^\/ovb\/files\/(\w+)\/(\w+)$/.exec(path)!;
    if (why === "") has![name!] = sum!;
  },
} as unknown as IronicClient;

const brings = (ironic?: object, more: { patienceMs?: number } = {}) =>
  bring(plan(ironic), {
    ...{ client, report: (line: string) => lines.push(line), pauseMs: 1, ...more },
    buildIpa: async () => {
      builds++;
      return { kernel: join(folder, "kernel"), ramdisk: join(folder, "ramdisk") };
    },
  });

describe("an undercloud", () => {
  it("without IPA is brought what is built here, once", async () => {
    for (const _ of [1, 2]) await brings();
    expect(builds).toBe(1);
    expect(uploads).toEqual([
      `/ovb/files/kernel/${sha256("kernel")}`,
      `/ovb/files/ramdisk/${sha256("ramdisk")}`,
    ]);
    expect(lines).toEqual([
      "the undercloud has no IPA: building it here",
      "bringing IPA's kernel to the undercloud: 0 MiB",
      "bringing IPA's RAM disk to the undercloud: 0 MiB",
    ]);
  });

  it("whose image has all of it is brought nothing, nor one that fetches it, nor one of a program of before", async () => {
    has = { kernel: "", ramdisk: "", image: "" };
    await brings();
    has = { kernel: null, ramdisk: null, image: null };
    const source = { url: "https://images.example/x", sha256: "ab".repeat(32) };
    await brings({ kernel: source, ramdisk: source });
    has = undefined;
    await brings();
    expect([builds, uploads, lines]).toEqual([0, [], []]);
  });

  it("is brought the files that the configuration names, each where it has another", async () => {
    has = { kernel: "", ramdisk: sha256("ramdisk"), image: "0".repeat(64) };
    const of = (name: string) => join(folder, name);
    await brings({ files: { kernel: of("kernel"), ramdisk: of("ramdisk"), image: of("image.qcow2") } });
    expect(uploads).toEqual([
      `/ovb/files/kernel/${sha256("kernel")}`,
      `/ovb/files/image/${sha256("image.qcow2")}`,
    ]);
    expect(builds).toBe(0);
  });

  it("that does not take something over is an error with its own words; a file that is not there one with its key", async () => {
    why = "the kernel that was brought is damaged: npx ovb up brings it again";
    await expect(brings()).rejects.toThrow(`The undercloud does not take over IPA's kernel: ${why}`);
    why = "busy";
    await expect(brings(undefined, { patienceMs: -1 })).rejects.toThrow("kernel: busy");
    await expect(brings({ files: { kernel: "nowhere/kernel" } })).rejects.toThrow(
      "ovb:undercloud.ironic.files.kernel: nowhere/kernel is not there",
    );
  });
});

describe("what nodes are deployed with", () => {
  const url = "http://192.0.2.240:8088";
  it("is what was brought, what the image has, or what the configuration names, and else nothing", async () => {
    has = { kernel: "", ramdisk: "", image: null };
    expect(await broughtImage(client)).toBeUndefined();
    expect(imageToDeploy(plan(), url, await broughtImage(client))).toBeUndefined();
    has.image = "";
    expect(imageToDeploy(plan(), url, await broughtImage(client))!.url).toBe(`${url}/deploy/debian-13.raw`);
    has.image = "ab";
    const files = { image: "my.QCOW2" };
    expect(imageToDeploy(plan({ files }), url, await broughtImage(client))).toEqual({
      ...{ url: `${url}/deploy/image`, checksum: "ab", format: "qcow2" },
    });
    expect(imageToDeploy(plan(), url, "ab")!.format).toBe("raw");
    const image = { url: "https://images.example/i", sha256: "cd".repeat(32) };
    expect(imageToDeploy(plan({ image }), url, undefined)).toEqual({
      ...{ url: image.url, checksum: image.sha256, format: "raw" },
    });
    has = undefined;
    expect(await broughtImage(client)).toBe("");
  });

  it("is said once: a file beside a URL is refused", () => {
    const image = { url: "https://images.example/i", sha256: "cd".repeat(32) };
    expect(() => plan({ image, files: { image: "x" } })).toThrow(
      /ovb:undercloud\.ironic\.files\.image .*is given beside ovb:undercloud\.ironic\.image; leave one of them out/,
    );
    expect(() => plan({ files: { kernel: "https://images.example/k" } })).toThrow("not a URL");
  });
});
