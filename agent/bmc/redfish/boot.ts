import type { Firmware } from "../../../plan/lab/labPlan";
import { type BootOverride, type BootTarget, Unsupported } from "../../nova/machine";
import type { RedfishNode } from "./node";
import { type Details, type MessageKey, message, Refusal, shown } from "./refusal";
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

/**
 * What a PATCH of a system may change: the three of "Boot". They are one wish: a wrong value among them and none is
 * taken. What else the body has is refused, or reported beside what was done, as DSP0266 ("PATCH") says.
 * @returns annotations for the answer
 * @throws MachineBusy, Refusal
 */
export async function patchBoot(node: RedfishNode, body: Json, current: Json): Promise<Json> {
  const others = Object.keys(body).filter((name) => name !== "Boot" && !name.includes("@"));
  const refused: Refused[] = others.map((name) => [
    Object.hasOwn(current, name) ? "PropertyNotWritable" : "PropertyUnknown",
    { args: [shown(name)], property: `/${shown(name)}` },
  ]);
  const wish = body.Boot ?? {};
  if (typeof wish !== "object" || Array.isArray(wish)) {
    throw new Refusal("PropertyValueTypeError", { args: [shown(wish), "Boot"], property: "/Boot" });
  }
  const values: Readonly<Record<string, readonly string[]>> = allowed(node);
  const names = Object.keys(wish).filter((name) => !name.includes("@"));
  for (const name of names) {
    const value = (wish as Json)[name];
    const property = `/Boot/${shown(name)}`;
    const list = Object.hasOwn(values, name) ? values[name]! : undefined;
    if (list === undefined) {
      refused.push(["PropertyUnknown", { args: [shown(name)], property }]);
    } else if (typeof value !== "string") {
      throw new Refusal("PropertyValueTypeError", { args: [shown(value), name], property });
    } else if (!list.includes(value)) {
      throw new Refusal("PropertyValueNotInList", {
        args: [shown(value), name],
        property,
        reason: `${node.key} takes ${list.join(", ")}.`,
      });
    }
  }
  if (names.every((name) => !Object.hasOwn(values, name))) throw nothingDone(body, refused);
  await set(node, overrideFrom(wish as Record<string, string>, node));
  return refused.length === 0 ? {} : { "@Message.ExtendedInfo": refused.map((each) => message(...each)) };
}

function overrideFrom(wish: Readonly<Record<string, string>>, node: RedfishNode): BootOverride {
  const current = node.bootOverride();
  const enabled = wish[ENABLED];
  const target = enabled === "Disabled" ? "none" : (keyOf(TARGETS, wish[TARGET]) ?? current.target);
  return {
    target,
    // A target alone, while nothing is overridden, is for the next boot: what sushy and most BMCs take it for.
    persistence: keyOf(PERSISTENCE, enabled) ?? (current.target === "none" ? "once" : current.persistence),
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

type Refused = readonly [key: MessageKey, details: Details];

function nothingDone(body: Json, refused: readonly Refused[]): Refusal {
  const [first, ...rest] = refused;
  if (first === undefined) return new Refusal(Object.keys(body).length === 0 ? "EmptyJSON" : "NoOperation");
  return new Refusal(
    ...first,
    rest.map((each) => message(...each)),
  );
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
