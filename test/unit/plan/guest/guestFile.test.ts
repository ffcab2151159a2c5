import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ipaInit, ipaUdhcpc } from "../../../../images/ironic/ipaInit";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { networkSetup } from "../../../../plan/guest/bmc/network";
import { setupScript } from "../../../../plan/guest/bmc/setupScript";
import { dnsmasqInstallScript, dnsmasqServeScript } from "../../../../plan/guest/dnsmasq/dnsmasq";
import { fill } from "../../../../plan/guest/guestFile";
import { installScript as ironicInstallScript } from "../../../../plan/guest/ironic/install";
import { ironicSetupScript } from "../../../../plan/guest/ironic/setupScript";
import { packagesScript } from "../../../../plan/guest/packages/packages";
import { installScript as syncInstallScript } from "../../../../plan/guest/sync/installScript";
import { unit } from "../../../../plan/guest/unit";
import { planLab } from "../../../../plan/lab/planLab";

const root = join(__dirname, "..", "..", "..", "..");
const folder = mkdtempSync(join(tmpdir(), "ovb-guest-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = (ending: string) =>
  ["images/ironic", "plan/guest"].flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(`.${ending}`))
      .map((name) => `${room}/${name}`)
      .sort(),
  );
const isHere = (program: string) => spawnSync(program, ["--version"]).error === undefined;
/** Runs a checker. @returns what it says, "" when nothing is wrong */
function said(program: string, ...args: string[]): string {
  const env = { ...process.env, PYTHONPYCACHEPREFIX: folder };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8", env });
  return status === 0 ? "" : `${program} ended with ${status}:\n${stdout}${stderr}`;
}

const plan = (raw: object) => planLab(parseConfig({ lab: "lab", ...raw }, "dev"));
const download = { url: "https://images.example/it's", sha256: "ab".repeat(32) };
const certificate = { name: "lab-bmc", addresses: ["192.0.2.241"] };
const ironic = plan({}).undercloud!.ironic!;
const dnsmasq = plan({ ctlplane: { dhcpServer: "undercloud-ovn" } });
const sync = { lab: "lab", files: ["ovb-sync.js", "cloud.env"] } as const;

/** What guests get, each way that a template has. */
const scripts: Readonly<Record<string, string>> = {
  "BMC's setup": setupScript({ folder: "/lib", certificate }),
  "BMC's setup with a Node.js of the user's": setupScript({ folder: "/lib", nodePath: "/n", certificate }),
  "BMC's setup without HTTPS": setupScript({ folder: "/lib", nodePath: "/opt/node" }),
  "BMC's NICs": networkSetup(plan({ bmc: { mode: "nic" } }))!.script!,
  "BMC's NICs without a router": networkSetup(plan({ bmc: { mode: "nic" }, ctlplane: { routed: false } }))!
    .script!,
  "Ironic's installation": ironicInstallScript,
  "Ironic's setup": ironicSetupScript(ironic, "lab-undercloud"),
  "Ironic's setup with downloads": ironicSetupScript(
    { ...ironic, kernel: download, ramdisk: download },
    "lab-undercloud",
  ),
  "dnsmasq's installation": dnsmasqInstallScript,
  "the way to packages": packagesScript({
    mirror: "http://m.example/debian",
    proxy: "http://p.example:3128",
  }),
  "the way to packages, by a mirror": packagesScript({ mirror: "http://m.example/debian" }),
  "the way to packages, by an index": packagesScript({ pypi: "https://m.example/simple" }),
  dnsmasq: dnsmasqServeScript(dnsmasq.ctlplane, dnsmasq.undercloud!.ironic!.dhcp!),
  "sync's installation": syncInstallScript({ ...sync, reads: [], groups: [] }),
  "sync's installation with all": syncInstallScript({
    ...{ ...sync, undercloudEnv: "/root/env", reads: ["/var/lib/a", "/var/lib/b"], groups: ["dnsmasq"] },
  }),
  "the RAM disk's init": ipaInit,
  "the RAM disk's udhcpc": ipaUdhcpc,
};

/** What shellcheck sees wrong and is not; a changed byte would replace VMs. */
const excluded = [
  "SC1007", // `device= tries=0` is an empty value
  "SC2154", // udhcpc's variables are in its environment
  "SC3044", // `complete` is a function of ours, in sh no builtin
].join(",");

