import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { installedPackages, requiredPlugins } from "../../../toolchain/installedPackages";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-packages-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, manifest: object) {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, "package.json"), JSON.stringify(manifest));
}

test("packages are found scoped, nested and linked, each once, and broken ones are passed over", () => {
  write(".", { name: "program", dependencies: { a: "*" }, devDependencies: { "@s/b": "*" } });
  write("node_modules/a", { name: "a", version: "1.0.0" });
  write("node_modules/@s/b", { name: "@s/b", version: "2.0.0" });
  write("node_modules/@s/b/node_modules/a", { name: "a", version: "0.9.0" });
  symlinkSync(join(folder, "node_modules/a"), join(folder, "node_modules/c"));
  mkdirSync(join(folder, "node_modules/empty"));
  mkdirSync(join(folder, "node_modules/.bin"));
  writeFileSync(join(folder, "node_modules/empty/package.json"), "{");
  const found = installedPackages(folder).map(({ name, version, direct }) => `${name} ${version} ${direct}`);
  expect(found.sort()).toEqual(["@s/b 2.0.0 true", "a 0.9.0 false", "a 1.0.0 true"]);
});

test("only SDKs of resource plugins ask for plugins, by their plugin's name and version", () => {
  const common = { direct: true };
  expect(
    requiredPlugins([
      { ...common, name: "@pulumi/pulumi", version: "3.248.0" },
      {
        ...common,
        name: "@pulumi/openstack",
        version: "v3.15.2",
        pulumi: { resource: true, name: "openstack" },
      },
      { ...common, name: "@pulumi/random", version: "4.0.0", pulumi: { resource: true, version: "4.1.0" } },
      {
        ...common,
        name: "other",
        version: "1.0.0",
        pulumi: { resource: true, name: "o", server: "https://x.example" },
      },
      { ...common, name: "@pulumi/openstack", version: "3.15.2", pulumi: { resource: true } },
    ]),
  ).toEqual([
    { name: "openstack", version: "v3.15.2", server: "" },
    { name: "random", version: "v4.1.0", server: "" },
    { name: "o", version: "v1.0.0", server: "https://x.example" },
  ]);
});
