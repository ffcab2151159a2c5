import { InvalidArgumentError, Option } from "commander";
import type { ChosenLab } from "../command/labCommand";
import { type IronicOutputs, LabIronic, labOf } from "../ironic/labIronic";
import { openStack } from "../stack/environment";
import { stackClaim } from "../stack/ownState";

export const urlOption = new Option(
  "--url <url>",
  "Ironic's API, when not at the floating IP: such as https://127.0.0.1:13385 by `npx ovb forward undercloud:13385`",
);

/** What Ctrl-C leaves. */
export const takesUp = "The lab stands. What Ironic has begun goes on; the same command takes up from there.";

export function minutes(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("It is a number of minutes, 1 or more.");
}

/**
 * Waits for the Ironic of the lab that a command is about.
 * @param options another way to its API; minutes for each step of a node
 * @returns it, and the stack's outputs
 * @throws ForeignLab where the lab is another stack's, before the state is asked for
 */
export async function openIronic<Outputs extends IronicOutputs>(
  lab: ChosenLab,
  { url, timeout }: { readonly url?: string; readonly timeout?: number },
): Promise<{ ironic: LabIronic; outputs: Outputs }> {
  const { choice, session, report, signal } = lab;
  await lab.servers();
  const stack = await openStack(choice);
  const outputs = await stack.outputs<Outputs>();
  const ironic = await lab.phases.run("waiting for Ironic", async () =>
    LabIronic.open(outputs, {
      ...{ session, claim: await stackClaim(choice, labOf(outputs)), report },
      ...{ signal, url, stepMinutes: timeout },
    }),
  );
  return { ironic, outputs };
}
