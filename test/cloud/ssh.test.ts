import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, get } from "node:https";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { project, succeeded, TestLab } from "./testLab";

// Without a key of anybody's: the lab's own has to do, on the undercloud, on the BMC and on a node that Ironic deployed.
vi.setConfig({ testTimeout: 40 * 60_000 });
const lab = new TestLab("ssh", {
  lab: "ovb-ssh",
  undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud" },
  bmc: { redfish: { httpsPort: 8443 } },
  nodes: [{ count: 1 }],
});
const ssh = (...args: string[]) => lab.ovb("ssh", args);

beforeAll(async () => {
  succeeded(await lab.up());
}, 40 * 60_000);
afterAll(async () => {
  await lab.destroy();
  lab.remove();
});

test("the undercloud and, through it, the BMC, as the image's own user", async () => {
  expect(succeeded(await ssh("undercloud", "--", "whoami; hostname")).stdout).toBe(
    "debian\novb-ssh-undercloud\n",
  );
  expect(succeeded(await ssh("bmc", "--", "whoami; hostname")).stdout).toBe("debian\novb-ssh-bmc\n");
  expect((await ssh("bmc", "--", "exit 3")).status).toBe(3);
});

test("README's ipmitool line, typed in a shell", async () => {
  const command = (name: string, ...extra: string[]) =>
    [process.execPath, ...lab.command(name, extra)].map((word) => `'${word}'`).join(" ");
  const node = lab.plan.nodes[0]!;
  const ipmitool = `ipmitool -I lanplus -H ${node.ipmiAddress} -p ${node.ipmiPort} -U admin -f /dev/stdin power status`;
  const script = `. "$(${command("env")})"; echo "$IPMI_PASSWORD" | ${command("ssh", "undercloud", "--", ipmitool)}`;
  const child = spawn("sh", ["-euc", script], { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  expect((await once(child, "close"))[0]).toBe(0);
  expect(said).toMatch(/^Chassis Power is (on|off)$/m);
});

test("forward brings Ironic's API and Redfish here", async () => {
  const args = lab.command("forward", ["16385:ironic", "18443:redfish"]);
  const child = spawn(process.execPath, args, { cwd: project, stdio: ["ignore", "pipe", "inherit"] });
  try {
    let said = "";
    for await (const text of child.stdout) {
      said += text;
      if (said.includes("Ctrl-C")) break;
    }
    expect(said).toContain("http://127.0.0.1:16385");
    const api = await fetch("http://127.0.0.1:16385/v1");
    expect(((await api.json()) as { id: string }).id).toBe("v1");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      // A certificate that nobody has signed.
      const agent = new Agent({ rejectUnauthorized: false });
      get("https://127.0.0.1:18443/redfish/v1", { agent }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
    expect(status).toBe(200);
  } finally {
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect((await ended)[0]).toBe(0);
  }
});

test("a node that Ironic deployed, without a key on the command line", async () => {
  succeeded(await lab.ovb("deploy", ["node-0", "--yes"]));
  // Its first boot goes on for a while.
  await vi.waitFor(
    async () =>
      expect(succeeded(await ssh("node-0", "--", "whoami; hostname")).stdout).toBe(
        "debian\novb-ssh-node-0\n",
      ),
    { timeout: 15 * 60_000, interval: 5000 },
  );
});
