import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { examplesText } from "./command/examples";
import { ExitStatus } from "./command/exitStatus";
import type { Outside } from "./command/outside";

/** A subcommand. Its file is loaded when it is asked for, so that no command waits for another's imports. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(outside?: Outside) => Command>;
  /**
   * About the cloud that a stack's lab lives on: where the environment names none, it goes there; "tenant": to a tenant alone,
   * as it reaches into a devcloud by itself.
   */
  readonly goesHome?: true | "tenant";
}

export const commands: readonly Entry[] = [
  {
    name: "plan",
    summary: "show what the lab will be, offline",
    load: async () => (await import("./lab/plan")).planCommand,
  },
  {
    name: "init",
    summary: "write a stack's configuration for your tenant, of what it has",
    load: async () => (await import("./init/init")).initCommand,
  },
  {
    name: "doctor",
    summary: "check the tenant against the plan, before anything is made",
    load: async () => (await import("./doctor/doctor")).doctorCommand,
    goesHome: true,
  },
  {
    name: "start",
    summary: "from a fresh clone to a running lab, on your tenant or on a devcloud here",
    load: async () => (await import("./lab/start")).startCommand,
  },
  {
    name: "stop",
    summary: "destroy what start made",
    load: async () => (await import("./lab/stop")).stopCommand,
  },
  {
    name: "up",
    summary: "make or change the lab on the cloud that the environment names",
    load: async () => (await import("./lab/up")).upCommand,
    goesHome: true,
  },
  {
    name: "destroy",
    summary: "destroy the lab there",
    load: async () => (await import("./lab/destroy")).destroyCommand,
    goesHome: true,
  },
  {
    name: "take-over",
    summary: "make a lab this stack's whose state is lost or given up; its nodes stay as they are",
    load: async () => (await import("./takeOver/takeOver")).takeOverCommand,
    goesHome: true,
  },
  {
    name: "status",
    summary: "the lab's servers: planned, Nova's state, BMC, boot device, address",
    load: async () => (await import("./nodes/status")).statusCommand,
    goesHome: true,
  },
  {
    name: "power",
    summary: "power nodes on and off, through Nova",
    load: async () => (await import("./nodes/power")).powerCommand,
    goesHome: true,
  },
  {
    name: "console",
    summary: "a node's serial console, as Nova keeps it",
    load: async () => (await import("./nodes/console")).consoleCommand,
    goesHome: true,
  },
  {
    name: "ssh",
    summary: "log in to the undercloud, the BMC or a node, or run a command there",
    load: async () => (await import("./ssh/ssh")).sshCommand,
    goesHome: "tenant",
  },
  {
    name: "forward",
    summary: "bring Ironic's API, Redfish or any TCP port of the lab to this machine",
    load: async () => (await import("./ssh/forward")).forwardCommand,
    goesHome: "tenant",
  },
  {
    name: "rebuild",
    summary: "put nodes back: clean, off, network-booting",
    load: async () => (await import("./nodes/rebuild")).rebuildCommand,
    goesHome: true,
  },
  {
    name: "inventory",
    summary: "write the nodes for Ironic, TripleO, Metal3 or Ansible",
    load: async () => (await import("./lab/inventory")).inventoryCommand,
    goesHome: true,
  },
  {
    name: "env",
    summary: "write what `baremetal`, ipmitool and `openstack` need, for a shell to read",
    load: async () => (await import("./env/env")).envCommand,
    goesHome: "tenant",
  },
  {
    name: "bmc",
    summary: "answer IPMI and Redfish for the lab's nodes, on this machine",
    load: async () => (await import("./bmc/bmc")).bmcCommand,
    goesHome: true,
  },
  {
    name: "fault",
    summary: "have a BMC, a NIC or a node go wrong for a time",
    load: async () => (await import("./bmc/fault")).faultCommand,
    goesHome: true,
  },
  {
    name: "sweep",
    summary: "remove what labs left behind, found by tag, age, expiry or state file",
    load: async () => (await import("./sweep/sweep")).sweepCommand,
    goesHome: true,
  },
  {
    name: "sync",
    summary: "give the nodes' ports the addresses that the undercloud gave out",
    load: async () => (await import("./sync/sync")).syncCommand,
    goesHome: true,
  },
  {
    name: "sync-service",
    summary: "the same as a service of the undercloud: write what it takes, with a credential of its own",
    load: async () => (await import("./sync/syncService")).syncServiceCommand,
    goesHome: true,
  },
  {
    name: "ipa",
    summary: "build the kernel and RAM disk that Ironic inspects and deploys nodes with",
    load: async () => (await import("./deploy/ipa")).ipaCommand,
  },
  {
    name: "enroll",
    summary: "register the lab's nodes with the Ironic on its undercloud",
    load: async () => (await import("./deploy/enroll")).enrollCommand,
    goesHome: true,
  },
  {
    name: "deploy",
    summary: "deploy nodes with it",
    load: async () => (await import("./deploy/deploy")).deployCommand,
    goesHome: true,
  },
  {
    name: "undeploy",
    summary: "take nodes back in it",
    load: async () => (await import("./deploy/undeploy")).undeployCommand,
    goesHome: true,
  },
  {
    name: "pulumi",
    summary: "run Pulumi on the lab's stack",
    load: async () => (await import("./lab/pulumi")).pulumiCommand,
    goesHome: true,
  },
];

/**
 * The `ovb` command.
 * @param argv the arguments, without node and script.
 * @param outside the cloud that commands are about: the one that the environment names, unless somebody hands in another.
 * @returns the exit status: 0 good, 1 the command's own failure, 2 wrong usage; `ovb ssh`: that of what ran there.
 */
export async function main(argv: readonly string[], outside?: Outside): Promise<number> {
  try {
    const program = await ovb(argv, outside);
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ExitStatus) return error.status;
    console.error(explain(error));
    return 1;
  }
}

async function ovb(argv: readonly string[], outside: Outside | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8"));
  const program = new Command("ovb")
    .description("Virtual baremetal labs on a public OpenStack.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(ovb --help lists the commands)");
  program.hook("preAction", async (_, command) => {
    const entry = commands.find(({ name }) => name === command.name());
    if (!entry?.goesHome || outside !== undefined) return;
    const { goHome } = await import("./command/goHome");
    await goHome(argv, command.opts(), entry.goesHome);
  });
  for (const { name, summary, load } of commands) {
    // The others are there by name alone, for --help and for "did you mean".
    const command = argv.includes(name) ? (await load())(outside) : new Command(name);
    program.addCommand(command.summary(summary).copyInheritedSettings(program));
    command.addHelpText("after", examplesText(name));
    command.showHelpAfterError(`(ovb ${name} --help says more)`);
  }
  return program;
}

/** A message is for the user; a mistake of ours comes with where it happened. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const ours = [TypeError, RangeError, ReferenceError].some((type) => error instanceof type);
  return ours ? `A mistake in ovb itself, please report it: ${error.stack}` : error.message;
}
