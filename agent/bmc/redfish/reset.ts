import { type PowerAction, type PowerState, Unsupported } from "../../nova/machine";
import { parameters } from "./body";
import type { RedfishNode } from "./node";
import { Refusal, shown } from "./refusal";
import type { Json } from "./resource";

const resetAction = "#ComputerSystem.Reset";

const resetTypes: Readonly<Record<string, (power: PowerState) => PowerAction>> = {
  On: () => "on",
  ForceOn: () => "on",
  ForceOff: () => "off",
  GracefulShutdown: () => "soft",
  ForceRestart: () => "reset",
  GracefulRestart: () => "restart",
  PushPowerButton: (power) => (power === "on" ? "soft" : "on"),
  PowerCycle: () => "cycle",
  Nmi: () => "diag",
};

/**
 * Milliseconds that a power-off's answer waits for its end, so that the PowerState asked for next is "Off". Longer ones
 * go on; then it is "On" until the machine is off: "PoweringOff" is off to clients that ask for "On" only (fence_redfish).
 */
const holdMs = 8_000;

export const allowedResets = ({ powerActions }: RedfishNode): string[] =>
  Object.keys(resetTypes).filter((type) =>
    (["on", "off"] as const).every((power) => powerActions?.includes(resetTypes[type]!(power)) ?? true),
  );

/** @throws MachineBusy */
export async function reset(node: RedfishNode, body: Json): Promise<void> {
  const { ResetType: type } = parameters(resetAction, body, { required: ["ResetType"] });
  if (typeof type !== "string" || !allowedResets(node).includes(type)) {
    throw new Refusal("ActionParameterValueNotInList", { args: [shown(type), "ResetType", resetAction] });
  }
  const actionFor = resetTypes[type]!;
  // Only the button looks at the power state first: the rest works while that is not known.
  const action = actionFor(type === "PushPowerButton" ? await node.power() : "on");
  try {
    await node.change(action);
    if (action === "off") await node.settled(holdMs);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new Refusal("ActionParameterValueConflict", { args: ["ResetType", type], reason: error.message });
  }
}
