import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { IronicOutputs } from "../../cli/ironic/labIronic";
import { authFromEnvironment } from "../../openstack/auth";
import { consoleOutput } from "../../openstack/nova";
import { Session } from "../../openstack/session";
import { GuestAccess } from "../cloud/guest";
import { type LabOutputs, succeeded, TestLab } from "../cloud/testLab";
import { until } from "../cloud/until";
import { onBenchCloud } from "./benchCloud";

/*
 * `npm run bench:flavor [-- --ram 768,640,512,448,384,320 --disk 4 --timeout 6]`: the smallest flavor that Ironic inspects
 * and deploys, on a devcloud of its own. A lab with a node for each size; they are deployed one after another, from the
 * largest on, until one does not come up. Prints a Markdown table with what each has and uses of its memory once deployed,
 * and the undercloud's. `--flavors` makes the flavors, as the administrator; `--inside`: on the cloud that the
 * environment names.
 */
const { values: options } = parseArgs({
  options: {
    /** MiB */
    ram: { type: "string", default: "768,640,512,448,384,320" },
    /** GiB; the agent takes no disk below 4 for the root disk (guess_root_disk). */
    disk: { type: "string", default: "4" },
    /** Minutes for each of a node's steps. */
    timeout: { type: "string", default: "6" },
    flavors: { type: "boolean", default: false },
    inside: { type: "boolean", default: false },
  },
});
const name = "ovb-bench-flavor";
const sizes = options.ram.split(",").map(Number);
const flavor = (ram: number) => `bench.${ram}`;
const say = (line: string) => process.stderr.write(`${line}\n`);

async function makeFlavors(): Promise<void> {
  const session = new Session(authFromEnvironment());
  for (const ram of sizes) {
    await session.request("compute", "POST", "/flavors", {
      json: { flavor: { name: flavor(ram), ram, vcpus: 1, disk: Number(options.disk) } },
    });
  }
}

async function inside(): Promise<void> {
  const guest = await new GuestAccess().create();
  const lab = new TestLab(name, {
    lab: name,
    undercloud: { kind: "ironic", image: "ovb-undercloud", flavor: "undercloud" },
    nodes: sizes.map((ram, i) => ({
      ...{ name: `ram${ram}`, count: 1, flavor: flavor(ram), firstAddress: `192.0.2.${10 + i}` },
    })),
    authorizedKeys: [guest.publicKey],
  });
  const folder = mkdtempSync(join(tmpdir(), "ovb-bench-"));
  const word = "OVB-BENCH what was deployed runs";
  const userData = join(folder, "user-data");
  const sshKey = join(folder, "key.pub");
  writeFileSync(userData, `#cloud-config\nruncmd:\n- [sh, -c, 'echo "${word}" >/dev/console']\n`);
  writeFileSync(sshKey, guest.publicKey);
  try {
    succeeded(await lab.up());
    const outputs = (await lab.outputs()) as LabOutputs & IronicOutputs;
    const outside = outputs.undercloud.floatingIp!;
    // free -m's second line: total used free …
    const memory = async (address: string, via?: string) => {
      const { text } = await guest.run(address, "free -m", via);
      const [, total, used] = text.split("\n")[1]!.split(/\s+/);
      return `${used} of ${total} MiB`;
    };
    const session = new Session(authFromEnvironment());
    console.log("| flavor | deployed | seconds | memory in use once deployed |\n|---|---|---|---|");
    for (const ram of sizes) {
      const node = lab.plan.nodes.find(({ key }) => key === `ram${ram}-0`)!;
      const began = Date.now();
      const files = ["--user-data", userData, "--ssh-key", sshKey];
      const ran = await lab.ovb("deploy", [node.key, "--inspect", "--timeout", options.timeout, ...files]);
      say(ran.stderr);
      const booted =
        ran.status === 0 &&
        (await until(`"${word}" on the console`, async () => {
          return (await consoleOutput(session, outputs.nodes[node.name]!.id)).includes(word);
        }).catch((error: Error) => say(error.message)));
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      const size = `${ram} MiB, ${options.disk} GiB`;
      if (!booted) {
        console.log(`| ${size} | no | ${seconds} | |`);
        break;
      }
      await guest.wait(node.address, 600_000, outside);
      console.log(`| ${size} | yes | ${seconds} | ${await memory(node.address, outside)} |`);
      // What a node does then costs the next one its share of the machine.
      succeeded(await lab.ovb("power", ["off", node.key]));
    }
    const { text } = await guest.run(outside, "ps -o rss=,args= -u ovb-ironic");
    console.log(`\nUndercloud: ${await memory(outside)} in use. Its Ironic (KiB, RSS):\n${text}`);
  } finally {
    succeeded(await lab.destroy());
    lab.remove();
    guest.remove();
    rmSync(folder, { recursive: true });
  }
}

const main = options.flavors
  ? makeFlavors()
  : options.inside
    ? inside()
    : onBenchCloud(name, __filename, { up: ["--ironic"], asAdmin: ["--flavors"] });
main.catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
