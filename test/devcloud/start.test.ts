import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

// What a user does on this machine, by the commands of the README. In order: each test finds what the last one left.

const project = join(__dirname, "..", "..");
const name = "ovb-start";

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

function ovb(...args: string[]): Promise<Ran> {
  const env = { ...process.env };
  delete env.OS_CLOUD;
  delete env.OS_AUTH_URL;
  const began = performance.now();
  return new Promise((resolve) => {
    const options = { cwd: project, env, maxBuffer: 64 * 2 ** 20 };
    execFile(process.execPath, ["cli/ovb.mjs", ...args], options, (error, stdout, stderr) => {
      const status = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ status, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });
}

afterAll(async () => {
  await ovb("devcloud", "down", "--name", name);
});

test("npm start ends with a lab in which a node has fetched boot.ipxe and was deployed by Ironic", async () => {
  const { status, stdout, stderr } = await ovb("start", "--devcloud", name);
  expect(stderr).toContain("a real OpenStack is started on this machine");
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/node-0 has fetched boot\.ipxe/);
  expect(stdout).toMatch(/Ironic deployed Debian on node-0 in \d+ s, and it booted that/);
  expect(stdout).toMatch(/nodes\.json +\S+/);
  console.log(stderr.slice(stderr.lastIndexOf("Duration")));
});

test("what the devcloud runs is told where the iPXE images are", async () => {
  const print = "echo $OVB_IPXE_DISK && ls $OVB_IPXE_DISK $OVB_IPXE_ISO";
  const { status, stdout } = await ovb("devcloud", "exec", "--name", name, "--", "sh", "-c", print);
  expect(status).toBe(0);
  expect(stdout).toMatch(/ipxe-disk-[0-9a-f]+\.qcow2\n/);
});

test("a second npm start changes nothing", async () => {
  const { status, stdout, stderr } = await ovb("start", "--devcloud", name);
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/\d+ unchanged/);
  expect(stderr).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  expect(stdout).toContain("Ironic answers: node-0 active, node-1 manageable");
});

test("npm stop destroys the lab, and can be repeated", async () => {
  const first = await ovb("stop", "--yes", "--devcloud", name);
  expect(first.status, first.stderr).toBe(0);
  const servers = await ovb(
    "devcloud",
    "exec",
    "--name",
    name,
    "--inside",
    "--",
    "openstack",
    "server",
    "list",
    "-f",
    "value",
  );
  expect(servers).toMatchObject({ status: 0, stdout: "" });
  const again = await ovb("stop", "--yes", "--devcloud", name);
  expect(again.status, again.stderr).toBe(0);
  expect(again.stderr).toContain("there is no lab of the stack dev");
});

test("npm stop -- --all ends the devcloud", async () => {
  const { status, stderr } = await ovb("stop", "--all", "--yes", "--devcloud", name);
  expect(status, stderr).toBe(0);
  const { stdout } = await ovb("devcloud", "status", "--json");
  expect(stdout).not.toContain(name);
});
