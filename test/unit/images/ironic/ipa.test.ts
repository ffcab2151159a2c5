import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deployScript } from "../../../../devcloud/deployScript";
import { undercloudScript } from "../../../../devcloud/undercloudScript";
import { buildFolder } from "../../../../images/buildFolder";
import { ipaScript } from "../../../../images/ironic/ipa";
import { ipaInit, ipaUdhcpc } from "../../../../images/ironic/ipaInit";
import { pipEnvironment } from "../../../../images/ironic/pipEnvironment";
import { hostRunner, isolatedRunner } from "../../../../images/scriptRunner";
import { installScript } from "../../../../plan/guest/ironic/install";
import { installTrouble } from "../../../../plan/guest/ironic/installTrouble";
import { pinned, pins } from "../../../../plan/guest/ironic/pins";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-ironic-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("pins", () => {
  it("are exact, sorted, and one a package", () => {
    for (const pin of pins) expect(pin).toMatch(/^[a-z0-9-]+==\d[0-9a-z.]*$/);
    const names = pins.map((pin) => pin.split("==")[0]);
    expect(names).toEqual([...new Set(names)].sort());
  });
  it("hold what is installed by name", () => {
    expect(pinned("ironic")).toBe("29.0.6");
    expect(pinned("ironic-python-agent")).toBe("10.2.3");
    expect(() => pinned("ironi")).toThrow("does not pin ironi");
  });
});

