import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { neutronConf } from "../../devcloud/config/neutron";
import { novaConf } from "../../devcloud/config/nova";
import type { CloudSettings } from "../../devcloud/config/settings";
import { networkKinds } from "../../devcloud/network/kinds";
import { ensureRoot } from "../../devcloud/root";

// A helper with two threads may hang for ever (devcloud/config/common.ts), and whoever waits for it as well.
describe.skipIf(process.getuid?.() !== 0)("the services' privileged helpers (needs root, builds it)", () => {
  const nobodys = { database: "", messageQueue: "", service: "", admin: "", tenant: "", metadata: "" };
  const neutron = (given: CloudSettings) => neutronConf(given, networkKinds.ovn.neutron);
  const settings = { network: "ovn", fakeCompute: false, secrets: nobodys } as const;

  test("have one thread each, all that the packages define", async () => {
    const root = await ensureRoot({ report: () => {}, signal: new AbortController().signal });
    const packages = join(root, "usr/lib/python3/dist-packages");
    const found = execFileSync("grep", ["-rl", "--include=*.py", "PrivContext($", "."], {
      cwd: packages,
      encoding: "utf8",
      maxBuffer: 16 * 2 ** 20,
    });
    const files = found.split("\n").filter((file) => file !== "" && !/\/(tests|functional)\//.test(file));
    const sections = files.flatMap((file) => {
      const text = readFileSync(join(packages, file), "utf8");
      const names = [...text.matchAll(/cfg_section=['"](\w+)['"]/g)].map(([, name]) => name!);
      return names.map((name) => ({ name, conf: file.startsWith("./neutron/") ? neutron : novaConf }));
    });
    expect(sections.map(({ name }) => name)).toEqual(expect.arrayContaining(["privsep", "nova_sys_admin"]));
    const without = sections.filter(
      ({ name, conf }) => !conf(settings).includes(`[${name}]\nthread_pool_size = 1\n`),
    );
    expect(without).toEqual([]);
  });
});
