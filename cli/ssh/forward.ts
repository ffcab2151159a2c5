import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { isAlive } from "../../process/alive";
import { statusOf } from "../../process/run";
import { systemClock, until } from "../../process/until";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { columns } from "../command/table";
import { devcloudOf, inDevcloud } from "../stack/devcloud";
import { ovb, type StackChoice, stackArguments } from "../stack/environment";
import { type AccessOptions, addressOf } from "./labHosts";
import { inPrivateFolder } from "./privateFolder";
import { Relay } from "./relay";
import { readTargets, servicesOf, type Target } from "./target";
import { withSshConfig } from "./withSshConfig";

const lost = "The connection to the undercloud has ended: the same command opens it again.";

interface ForwardOptions extends StackChoice, AccessOptions {
  /** Folder where the sockets are to be, for the process outside a devcloud that listens for it. */
  readonly sockets?: string;
  /** That process: with it this one ends. */
  readonly until?: string;
}

export function forwardCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[targets: string[]], ForwardOptions> = {
    description:
      "Bring TCP ports of the lab to this machine's 127.0.0.1, through SSH to the undercloud, until Ctrl-C: Ironic's API,\n" +
      "Redfish, the boot server, or any port that the undercloud reaches. Of a lab on a devcloud of this machine as well.",
    interrupted: "Nothing is forwarded any more; the lab is as it was.",
    hangup: true,
    define: (command) =>
      command
        .argument(
          "[target...]",
          "[LOCAL:]SERVICE (ironic, redfish, boot) or [LOCAL:]SERVER:PORT (default: each service that the lab has)",
        )
        .option("--user <name>", "whom to log in as on the undercloud (default: its image's own user)")
        .option("-i, --identity <file>", "a key of yours beside the lab's")
        .addOption(new Option("--sockets <folder>").hideHelp())
        .addOption(new Option("--until <pid>").hideHelp()),
  };
  return labCommand("forward", spec, forward, outside);
}

async function forward(
  lab: ChosenLab,
  texts: readonly string[],
  { sockets, until: listener, ...options }: ForwardOptions,
): Promise<void> {
  const { plan, choice, signal } = lab;
  if (!plan.undercloud)
    throw new Error(
      "This lab has no undercloud to forward through (ovb:undercloud.kind none): start it from there",
    );
  const asked = texts.length > 0 ? texts : [...servicesOf(plan).keys()];
  const targets = readTargets(asked, plan);
  if (sockets !== undefined) {
    const over = new AbortController();
    const watch = setInterval(
      () => isAlive(Number(listener)) || over.abort(new Error("its listener has ended")),
      1000,
    );
    const both = AbortSignal.any([signal, over.signal]);
    return openSockets(lab, targets, sockets, options, both).finally(() => clearInterval(watch));
  }
  await inPrivateFolder(async (folder) => {
    const relays: Relay[] = [];
    try {
      for (const [i, { localPort }] of targets.entries())
        relays.push(await Relay.listen(localPort, socketOf(folder, i)));
      const devcloud = devcloudOf(choice.stack);
      if (devcloud) lab.report(`the lab is on the devcloud ${devcloud} of this machine`);
      const over = devcloud
        ? ovb(inDevcloud(devcloud, innerArguments(choice, asked, options, folder)), { signal })
        : openSockets(lab, targets, folder, options, signal);
      await opened(over, targets, folder);
      process.stdout.write(shown(targets, relays));
      await over.catch((error) => {
        if (signal.aborted) return; // Ctrl-C is how it ends
        throw error;
      });
      if (!signal.aborted) throw new Error(lost);
    } finally {
      await Promise.all(relays.map((relay) => relay.close()));
    }
  });
}

/** This command again, where the lab's addresses are: with sockets in this folder, and no longer than this process. */
function innerArguments(
  choice: StackChoice,
  asked: readonly string[],
  { user, identity }: AccessOptions,
  folder: string,
): string[] {
  return [
    ...["forward", ...stackArguments(choice), "--sockets", folder, "--until", String(process.pid)],
    ...(user === undefined ? [] : ["--user", user]),
    ...(identity === undefined ? [] : ["--identity", identity]),
    ...["--", ...asked],
  ];
}

function socketOf(folder: string, i: number): string {
  return join(folder, `${i}.sock`);
}

/** Has `ssh` listen on a socket for each target, until it ends. @throws CommandFailed; the signal's reason */
async function openSockets(
  lab: ChosenLab,
  targets: readonly Target[],
  folder: string,
  options: AccessOptions,
  signal: AbortSignal,
): Promise<void> {
  const servers = await lab.servers();
  await withSshConfig(lab, "undercloud", options, async (way) => {
    const forwards = targets.flatMap(({ host, port }, i) => [
      "-L",
      `${socketOf(folder, i)}:${addressOf(lab.plan, host, servers)}:${port}`,
    ]);
    const command = [...way.options, "-N", "-o", "ExitOnForwardFailure=yes", ...forwards, way.name];
    const status = await statusOf("ssh", command, { signal, input: "" });
    if (status !== 0) throw new Error(`${lost}\n${way.advice()}`);
  });
}

/** Waits until there is a socket for each target. @throws what `over` does, where that is sooner */
async function opened(over: Promise<unknown>, targets: readonly Target[], folder: string): Promise<void> {
  const looking = new AbortController();
  const there = async () => targets.every((_, i) => existsSync(socketOf(folder, i))) || undefined;
  const patience = { clock: systemClock, pauseMs: 50, timeoutMs: Number.POSITIVE_INFINITY };
  const waiting = until(there, { ...patience, signal: looking.signal });
  waiting.catch(() => {}); // looked for no longer
  const ended = over.then(() => {
    throw new Error(lost);
  });
  try {
    await Promise.race([waiting, ended]);
  } finally {
    ended.catch(() => {});
    looking.abort();
  }
}

function shown(targets: readonly Target[], relays: readonly Relay[]): string {
  const rows = targets.map(({ name, scheme, path = "" }, i) => {
    const at = `127.0.0.1:${relays[i]!.port}`;
    return [name, scheme ? `${scheme}://${at}${path}` : at];
  });
  return `${[...columns(rows), "Ctrl-C ends it."].join("\n")}\n`;
}
