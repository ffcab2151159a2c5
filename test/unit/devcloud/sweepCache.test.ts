import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { sweepCache } from "../../../devcloud/sweepCache";

const folder = mkdtempSync(join(tmpdir(), "ovb-sweep-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what a dead process was building goes; the complete, the living and the unknown stay", () => {
  // Process ids end at 2^22 (pid_max), so nobody has this one.
  const dead = 99_999_999;
  const kept = ["root-0a1b2c", `cloud-0a1b2c.new-${process.pid}`, "pulumi-0a1b2c", `notes.new-${dead}`];
  for (const name of [
    ...kept,
    `root-0a1b2c.new-${dead}`,
    `cloud-77.new-${dead}`,
    `undercloud-77.new-${dead}`,
  ]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "file"), "");
  }
  sweepCache(folder);
  expect(readdirSync(folder).sort()).toEqual([...kept].sort());
});

test("a cache that is not there yet is no mistake", () => {
  expect(() => sweepCache(join(folder, "none"))).not.toThrow();
});
