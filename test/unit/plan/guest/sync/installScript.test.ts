import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type InstalledFile,
  type InstallOptions,
  installed,
  installScript,
} from "../../../../../plan/guest/sync/installScript";
import { syncUnit } from "../../../../../plan/guest/sync/serviceUnit";

/*
 * The script is run by the real sh below a DESTDIR, with stand-ins on the PATH for Node.js and for systemctl, which notes
 * what it was asked.
 */
let root = "";
let bin = "";
let from = "";
let dest = "";
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ovb-install-"));
  [from, dest] = [join(root, "from"), join(root, "dest")];
  bin = join(dest, "opt/bin");
  for (const folder of [from, bin]) mkdirSync(folder, { recursive: true });
  env = { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, DESTDIR: dest };
  command("systemctl", `[ "$1" = --version ] && echo "systemd 252 (252.1)" || echo "$*" >>${root}/asked`);
  command("node", "echo 18");
});
afterEach(() => rmSync(root, { recursive: true }));

function command(name: string, script: string, folder = bin): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

const everything = Object.keys(installed) as InstalledFile[];

/** The folder as `ovb sync-service` writes it. */
function write(options: Partial<InstallOptions> = {}): void {
  const { files = everything, reads = [], groups = [], ...rest } = options;
  rmSync(from, { recursive: true });
  mkdirSync(from);
  for (const name of files) writeFileSync(join(from, name), `${name} of now\n`, { mode: 0o600 });
  writeFileSync(join(from, "install.sh"), installScript({ lab: "ovb-dev", files, reads, groups, ...rest }));
}

function install(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("/bin/sh", [join(from, "install.sh"), ...args], {
    env,
    timeout: 60_000,
  });
  return { status, text: `${stdout}${stderr}` };
}

/** What systemctl was asked since the last time. */
function asked(): string[] {
  const file = join(root, "asked");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  rmSync(file, { force: true });
  return lines;
}

/** Paths of the files and links below DESTDIR, but for the stand-ins. */
const present = () =>
  readdirSync(dest, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith("opt") && !lstatSync(join(dest, path)).isDirectory())
    .map((path) => `/${path}`)
    .sort();

const nodeLink = "/usr/local/lib/ovb/ovb-sync-node";
const started = ["daemon-reload", "enable ovb-sync.service", "restart ovb-sync.service"];

