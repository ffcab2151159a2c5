import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceKey } from "../../../toolchain/builtToolchain";

const source = join(__dirname, "..", "..", "..", "toolchain");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-key-"));
  for (const module of ["cli", "provider"])
    cpSync(join(source, module), join(folder, module), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the key depends on the content, not on where it lies", () => {
  expect(sourceKey(folder)).toBe(sourceKey(source));
  expect(sourceKey(folder)).toMatch(/^[0-9a-f]{12}$/);
});

test.each([
  "cli/go.mod",
  "cli/go.sum",
  "provider/go.mod",
  "provider/go.sum",
  "provider/main.go",
  "provider/bridge/names.go",
  "provider/generate/main.go",
  "provider/gensdk/main.go",
])("%s changes the key", (file) => {
  const before = sourceKey(folder);
  appendFileSync(join(folder, file), "\n");
  expect(sourceKey(folder)).not.toBe(before);
});

test("a new source changes the key, a generated schema does not", () => {
  const before = sourceKey(folder);
  writeFileSync(join(folder, "provider", "schema.json"), "{}");
  expect(sourceKey(folder)).toBe(before);
  writeFileSync(join(folder, "provider", "more.go"), "package main\n");
  expect(sourceKey(folder)).not.toBe(before);
});
