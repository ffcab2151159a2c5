import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

// What a machine may lack, taken away for real from one process: the preflight meets it as it would elsewhere.

const project = join(__dirname, "..", "..");
const scratch = mkdtempSync(join(tmpdir(), "ovb-preflight-"));
const meminfo = join(scratch, "meminfo");
const up = `exec "${process.execPath}" "${join(project, "cli", "ovb.mjs")}" devcloud up --name ovb-preflight`;

afterAll(() => rmSync(scratch, { recursive: true }));

function run(command: string, ...args: string[]): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: scratch }, (error, _stdout, stderr) => {
      resolve({ status: error ? (typeof error.code === "number" ? error.code : -1) : 0, stderr });
    });
  });
}

/** In a mount namespace of its own, after the script's first lines. */
const inOwnMounts = (...lines: string[]) => run("unshare", "--mount", "sh", "-ec", [...lines, up].join("\n"));

test("not root", async () => {
  // The identity of another user, the files of this one: the checkout may be closed to others.
  const { status, stderr } = await run("unshare", "--user", "sh", "-ec", up);
  expect(stderr).toContain("needs root for its namespaces: run the command as root (sudo -E)");
  expect(status).toBe(1);
});

test("namespaces are not allowed, as in a plain container", async () => {
  const { status, stderr } = await run("setpriv", "--bounding-set", "-sys_admin", "sh", "-ec", up);
  expect(stderr).toContain("does not allow new namespaces, as inside a container without privileges");
  expect(status).toBe(1);
});

test("the kernel makes no interfaces: everything that is missing is said at once", async () => {
  const { status, stderr } = await run("setpriv", "--bounding-set", "-net_admin", "sh", "-ec", up);
  expect(stderr).toContain("modprobe veth");
  expect(stderr).toContain("no TUN/TAP devices");
  expect(stderr).toContain("no TAP device with IFF_VNET_HDR");
  expect(status).toBe(1);
});

test("no packet sockets, which the switch forwards by", async () => {
  const { status, stderr } = await run("setpriv", "--bounding-set", "-net_raw", "sh", "-ec", up);
  expect(stderr).toContain("opens no packet socket (AF_PACKET)");
  expect(status).toBe(1);
});

test("too little memory", async () => {
  const text = readFileSync("/proc/meminfo", "utf8");
  writeFileSync(meminfo, text.replace(/^MemAvailable:.*$/m, "MemAvailable:    1048576 kB"));
  const { status, stderr } = await inOwnMounts(`mount --bind "${meminfo}" /proc/meminfo`);
  expect(stderr).toContain("only 1.0 GB of memory are free, the services need 4");
  expect(status).toBe(1);
});

test("too little room on the disk, for the cache and for the cloud", async () => {
  const { status, stderr } = await inOwnMounts(
    `mkdir -p "${scratch}/cache" "${scratch}/state"`,
    `mount -t tmpfs -o size=64m tmpfs "${scratch}/cache"`,
    `mount -t tmpfs -o size=64m tmpfs "${scratch}/state"`,
    `export XDG_CACHE_HOME="${scratch}/cache" XDG_STATE_HOME="${scratch}/state"`,
  );
  expect(stderr).toMatch(/only 0\.1 GB are free at .*cache.*, 11 are needed: .*XDG_CACHE_HOME/);
  expect(stderr).toMatch(/only 0\.1 GB are free at .*state.*, 2 are needed: .*XDG_STATE_HOME/);
  expect(status).toBe(1);
});
