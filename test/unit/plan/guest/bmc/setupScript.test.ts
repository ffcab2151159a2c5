import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setupScript } from "../../../../../plan/guest/bmc/setupScript";

/*
 * The script is run by the real sh, with a PATH that holds stand-ins for the distributions' commands and nothing else
 * but what POSIX promises. openssl and readlink are the machine's own.
 */
let root = "";
let bin = "";
let folder = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ovb-setup-"));
  bin = join(root, "bin");
  folder = join(root, "ovb");
  for (const path of [bin, folder]) mkdirSync(path);
  for (const tool of ["ln", "readlink", "mv", "tail", "cat"]) link(tool);
  link("openssl");
  command("sleep", 'echo "slept $1"');
});

afterEach(() => rmSync(root, { recursive: true }));

function link(tool: string): void {
  const found = spawnSync("sh", ["-c", `command -v ${tool}`])
    .stdout.toString()
    .trim();
  symlinkSync(found, join(bin, tool));
}

function command(name: string, script: string): string {
  const file = join(bin, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A Node.js that can tell its version, and nothing else. */
const nodeOf = (major: number) => `echo ${major}`;
/** What a package manager does when it installs Node.js: the stand-in writes another stand-in. */
const installs = (major: number) =>
  `printf '#!/bin/sh\\necho ${major}\\n' >${"$"}BIN/nodejs; /bin/chmod 755 ${"$"}BIN/nodejs`;

function run(options: Partial<Parameters<typeof setupScript>[0]> = {}) {
  const script = join(root, "setup.sh");
  writeFileSync(script, setupScript({ folder, ...options }));
  const { status, stdout, stderr } = spawnSync("/bin/sh", [script], {
    env: { PATH: bin, BIN: bin },
    timeout: 60_000,
  });
  return {
    status,
    text: `${stdout}${stderr}`,
    node: existsSync(join(folder, "node")) ? readlinkSync(join(folder, "node")) : undefined,
  };
}

describe("Node.js", () => {
  test("that is there and new enough is used, and no package manager is run", () => {
    const node = command("node", nodeOf(20));
    command("apt-get", "echo APT >&2");
    const ran = run();
    expect(ran).toMatchObject({ status: 0, node });
    expect(ran.text).not.toContain("APT");
  });

  test("under Debian's other name", () => {
    const node = command("nodejs", nodeOf(18));
    expect(run()).toMatchObject({ status: 0, node });
  });

  test("on Debian and Ubuntu comes from apt-get, after its lists", () => {
    command("apt-get", `echo "apt-get $*"; case "$*" in *install*) ${installs(18)};; esac`);
    const ran = run({ certificate: { name: "bmc", addresses: ["192.0.2.241"] } });
    expect(ran).toMatchObject({ status: 0, node: join(bin, "nodejs") });
    expect(ran.text).toMatch(/apt-get -q update\napt-get -qy --no-install-recommends install nodejs openssl/);
  });

  test("on CentOS Stream and Fedora comes from dnf, a module of it where there are modules", () => {
    command("dnf", `echo "dnf $*"; case "$*" in *module*) exit 1;; *install*) ${installs(22)};; esac`);
    const ran = run();
    expect(ran).toMatchObject({ status: 0, node: join(bin, "nodejs") });
    expect(ran.text).toMatch(/dnf -qy --setopt=install_weak_deps=False install nodejs\n/);
  });

  test("that is too old is said, with the way out, and waited for ever longer", () => {
    command("node", nodeOf(12));
    command("apt-get", "exit 100");
    // The fourth pause ends the wait: somebody has put a new one there.
    command("sleep", `echo "slept $1"; [ "$1" -lt 40 ] || printf '#!/bin/sh\\necho 20\\n' >$BIN/node`);
    const ran = run();
    expect(ran).toMatchObject({ status: 0, node: join(bin, "node") });
    expect(ran.text).toContain("is Node.js 12, and 18 or later is needed");
    expect(ran.text).toContain(
      "use an image that has them (ovb:bmc.image), or name Node.js in ovb:bmc.nodePath",
    );
    expect(ran.text.match(/slept \d+/g)).toEqual(["slept 5", "slept 10", "slept 20", "slept 40"]);
  });

  test("a mirror that comes later is enough", () => {
    command("apt-get", `case "$*" in *install*) [ -e $BIN/late ] && { ${installs(18)}; };; esac`);
    command("sleep", 'echo "slept $1"; echo >$BIN/late');
    const ran = run();
    expect(ran).toMatchObject({ status: 0, node: join(bin, "nodejs") });
    expect(ran.text.match(/slept \d+/g)).toEqual(["slept 5"]);
  });

  test("as configured is used and nothing else is; one that is none is named", () => {
    command("node", nodeOf(20));
    const own = join(root, "own-node");
    command("sleep", `echo "slept $1"; printf '#!/bin/sh\\necho 22\\n' >${own}; /bin/chmod 755 ${own}`);
    const ran = run({ nodePath: own });
    expect(ran).toMatchObject({ status: 0, node: own });
    expect(ran.text).toContain(`ovb:bmc.nodePath ${own} is no Node.js 18 or later here`);
  });
});

describe("the certificate of Redfish", () => {
  const certificate = { name: "ovb-dev-bmc", addresses: ["192.0.2.241"] };
  const file = (name: string) => join(folder, name);

  test("is for the BMC's addresses, its key for nobody else, and the next boot keeps both", () => {
    command("node", nodeOf(20));
    expect(run({ certificate }).status).toBe(0);
    const text = spawnSync("openssl", [
      "x509",
      "-in",
      file("redfish-cert.pem"),
      "-noout",
      "-text",
    ]).stdout.toString();
    expect(text).toContain("IP Address:192.0.2.241");
    expect(text).toContain("DNS:ovb-dev-bmc");
    expect(statSync(file("redfish-key.pem")).mode & 0o777).toBe(0o600);
    const before = readFileSync(file("redfish-cert.pem"), "utf8");
    expect(run({ certificate }).status).toBe(0);
    expect(readFileSync(file("redfish-cert.pem"), "utf8")).toBe(before);
  });

  test("half of one is made anew", () => {
    command("node", nodeOf(20));
    writeFileSync(file("redfish-cert.pem"), "half");
    run({ certificate });
    expect(readFileSync(file("redfish-cert.pem"), "utf8")).toContain("BEGIN CERTIFICATE");
  });

  test("without HTTPS there is none, and openssl is not asked for", () => {
    command("node", nodeOf(20));
    rmSync(join(bin, "openssl"));
    expect(run().status).toBe(0);
    expect(existsSync(file("redfish-cert.pem"))).toBe(false);
  });
});
