import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deployImageFile, deployScript } from "../../devcloud/deployScript";
import { guestName } from "../../devcloud/guest";
import { folderOf } from "../../images/buildFolder";
import { consoleOutput, listServers } from "../../openstack/nova";
import { cacheFolder } from "../../process/folders";
import { PackageProxy } from "./packageProxy";
import { inventory, session } from "./tenant";
import { succeeded, TestLab } from "./testLab";

// One lab on the image that has cloud-init and nothing of ours; each test finds what the one before it left. Under emulation the
// undercloud takes a quarter of an hour for its 200 packages.
vi.setConfig({ testTimeout: 90 * 60_000, hookTimeout: 20 * 60_000 });
const proxy = new PackageProxy();
const image = join(folderOf({ name: "deploy", script: deployScript }, cacheFolder()), deployImageFile);
const lab = new TestLab("stock", {
  lab: "ovb-stock",
  packages: { proxy: proxy.url, mirror: proxy.mirror },
  undercloud: { kind: "ironic", image: guestName, flavor: "undercloud", ironic: { files: { image } } },
  nodes: [{ count: 1 }],
});
let before: Awaited<ReturnType<typeof inventory>>;

beforeAll(async () => {
  before = await inventory();
});
afterAll(async () => {
  await lab.destroy();
  lab.remove();
  proxy.stop();
});

async function undercloudConsole(): Promise<string> {
  const name = lab.plan.undercloud!.name;
  const server = (await listServers(session, { name })).find((one) => one.name === name)!;
  return consoleOutput(session, server.id);
}

test("without a way to packages up says so within minutes: what was tried, and the way out", async () => {
  const { status, stderr } = await lab.up(["--no-boot"]);
  console.log(stderr);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /ovb-stock-undercloud: it has no way to packages, tried \d+ times: apt-get update: .*ovb:packages/,
  );
  expect(stderr).toContain(`${proxy.url.replace("http://", "")}`);
  // From the beginning of the wait, when the BMC has answered.
  const stamps = [...stderr.matchAll(/^ *([\d.]+)s {2}(.*)$/gm)].map(([, at, what]) => ({
    at: Number(at),
    what,
  }));
  const began = stamps.find(({ what }) => what === "waiting for Ironic")!.at;
  expect(stamps.at(-1)!.at - began).toBeLessThan(300);
  expect(await undercloudConsole()).toMatch(/ovb: no way to packages \(try \d+\): apt-get update: /);
});

test("with one, the same command goes on: Debian's own Ironic, IPA and image from here, a node deployed", async () => {
  await proxy.start();
  const began = Date.now();
  const { stdout, stderr } = succeeded(await lab.up([]));
  console.log(stderr, stdout, `${Math.round((Date.now() - began) / 1000)} s`);
  expect(stdout).toMatch(/proof +Ironic deployed Debian on node-0/);
  expect(stderr).toContain("bringing IPA's kernel to the undercloud");
  const ssh = succeeded(
    await lab.ovb("ssh", [
      ...["undercloud", "--", "dpkg-query -W python3-ironic python3-ironicclient"],
      "; readlink /opt/ovb/ironic/venv/bin/baremetal",
    ]),
  );
  expect(ssh.stdout).toMatch(/python3-ironic\s+1:29\.[\s\S]*\/usr\/bin\/baremetal/);
});

test("again, it has nothing to bring and nothing to do", async () => {
  const { stderr } = succeeded(await lab.up([]));
  expect(stderr).not.toContain("bringing");
  expect(stderr).toContain("this lab is not new");
});

test("destroy leaves nothing", async () => {
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
});