describe("install.sh", () => {
  test("is POSIX sh, with and without everything", () => {
    for (const options of [
      {},
      { files: ["cloud.env"] as InstalledFile[], reads: ["/a"], groups: ["dnsmasq"] },
    ]) {
      write(options);
      const { status, stderr } = spawnSync("/bin/sh", ["-n", join(from, "install.sh")]);
      expect([status, stderr.toString()]).toEqual([0, ""]);
    }
  });

  test("puts every file in its place with its mode, secrets for root alone, and starts the service; so again", () => {
    write();
    // One that an older version left open.
    const secret = join(dest, installed["cloud.env"].path);
    mkdirSync(dirname(secret), { recursive: true });
    writeFileSync(secret, "old", { mode: 0o666 });
    for (const _ of ["first", "again"]) {
      expect(install()).toMatchObject({ status: 0 });
      expect(present()).toEqual([...everything.map((name) => installed[name].path), nodeLink].sort());
      for (const name of everything) {
        const { path, mode } = installed[name];
        expect(readFileSync(join(dest, path), "utf8")).toBe(`${name} of now\n`);
        expect([name, statSync(join(dest, path)).mode & 0o777]).toEqual([name, Number.parseInt(mode, 8)]);
      }
      expect(readlinkSync(join(dest, nodeLink))).toBe("/opt/bin/node");
      expect(asked()).toEqual(started);
    }
    for (const name of ["cloud.env", "undercloud.env"] as const) expect(installed[name].mode).toBe("0600");
  });

  test("takes away what a renewed service no longer has", () => {
    write();
    install();
    const files = everything.filter((name) => !["ca.pem", "undercloud.env"].includes(name));
    write({ files });
    expect(install().status).toBe(0);
    expect(present()).toEqual([...files.map((name) => installed[name].path), nodeLink].sort());
  });

  test("--remove takes everything away, needs no other file of the folder, and leaves others' files", () => {
    write();
    install();
    asked();
    writeFileSync(join(dest, "etc/ovb/lab.json"), "{}");
    // As docs/sync.md has it: by ssh, from another machine.
    const ran = spawnSync("/bin/sh", ["-s", "--", "--remove"], {
      env,
      input: readFileSync(join(from, "install.sh")),
    });
    expect(ran.status).toBe(0);
    expect(present()).toEqual(["/etc/ovb/lab.json"]);
    expect(readdirSync(join(dest, "etc/ovb"))).toEqual(["lab.json"]);
    expect(asked()[0]).toBe("disable --now ovb-sync.service");
    rmSync(join(dest, "etc/ovb/lab.json"));
    expect(install("--remove").status).toBe(0);
    expect(asked()).not.toContain("disable --now ovb-sync.service");
    for (const folder of ["etc/ovb", "usr/local/lib/ovb"]) expect(existsSync(join(dest, folder))).toBe(false);
  });

  test("takes the Node.js that it is told, and says what to do where there is none that will do", () => {
    write();
    const own = command("my-node", "echo 22", join(dest, "opt/own"));
    expect(install("--node", own).status).toBe(0);
    expect(readlinkSync(join(dest, nodeLink))).toBe("/opt/own/my-node");
    const inHome = command("node", "echo 22", join(dest, "home/me"));
    expect(install("--node", inHome)).toMatchObject({
      status: 1,
      text: expect.stringContaining("where no service sees it"),
    });
    asked();
    command("node", "echo 16");
    command("nodejs", "exit 1");
    const { status, text } = install();
    expect(status).toBe(1);
    expect(text).toContain("opt/bin/node is Node.js 16");
    expect(text).toContain(
      "Node.js 18 or later is needed: install it (Debian, Ubuntu: apt-get install nodejs",
    );
    expect(asked()).toEqual([]);
  });

  test("says what else is missing: a file, a newer systemd, root, the right words", () => {
    write();
    rmSync(join(from, "cloud.env"));
    expect(install()).toMatchObject({
      status: 1,
      text: expect.stringContaining("cloud.env is not beside it"),
    });
    write({ undercloudEnv: "/root/undercloud.env" });
    expect(install()).toMatchObject({
      status: 1,
      text: expect.stringContaining("/root/undercloud.env is not there: put the OS_* variables"),
    });
    mkdirSync(join(dest, "root"));
    writeFileSync(join(dest, "root/undercloud.env"), "");
    command("systemctl", 'echo "systemd 239 (239-82.el8)"');
    expect(install().text).toContain("systemd 247 or later is needed, for LoadCredential=, and this is 239");
    expect(install("--purge")).toMatchObject({ status: 2, text: expect.stringContaining("Usage") });
    expect(present()).toEqual(["/root/undercloud.env"]);
    command("id", "echo 1000");
    const ran = spawnSync("/bin/sh", [join(from, "install.sh"), "--remove"], { env: { PATH: env.PATH } });
    expect([ran.status, ran.stderr.toString()]).toEqual([
      1,
      "install.sh: only root can do this: sudo sh install.sh --remove\n",
    ]);
  });

  test("warns of dnsmasq's files that the service may not read, asking as its user and groups would", () => {
    write({ reads: ["/var/lib/hosts", "/var/lib/leases"], groups: ["dnsmasq", "42461"] });
    mkdirSync(join(dest, "var/lib/hosts"), { recursive: true });
    command("setpriv", `echo "setpriv $*" >>${root}/as; exit 1`);
    const refused = install();
    expect(refused.status).toBe(0);
    expect(refused.text).toContain("/var/lib/leases is not there yet");
    expect(refused.text).toContain("/var/lib/hosts may not be read by the service");
    expect(readFileSync(join(root, "as"), "utf8")).toMatch(
      /^setpriv --reuid 65534 --regid 65534 --groups dnsmasq,42461 sh -c/,
    );
    command("setpriv", 'while [ "$1" != sh ]; do shift; done; exec "$@"');
    expect(install().text).not.toContain("may not be read");
  });
});

describe("the unit", () => {
  const unit = syncUnit({
    lab: "ovb-dev",
    undercloudEnv: "/etc/ovb/undercloud.env",
    groups: ["dnsmasq"],
    environment: ["A=b"],
  });

  test("runs sync for ever, as a user of its own, shut in, with its credentials by systemd", () => {
    const lines = unit.split("\n");
    for (const line of [
      "ExecStart=/usr/local/lib/ovb/ovb-sync-node /usr/local/lib/ovb/ovb-sync.js /etc/ovb/sync/ovb-sync.json",
      ...["Type=exec", "Restart=always", "StartLimitIntervalSec=0", "DynamicUser=yes", "MemoryMax=256M"],
      "LoadCredential=cloud:/etc/ovb/sync/cloud.env",
      "LoadCredential=undercloud:/etc/ovb/undercloud.env",
      ...["SupplementaryGroups=dnsmasq", "Environment=A=b"],
      ...["CapabilityBoundingSet=", "AmbientCapabilities=", "NoNewPrivileges=yes", "UMask=0077"],
      ...["ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes"],
      ...["ProtectKernelModules=yes", "RestrictNamespaces=yes", "SystemCallFilter=@system-service"],
      "WantedBy=multi-user.target",
    ])
      expect(lines).toContain(line);
    expect(unit).not.toContain("StateDirectory");
  });

  test("has nothing of what it does not need", () => {
    const small = syncUnit({ lab: "ovb-dev", groups: [], environment: [] });
    expect(small).not.toMatch(/undercloud:|SupplementaryGroups|Environment/);
  });

  test("is one that systemd takes", ({ skip }) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) skip("systemd-analyze is not here");
    // Without the group, which this machine need not have, and with a program that it has.
    const file = join(root, "ovb-sync.service");
    const text = unit
      .replace(/^SupplementaryGroups=.*\n/m, "")
      .replace(/^ExecStart=\S+/m, "ExecStart=/bin/sh");
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", file]);
    const said = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("ovb-sync.service"));
    expect([status, said]).toEqual([0, []]);
  });
});
