import type { Firmware } from "../../../plan/lab/labPlan";
import { type BootOverride, type BootTarget, Unsupported } from "../../nova/machine";
import type { RedfishNode } from "./node";
import type { Rules } from "./patch";
import { Refusal } from "./refusal";
import type { Json } from "./resource";

const TARGETS: Readonly<Record<BootTarget, string>> = {
  none: "None",
  pxe: "Pxe",
  disk: "Hdd",
  cdrom: "Cd",
  "bios-setup": "BiosSetup",
};
const PERSISTENCE = { once: "Once", continuous: "Continuous" } as const;
const MODES: Readonly<Record<Firmware, string>> = { bios: "Legacy", uefi: "UEFI" };

const TARGET = "BootSourceOverrideTarget";
const ENABLED = "BootSourceOverrideEnabled";
const MODE = "BootSourceOverrideMode";

/** A system's "Boot". */
export function boot(node: RedfishNode): Json {
  const { target, persistence } = node.bootOverride();
  const values = allowed(node);
  return {
    [ENABLED]: target === "none" ? "Disabled" : PERSISTENCE[persistence],
    [`${ENABLED}@Redfish.AllowableValues`]: values[ENABLED],
    [TARGET]: TARGETS[target],
    [`${TARGET}@Redfish.AllowableValues`]: values[TARGET],
    [MODE]: MODES[node.firmware],
    [`${MODE}@Redfish.AllowableValues`]: values[MODE],
  };
}

/** What a PATCH may change of it. */
export const bootRules = (node: RedfishNode): Rules => allowed(node);

/** @param wish as `bootRules` allows it @throws MachineBusy, Refusal */
export const setBoot = (node: RedfishNode, wish: Json): Promise<void> =>
  set(node, overrideFrom(wish as Record<string, string>, node));

function overrideFrom(wish: Readonly<Record<string, string>>, node: RedfishNode): BootOverride {
  const current = node.bootOverride();
  const enabled = wish[ENABLED];
  if (enabled === "Disabled") return { target: "none", persistence: "once" };
  return {
    target: keyOf(TARGETS, wish[TARGET]) ?? current.target,
    // A target alone, while nothing is overridden, is for the next boot: what sushy and most BMCs take it for.
    persistence: keyOf(PERSISTENCE, enabled) ?? current.persistence,
    ...(wish[MODE] === undefined ? {} : { firmware: node.firmware }),
  };
}

async function set(node: RedfishNode, override: BootOverride): Promise<void> {
  try {
    await node.setBootOverride(override);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new Refusal("PropertyValueNotInList", {
      args: [TARGETS[override.target], TARGET],
      property: `/Boot/${TARGET}`,
      reason: error.message,
    });
  }
}

function allowed(node: RedfishNode) {
  const targets = (Object.keys(TARGETS) as BootTarget[]).filter(
    (target) =>
      target === "none" ||
      (node.bootTargets?.includes(target) ?? (target !== "cdrom" || node.virtualMedia !== undefined)),
  );
  return {
    [TARGET]: targets.map((target) => TARGETS[target]),
    [ENABLED]: ["Disabled", "Once", "Continuous"],
    // A property of the node's image: an override can't change it.
    [MODE]: [MODES[node.firmware]],
  };
}

const keyOf = <K extends string>(
  table: Readonly<Record<K, string>>,
  value: string | undefined,
): K | undefined => (Object.keys(table) as K[]).find((key) => table[key] === value);