describe("what runs in a guest", () => {
  test("is in files of its language", () => {
    expect(files("py")).toEqual([
      "plan/guest/bootServer/dhcp.py",
      "plan/guest/ironic/settings.py",
      "plan/guest/ironic/tls.py",
    ]);
    expect(files("sh")).toEqual([
      "images/ironic/init.sh",
      "images/ironic/udhcpc.sh",
      "plan/guest/bmc/nics.sh",
      "plan/guest/bmc/setup.sh",
      "plan/guest/dnsmasq/install.sh",
      "plan/guest/dnsmasq/serve.sh",
      "plan/guest/ironic/install.sh",
      "plan/guest/ironic/setup.sh",
      "plan/guest/packages/packages.sh",
      "plan/guest/sync/install.sh",
    ]);
  });

  test.skipIf(!isHere("python3")).each(files("py"))("%s is Python", (file) => {
    expect(said("python3", "-W", "error", "-m", "py_compile", file)).toBe("");
  });

  test.each(files("sh"))("%s is sh, as a template", (file) => {
    expect(said("sh", "-n", file)).toBe("");
  });

  describe.each(Object.entries(scripts))("%s", (name, text) => {
    const file = join(folder, `${name.replace(/\W+/g, "-")}.sh`);
    writeFileSync(file, text);

    test("is sh, filled in", () => {
      expect(said("sh", "-n", file)).toBe("");
      expect(text).toMatch(/^#!\/bin\/sh\n[\s\S]*[^\n]\n$/);
      expect(text).not.toMatch(/@[A-Z][A-Z0-9_]*@|# @/);
    });

    test.skipIf(!isHere("shellcheck"))("has nothing that shellcheck warns of", () => {
      expect(said("shellcheck", "--shell=sh", "--severity=warning", `--exclude=${excluded}`, file)).toBe("");
    });
  });
});

describe("a template", () => {
  test("has its places filled, several lines too, and its parts kept or not", () => {
    const text = "a @X@ @X@\n# @if yes\n@LINES@\n  # @unless yes\nnever @GONE@\n  # @end\n# @end\nend\n";
    const values = { X: 1, LINES: "b\nc" };
    expect(fill(text, { values: { ...values, GONE: "" }, parts: { yes: true } })).toBe("a 1 1\nb\nc\nend\n");
    expect(fill(text, { values: { ...values, GONE: "" }, parts: { yes: false } })).toBe("a 1 1\nend\n");
  });

  test("that is not what its filling takes it for is an error", () => {
    const filling = (text: string, values: Record<string, string> = {}) => fill(text, { values });
    expect(() => filling("@X@")).toThrow("nothing is given for X");
    expect(() => filling("# @if yes\n# @end")).toThrow("nothing is given for yes");
    expect(() => filling("x", { X: "1" })).toThrow("the template has no X");
    expect(() => fill("# @if yes\n", { parts: { yes: true } })).toThrow("has no # @end");
    expect(() => filling("# @end")).toThrow("without a part");
  });

  test("takes no value for a place", () => {
    expect(fill("@X@\n", { values: { X: "@Y@ $& $1" } })).toBe("@Y@ $& $1\n");
  });
});

describe("a unit", () => {
  test("has a section for each subject, a line for each entry of a list, and none for what is not given", () => {
    expect(
      unit({
        description: "It",
        unit: { After: "a b", StartLimitIntervalSec: 0 },
        service: { ExecStart: "/x", Environment: ["A=1", "B=2"], User: undefined, CapabilityBoundingSet: "" },
        atBoot: true,
      }),
    ).toBe(
      "[Unit]\nDescription=It\nAfter=a b\nStartLimitIntervalSec=0\n\n" +
        "[Service]\nExecStart=/x\nEnvironment=A=1\nEnvironment=B=2\nCapabilityBoundingSet=\n\n" +
        "[Install]\nWantedBy=multi-user.target\n",
    );
    const step = unit({ description: "It", unit: {}, service: { Type: "oneshot" } });
    expect(step).toBe("[Unit]\nDescription=It\n\n[Service]\nType=oneshot\n");
  });
});
