import { namesCloud, ovb, project, type StackChoice, stackArguments } from "./environment";

export interface StopOptions extends StackChoice {
  readonly devcloud: string;
  /** The devcloud too. */
  readonly all: boolean;
}

/** Destroys the lab, wherever `start` made it; with `all`, the devcloud as well. */
export async function stop({ devcloud, all, ...choice }: StopOptions): Promise<number> {
  const destroy = ["destroy", ...stackArguments(choice)];
  if (namesCloud(process.env)) {
    await ovb(destroy, { output: "pass" });
    return 0;
  }
  // The devcloud's end is the end of all labs on it.
  if (all) await ovb(["devcloud", "down", "--name", devcloud], { output: "pass" });
  else {
    const command = [process.execPath, `${project}/cli/ovb.mjs`, ...destroy];
    await ovb(["devcloud", "exec", "--name", devcloud, "--", ...command], { output: "pass" });
  }
  return 0;
}