describe("the scripts", () => {
  const scripts = { installScript, ipaInit, ipaUdhcpc, ipaScript, deployScript, undercloudScript };
  it.each(Object.entries(scripts))("%s is a POSIX shell's", (_, script) => {
    execFileSync("sh", ["-n"], { input: script });
    // What TypeScript would have put in for a reference that is the shell's.
    expect(script).not.toMatch(/undefined|\[object/);
  });
  it("an undercloud's user data has room for install.sh", () => {
    expect(Buffer.byteLength(installScript)).toBeLessThan(7000);
  });
});

describe("install.sh, with stand-ins for the programs it calls", () => {
  /** Runs it with these programs on the PATH, each logging its name and arguments, and with /opt/ovb elsewhere. */
  function install(
    programs: Record<string, string>,
    { args = [], tries = 4 }: { args?: string[]; tries?: number } = {},
  ): { status: number | null; log: string[]; text: string } {
    const bin = join(folder, "bin");
    const log = join(folder, "log");
    execFileSync("mkdir", ["-p", bin]);
    writeFileSync(log, "");
    // Only the ticker's pause takes time: it is ended by the script.
    const sleep = `[ $1 = 50 ] && exec /bin/sleep 50; exit 0`;
    const all = { id: "echo 0", sleep, "apt-cache": "", ...programs };
    for (const [name, body] of Object.entries(all))
      writeFileSync(join(bin, name), `#!/bin/sh\n[ ${name} = id ] || echo "${name} $*" >>${log}\n${body}\n`, {
        mode: 0o755,
      });
    for (const name of [
      "mkdir",
      "rm",
      "mktemp",
      "cat",
      "touch",
      "sh",
      "ln",
      "sed",
      "grep",
      "sort",
      "head",
      "tail",
      "cut",
      "tr",
      "chmod",
    ])
      if (!existsSync(join(bin, name))) execFileSync("ln", ["-s", `/bin/${name}`, join(bin, name)]);
    const script = installScript.replaceAll("/opt/ovb/ironic", join(folder, "ironic"));
    const { status, stderr, stdout } = spawnSync("/bin/sh", ["-c", script, "install.sh", ...args], {
      env: { PATH: bin, OVB_TRIES: String(tries) },
      encoding: "utf8",
      timeout: 20_000,
    });
    return { status, log: readFileSync(log, "utf8").trim().split("\n"), text: stdout + stderr };
  }
  /** `python -m venv`: makes a venv whose pip succeeds and whose ironic starts. */
  const python = `case "$1" in -m) mkdir -p "$3/bin"; for p in pip ironic ironic-dbsync; do printf '#!/bin/sh\\n[ $1 != --version ] || echo 29.0.6\\n' >"$3/bin/$p"; /bin/chmod 755 "$3/bin/$p"; done;; esac`;

  it("Debian: apt-get's packages, the distribution's Python, and the second time nothing", () => {
    const first = install({ "apt-get": "", python3: python });
    expect(first.text).toContain("ovb: Ironic 29.0.6 is in");
    expect(first.status).toBe(0);
    const options =
      "-qq -o DPkg::Lock::Timeout=600 -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20";
    expect(first.log.filter((line) => line.startsWith("apt-get"))).toEqual([
      `apt-get ${options} -o APT::Update::Error-Mode=any update`,
      `apt-get ${options} install -y --no-install-recommends python3-venv ipmitool qemu-utils genisoimage ca-certificates`,
    ]);
    const second = install({ "apt-get": "", python3: python });
    expect([second.status, second.log, second.text]).toEqual([0, [""], ""]);
  });
  describe("where the distribution packages Ironic", () => {
    const policy = (candidate: string) =>
      `printf 'python3-ironic:\\n  Installed: (none)\\n  Candidate: ${candidate}\\n'`;
    const baremetal = { baremetal: "", "apt-get": "", python3: python };
    it("the series of ironic.conf is taken, and the venv leads to it", () => {
      const { log, text } = install({ ...baremetal, "apt-cache": policy("1:29.0.5-0+deb13u3") });
      expect(log.filter((line) => line.startsWith("apt-get")).at(-1)).toMatch(
        / install .* python3-ironic python3-ironicclient ipmitool qemu-utils genisoimage ca-certificates$/,
      );
      expect(log.some((line) => line.includes("venv") && line.startsWith("python3"))).toBe(false);
      expect(text).not.toContain("PyPI");
      const venv = join(folder, "ironic", "venv", "bin");
      expect(readFileSync(join(venv, "ironic"), "utf8")).toContain(
        "from ironic.cmd.singleprocess import main",
      );
      expect(readFileSync(join(venv, "ironic-dbsync"), "utf8")).toContain(
        "from ironic.cmd.dbsync import main",
      );
      expect(readlinkSync(join(venv, "baremetal"))).toBe(join(folder, "bin", "baremetal"));
      expect(readlinkSync(join(venv, "python"))).toBe(join(folder, "bin", "python3"));
    });
    it.each([
      ["another series", "1:21.4.4-0+deb12u2", []],
      ["a package that is none", "(none)", []],
      ["whoever builds an image with PyPI's", "1:29.0.5-0+deb13u3", ["pypi"]],
    ])("%s takes the pins", (_, candidate, args) => {
      const { status, text } = install({ ...baremetal, "apt-cache": policy(candidate) }, { args });
      expect([status, text]).toEqual([0, expect.stringContaining("installing Ironic 29.0.6 from PyPI")]);
    });
  });
  it("CentOS: dnf's packages, and a Python that is new enough", () => {
    const { status, log } = install({ dnf: "", "python3.12": python });
    expect(status).toBe(0);
    expect(log[0]).toMatch(/^dnf -q -y install python3.12 /);
  });
  it("a mirror that fails once is asked again; one that always fails is named, and nothing is left that looks complete", () => {
    const once = `[ -e ${folder}/asked ] || { touch ${folder}/asked; exit 1; }`;
    expect(install({ "apt-get": once, python3: python }).status).toBe(0);
    rmSync(join(folder, "ironic"), { recursive: true });
    const refused =
      "echo W: Failed to fetch http://mirror.example/InRelease  Could not connect; echo E: no; echo chatter; exit 1";
    const never = install({ "apt-get": refused, python3: python });
    expect(never.status).toBe(1);
    expect(never.text).toContain("Ironic cannot be installed: apt-get update");
    expect(never.log.filter((line) => line.startsWith("apt-get"))).toHaveLength(4);
    expect(installTrouble(never.text)).toEqual({
      tries: 4,
      why: "Ironic cannot be installed: apt-get update",
      final: true,
    });
    expect(installTrouble(never.text.replace(/.*cannot be installed.*/, ""))).toEqual({
      tries: 4,
      why: "apt-get update: E: no W: Failed to fetch http://mirror.example/InRelease Could not connect",
      final: false,
    });
    expect(existsSync(join(folder, "ironic/venv/complete"))).toBe(false);
  });
  it("a database that cannot be made is said with the reason, and nothing is left that looks complete", () => {
    const failing = `${python.replace("esac", "")} esac; printf '#!/bin/sh\\necho no room >&2; exit 1\\n' >"$3/bin/ironic-dbsync"`;
    const { status, text } = install({ "apt-get": "", python3: `[ "$1" = -c ] && exit; ${failing}` });
    expect(status).toBe(1);
    expect(text).toMatch(/no room\novb: Ironic cannot be installed: its database cannot be made/);
    expect(existsSync(join(folder, "ironic/venv/complete"))).toBe(false);
  });
  it.each([
    ["no package manager", {}, "neither apt-get nor dnf"],
    [
      "an old Python",
      { "apt-get": "", python3: "[ $1 = -c ] && exit 1; echo Python 3.9.2" },
      "this is Python 3.9.2",
    ],
    ["no root", { id: "echo 1000" }, "it takes root"],
  ])("%s is refused, with what to do", (_, programs, message) => {
    const { status, text } = install(programs);
    expect(status).toBe(1);
    expect(text).toContain(message);
  });
});

describe("pipEnvironment", () => {
  it("is pip's index and the proxies, and nothing else", () => {
    const env = { PIP_INDEX_URL: "a", https_proxy: "b", NO_PROXY: "c", PIP_TARGET: "d", OS_PASSWORD: "e" };
    expect(pipEnvironment(env)).toEqual({ PIP_INDEX_URL: "a", https_proxy: "b", NO_PROXY: "c" });
  });
});

describe("buildFolder", () => {
  const options = (extra = {}) => ({ runner: hostRunner, outDir: folder, report: () => {}, ...extra });
  it("builds once, gives the script its inputs, and another name to another recipe", async () => {
    const input = join(folder, "part");
    writeFileSync(input, "content");
    const recipe = { name: "test", script: "cp part result\nrm part", inputs: [input] };
    const built = await buildFolder(recipe, options());
    expect(readFileSync(join(built, "result"), "utf8")).toBe("content");
    expect(readFileSync(input, "utf8")).toBe("content");
    expect(await buildFolder(recipe, options({ runner: () => Promise.reject(new Error("again")) }))).toBe(
      built,
    );
    expect(await buildFolder({ ...recipe, script: "rm part" }, options())).not.toBe(built);
  });
  it("a failed or stopped build leaves nothing", async () => {
    await expect(buildFolder({ name: "test", script: "echo why >&2; false" }, options())).rejects.toThrow(
      /test-\w+ could not be built: .*why/,
    );
    const stop = new AbortController();
    const runner = async (): Promise<void> => stop.abort(new Error("stopped"));
    await expect(
      buildFolder({ name: "test", script: "" }, options({ runner, signal: stop.signal })),
    ).rejects.toThrow(/^stopped$/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)("isolatedRunner (needs root)", () => {
  const options = (signal = new AbortController().signal, lines: string[] = []) => ({
    signal,
    env: { EXTRA: "yes" },
    onLine: (line: string) => lines.push(line),
  });
  it("runs in namespaces of its own, with the environment that it is given and nothing of ours", async () => {
    const lines: string[] = [];
    process.env.OS_PASSWORD = "of the caller's";
    try {
      const script = "mkdir m\nmount -t tmpfs none m\necho $$ $EXTRA ${OS_PASSWORD-none}\ntouch m/here";
      await isolatedRunner(options(undefined, lines))(script, folder);
    } finally {
      delete process.env.OS_PASSWORD;
    }
    expect(lines).toEqual(["1 yes none"]);
    // Its mount went with it.
    expect(readdirSync(join(folder, "m"))).toEqual([]);
  });
  it("an abort ends all that it started, and is what it rejects with", async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const running = isolatedRunner({
      ...options(stop.signal, lines),
      onLine: () => stop.abort(new Error("stopped by SIGINT")),
    })(`(while :; do echo tick >>ticks; sleep 0.05; done) &\nsleep 0.2; echo started; wait`, folder);
    await expect(running).rejects.toThrow(/^stopped by SIGINT$/);
    const ticks = readFileSync(join(folder, "ticks"), "utf8");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readFileSync(join(folder, "ticks"), "utf8")).toBe(ticks);
  });
  it("a failure says what was printed last", async () => {
    await expect(isolatedRunner(options())("echo out; echo why >&2; exit 3", folder)).rejects.toThrow(
      /script ended with status 3: [\s\S]*why/,
    );
  });
});
