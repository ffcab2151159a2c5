import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { interruptible } from "../process/interrupt";
import { Phases } from "../process/phases";
import type { Progress } from "../process/progress";
import { Cloud } from "./cloud";
import { authUrl, networkNames } from "./config/settings";
import { adminAccount } from "./credentials";
import { capture, exec } from "./enter";
import { ensureIpxeImages } from "./ipxeImages";
import { showLogs } from "./logs";
import { prepare } from "./prepare";
import { runTask, showTask } from "./runTask";
import { showStatus } from "./status";
import { sweepCache } from "./sweepCache";
import { up } from "./up";

/** Inside `exec` the cloud that one is in. */
const defaultName = process.env.OVB_DEVCLOUD || "devcloud";

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It has to be a whole number above 0.");
  return value;
}

/** Runs work that SIGINT, SIGTERM and SIGHUP stop; it says how far it is on standard error, with seconds. */
async function withProgress(work: (progress: Progress) => Promise<void>): Promise<number> {
  const { report } = new Phases();
  await interruptible("What was begun is cleaned up.", (signal) => work({ report, signal }), {
    secondEnds: false,
    hangup: true,
    onInterrupt: (name) => report(`${name}: stopping and cleaning up`),
  });
  return 0;
}

async function down(names: string[], report: (line: string) => void): Promise<void> {
  sweepCache();
  for (const name of names) {
    const cloud = new Cloud(name);
    const existed = Cloud.names().includes(name);
    await cloud.stop();
    cloud.remove();
    report(existed ? `the cloud "${name}" is gone` : `there is no cloud "${name}"`);
  }
}

/** The commander program; each action leaves its exit status in `setStatus`. */
function program(setStatus: (status: number) => void): Command {
  const root = new Command("devcloud").description(
    "A real OpenStack on this machine, in a Debian root and namespaces of its own: the host is not changed.",
  );
  // Positional options: what follows the first word of exec's command is that command's, dashes and all.
  root.enablePositionalOptions().exitOverride().showHelpAfterError("(add --help for what is possible)");
  const command = (name: string, description: string): Command =>
    root.command(name).description(description).exitOverride();
  const withName = (made: Command): Command => made.option("--name <name>", "which cloud", defaultName);

  withName(command("up", "start a cloud, or see that it is up; the first time on a machine takes minutes"))
    .addOption(
      new Option("--network <kind>", "Neutron's backend: that of a cloud that runs, and else ovn").choices(
        networkNames,
      ),
    )
    .option("--fake-compute", "servers that are active at once and boot nothing, for scale", false)
    .option("--ironic", "with the image ovb-undercloud, for undercloud.kind ironic", false)
    .action(async ({ name, network, fakeCompute, ironic }) => {
      setStatus(
        await withProgress(async (progress) => {
          await up({ name, network, fakeCompute, ironic }, progress);
          progress.report(`Keystone is at ${authUrl} for: devcloud exec --name ${name} -- COMMAND`);
        }),
      );
    });
  withName(command("down", "end a cloud and remove everything of it but the cache"))
    .option("--all", "every cloud of this state folder", false)
    .action(async ({ name, all }) => {
      setStatus(await withProgress(({ report }) => down(all ? Cloud.names() : [name], report)));
    });
  command("status", "which clouds there are, and how their services do")
    .option("--json", "as JSON", false)
    .action(async ({ json }) => setStatus(await showStatus(json)));
  command(
    "prepare",
    "build what takes minutes the first time: Debian root, Pulumi and its plugin, images, a cloud's first start",
  )
    .addOption(
      new Option("--network <kind>", "the kind of cloud whose first start is made")
        .choices(networkNames)
        .default("ovn"),
    )
    .action(async ({ network }) => setStatus(await withProgress((progress) => prepare(network, progress))));
  withName(command("logs", "the log of a service, or the names of the logs"))
    .argument("[service]", "as status names it")
    .option("-f, --follow", "go on as it grows", false)
    .action(async (service, { name, follow }) => setStatus(await showLogs(new Cloud(name), service, follow)));
  withName(command("exec", "run a command of this machine where the API is reachable, as the tenant"))
    .argument("<command...>", "put -- before it")
    .option("--admin", "as the administrator", false)
    .option("--inside", "a command of the cloud's own Debian root, such as openstack or ipmitool", false)
    .passThroughOptions()
    .action(async (words, { name, admin, inside }) => {
      let images = {};
      if (!inside) {
        await withProgress(async (progress) => {
          new Cloud(name).require();
          images = await ensureIpxeImages(progress);
        });
      }
      setStatus(await exec(new Cloud(name), words, { admin, inside, images }));
    });
  withName(command("console", "the console log of a server, as Nova has it"))
    .argument("<server>", "name or id, of any project")
    .option("-f, --follow", "go on as it grows", false)
    .action(async (server, { name, follow }) => {
      const { first, record } = new Cloud(name).require();
      setStatus(
        await showTask(first, { do: "console", admin: adminAccount(record.secrets), server, follow }),
      );
    });
  withName(command("capture", "the packets on a tenant's network, as tcpdump shows them"))
    .argument("<network>", "name or id, of any project")
    .argument("[filter...]", "tcpdump filter, such as: port 67 or port 68")
    .option("-c, --count <n>", "end after so many packets", positive)
    .option("-s, --seconds <n>", "end after so many seconds", positive)
    .option("-w, --write <file>", "a pcap file instead of text")
    .action(async (network, filter, { name, count, seconds, write }) => {
      const { first, record } = new Cloud(name).require();
      const id = await runTask(first, {
        do: "find network",
        admin: adminAccount(record.secrets),
        network,
      });
      setStatus(await capture(first, id, { count, seconds, file: write, filter }));
    });
  return root;
}

/** The devcloud's command line. Returns the exit status: 0 good, 1 the command's own failure, 2 usage. */
export async function main(argv: string[]): Promise<number> {
  let status = 0;
  try {
    await program((value) => {
      status = value;
    }).parseAsync(argv, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`devcloud: ${(error as Error).message}`);
    return 1;
  }
}
