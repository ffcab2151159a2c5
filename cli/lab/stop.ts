import type { Command } from "commander";
import { CommandFailed } from "../../process/run";
import { type Answer, asks, confirm, counted, type Deed, requireAnswer } from "../command/confirm";
import { cloudCommand } from "../command/stackCommand";
import { inDevcloud } from "../stack/devcloud";
import { namesCloud, ovb, type StackChoice, stackArguments } from "../stack/environment";
import { refuseDevcloud } from "../stack/home";

export interface StopOptions extends StackChoice, Answer {
  readonly devcloud: string;
  /** The devcloud too. */
  readonly all: boolean;
}

export function stopCommand(): Command {
  return asks(cloudCommand("stop"))
    .description("Destroy the lab that start made. Says what will go, and asks.")
    .option("--all", "the devcloud too, with every lab on it", false)
    .action((options: StopOptions, command: Command) => {
      requireAnswer(command, options);
      return stop(options);
    });
}

/** Destroys the lab, wherever `start` made it; with `all`, the devcloud as well. */
async function stop({ devcloud, all, yes, ...choice }: StopOptions): Promise<void> {
  const destroy = ["destroy", ...stackArguments(choice), ...(yes ? ["--yes"] : [])];
  if (namesCloud(process.env)) {
    await ovb(destroy, { output: "pass" });
    return;
  }
  if (!all) refuseDevcloud(choice.stack);
  // The devcloud's end is the end of all labs on it.
  if (all) {
    const facts = yes ? [] : await labsOn(devcloud);
    await confirm(
      { what: `End the devcloud ${devcloud} on this machine, and every lab on it:`, facts },
      { yes },
    );
    await ovb(["devcloud", "down", "--name", devcloud], { output: "pass" });
  } else await ovb(inDevcloud(devcloud, destroy), { output: "pass" });
}

/** The servers of each lab on the devcloud, as its own Nova has them. */
async function labsOn(devcloud: string): Promise<Deed["facts"]> {
  try {
    const look = ["sweep", "--all", "--dry-run", "--format", "json"];
    const text = await ovb(inDevcloud(devcloud, look), { output: "capture" });
    const { labs } = JSON.parse(text) as {
      labs: { lab: string; resources: { kind: string; name: string }[] }[];
    };
    return labs.map(({ lab, resources }) => {
      const servers = resources.filter(({ kind }) => kind === "server").map(({ name }) => name);
      return [lab, servers.length > 0 ? `servers ${counted(servers)}` : "no server"];
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return [["labs", "not known: it does not answer"]]; // a dead one is to be ended as well
  }
}
