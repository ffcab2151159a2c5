import type { Command } from "commander";
import { namesCloud, ovb, project, type StackChoice, stackArguments } from "./environment";
import { cloudCommand } from "./stackOptions";

export interface StopOptions extends StackChoice {
  readonly devcloud: string;
  /** The devcloud too. */
  readonly all: boolean;
}

export function stopCommand(): Command {
  return cloudCommand("stop")
    .description("Destroy the lab that start made.")
    .option("--all", "the devcloud too", false)
    .action((options: StopOptions) => stop(options));
}

/** Destroys the lab, wherever `start` made it; with `all`, the devcloud as well. */
async function stop({ devcloud, all, ...choice }: StopOptions): Promise<void> {
  const destroy = ["destroy", ...stackArguments(choice)];
  if (namesCloud(process.env)) {
    await ovb(destroy, { output: "pass" });
    return;
  }
  // The devcloud's end is the end of all labs on it.
  if (all) await ovb(["devcloud", "down", "--name", devcloud], { output: "pass" });
  else {
    const command = [process.execPath, `${project}/cli/ovb.mjs`, ...destroy];
    await ovb(["devcloud", "exec", "--name", devcloud, "--", ...command], { output: "pass" });
  }
}
