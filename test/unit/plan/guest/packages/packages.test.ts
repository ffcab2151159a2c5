import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../../../plan/config/parseConfig";
import { bmcCloudConfig } from "../../../../../plan/guest/bmc/userData";
import { packagesScript, packagesScriptPath } from "../../../../../plan/guest/packages/packages";
import { undercloudUserData } from "../../../../../plan/guest/undercloudUserData";
import type { PackagesPlan } from "../../../../../plan/lab/labPlan";
import { planLab } from "../../../../../plan/lab/planLab";

const plan = (packages?: object, more: object = {}) =>
  planLab(parseConfig({ lab: "lab", ...(packages && { packages }), ...more }, "dev"));
const all = {
  mirror: "http://m.example/debian/",
  proxy: "http://p.example:3128/",
  pypi: "https://m.example/simple",
};

describe("ovb:packages", () => {
  it("is in the plan without closing slashes, and not at all where it says nothing", () => {
    expect(plan(all).packages).toEqual({
      mirror: "http://m.example/debian",
      proxy: "http://p.example:3128",
      pypi: "https://m.example/simple",
    });
    expect(plan().packages).toBeUndefined();
    expect(plan({}).packages).toBeUndefined();
  });

  it.each([
    [
      { proxy: "p.example:3128" },
      'ovb:packages.proxy "p.example:3128": must be an http or https URL such as http://proxy.example:3128',
    ],
    [
      { proxy: "http://me:word@p.example:3128" },
      'ovb:packages.proxy "http://[secret]@p.example:3128": must be',
    ],
    [{ mirror: 'http://m.example/"; rm -rf /' }, "ovb:packages.mirror "],
    [{ mirror: "ftp://m.example/debian" }, "ovb:packages.mirror "],
    [
      { pypi: "https://m.example/simple?token=1" },
      'ovb:packages.pypi "https://m.example/simple?[secret]": must be',
    ],
    [{ http_proxy: "http://p.example" }, "http_proxy"],
  ])("%j is refused", (packages, message) => {
    expect(() => plan(packages)).toThrow(message);
  });

  it("is told to the undercloud and the BMC before whatever installs, and changes nothing where it is not named", () => {
    const bmc = (of: object | undefined) => {
      const none = { agent: "", cloud: { authUrl: "", insecure: false }, password: "" };
      return bmcCloudConfig(plan(of), { ...none, credential: { id: "", secret: "" } });
    };
    const undercloud = (of: object | undefined) => undercloudUserData(plan(of))!;
    for (const text of [bmc, undercloud]) {
      const { runcmd, write_files: files } = parse(text(all)) as {
        runcmd: string[][];
        write_files: { path: string; content: string }[];
      };
      expect(runcmd[0]).toEqual(["sh", packagesScriptPath]);
      expect(files.find(({ path }) => path === packagesScriptPath)!.content).toBe(
        packagesScript(plan(all).packages!),
      );
      expect(text({})).toBe(text(undefined));
      expect(text(undefined)).not.toContain(packagesScriptPath);
    }
    const bootServer = (of: object | undefined) =>
      undercloudUserData(plan(of, { undercloud: { kind: "boot-server" } }));
    expect(bootServer(all)).toBe(bootServer(undefined));
  });
});

describe("packages.sh", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ovb-packages-"));
    mkdirSync(join(root, "etc/apt/apt.conf.d"), { recursive: true });
    mkdirSync(join(root, "etc/dnf"));
    writeFileSync(join(root, "etc/dnf/dnf.conf"), "[main]\ngpgcheck=1\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Runs it with /etc and /usr/share/keyrings elsewhere. */
  function run(packages: PackagesPlan, osRelease = "ID=debian\nVERSION_CODENAME=trixie\n"): void {
    writeFileSync(join(root, "etc/os-release"), osRelease);
    const script = packagesScript(packages)
      .replaceAll(/ \/(etc|usr)\//g, ` ${root}/$1/`)
      .replaceAll(/([>=])\/(etc|usr)\//g, `$1${root}/$2/`);
    const { status, stderr } = spawnSync("sh", [], { input: script, encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  }
  const file = (path: string) => readFileSync(join(root, path), "utf8");

  it("a proxy: apt's, dnf's and pip's, once however often it runs", () => {
    for (const _ of [1, 2]) run({ proxy: "http://p.example:3128" });
    expect(file("etc/apt/apt.conf.d/90ovb-proxy")).toBe(
      'Acquire::http::Proxy "http://p.example:3128";\nAcquire::https::Proxy "http://p.example:3128";\n',
    );
    expect(file("etc/dnf/dnf.conf")).toBe("[main]\ngpgcheck=1\nproxy=http://p.example:3128\n");
    expect(file("etc/pip.conf")).toBe("[global]\nproxy = http://p.example:3128\n");
    expect(existsSync(join(root, "etc/apt/ovb-mirror.list"))).toBe(false);
  });

  it("a mirror: of the release that the image is, in place of its own sources, checked by the image's keys", () => {
    mkdirSync(join(root, "usr/share/keyrings"), { recursive: true });
    const keys = join(root, "usr/share/keyrings/debian-archive-keyring.gpg");
    writeFileSync(keys, "");
    run({ mirror: "http://m.example/debian" });
    expect(file("etc/apt/ovb-mirror.list")).toBe(
      `deb [signed-by=${keys}] http://m.example/debian trixie main\n`,
    );
    expect(file("etc/apt/apt.conf.d/90ovb-mirror")).toContain('Dir::Etc::SourceParts "/dev/null";');
    expect(existsSync(join(root, "etc/pip.conf"))).toBe(false);
    run({ mirror: "http://m.example/ubuntu" }, "ID=ubuntu\nVERSION_CODENAME=noble\n");
    expect(file("etc/apt/ovb-mirror.list")).toBe("deb http://m.example/ubuntu noble main universe\n");
  });
});
