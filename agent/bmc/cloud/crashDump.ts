import { serverAction } from "../../../openstack/nova";
import { type PowerState, Unsupported } from "../../nova/machine";
import type { CloudContext } from "./context";

/** An NMI. @throws Unsupported for what is off, or where Nova has none; MachineBusy */
export async function crashDump(
  { key, uuid }: { readonly key: string; readonly uuid: string },
  power: PowerState,
  { session, signal, refusals }: Pick<CloudContext, "session" | "signal" | "refusals">,
): Promise<void> {
  if (power === "off") throw new Unsupported(`${key}: it is off, and only a running machine takes an NMI.`);
  try {
    await serverAction(session, uuid, { do: "crashDump" }, signal);
  } catch (error) {
    throw refusals.explain(key, "trigger_crash_dump", error);
  }
}
