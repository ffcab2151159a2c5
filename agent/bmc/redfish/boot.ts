import type { Firmware } from "../../../plan/lab/labPlan";
import { type BootOverride, type BootTarget, Unsupported } from "../../nova/machine";
import type { RedfishNode } from "./node";
import type { Rules } from "./patch";
import { Refusal, shown } from "./refusal";
import type { Json } from "./resource";
import { withoutCredentials } from "./virtualMedia";

const redfishTargets: Readonly<Record<BootTarget, string>> = {
  none: "None",
  pxe: "Pxe",
  disk: "Hdd",
  cdrom: "Cd",
  http: "UefiHttp",
  "bios-setup": "BiosSetup",
};
const redfishPersistence = { once: "Once", continuous: "Continuous" } as const;
const redfishModes: Readonly<Record<Firmware, string>> = { bios: "Legacy", uefi: "UEFI" };

const targetProperty = "BootSourceOverrideTarget";
const enabledProperty = "BootSourceOverrideEnabled";
const modeProperty = "BootSourceOverrideMode";

/** A system's "Boot". */
export function boot(node: RedfishNode): Json {
  const { target, persistence } = node.bootOverride();
  const values = allowed(node);
  const image = target === "http" ? node.virtualMedia?.image() : undefined;
  return {
    [enabledProperty]: target === "none" ? "Disabled" : redfishPersistence[persistence],
    [`${enabledProperty}@Redfish.AllowableValues`]: values[enabledProperty],
    [targetProperty]: redfishTargets[target],
    [`${targetProperty}@Redfish.AllowableValues`]: values[targetProperty],
    [modeProperty]: redfishModes[node.firmware],
    [`${modeProperty}@Redfish.AllowableValues`]: values[modeProperty],
    // What it boots is in the drive.
    ...(values[targetProperty].includes(redfishTargets.http) && {
      HttpBootUri: image === undefined ? "" : withoutCredentials(image),
    }),
  };
}

/** What a PATCH may change of it. */
export function bootRules(node: RedfishNode): Rules {
  const values = allowed(node);
  return values[targetProperty].includes(redfishTargets.http) ? { ...values, HttpBootUri: "string" } : values;
}

/** @param wish as `bootRules` allows it @throws MachineBusy, Refusal */
export async function setBoot(node: RedfishNode, { HttpBootUri: uri, ...wish }: Json): Promise<void> {
  const media = node.virtualMedia;
  const refused = (reason: string) =>
    new Refusal("PropertyValueNotInList", {
      args: [shown(uri), "HttpBootUri"],
      ...{ property: "/Boot/HttpBootUri", reason },
    });
  const isNone = uri === null || uri === "";
  // sushy sends null with every boot device: what InsertMedia has put in the drive stays there.
  const work =
    uri === undefined ||
    (isNone && (node.bootOverride().target !== "http" || wish[targetProperty] === redfishTargets.cdrom))
      ? undefined
      : isNone
        ? media?.eject()
        : media?.insert(uri as string);
  await work?.catch((error: unknown) => {
    throw error instanceof Unsupported ? refused(error.message) : error;
  });
  if (work !== undefined && isNone && wish[targetProperty] === undefined) wish[enabledProperty] = "Disabled";
  if (Object.keys(wish).length > 0) await set(node, overrideFrom(wish as Record<string, string>, node));
}

function overrideFrom(wish: Readonly<Record<string, string>>, node: RedfishNode): BootOverride {
  const current = node.bootOverride();
  const enabled = wish[enabledProperty];
  if (enabled === "Disabled") return { target: "none", persistence: "once" };
  return {
    target: keyOf(redfishTargets, wish[targetProperty]) ?? current.target,
    // A target alone, while nothing is overridden, is for the next boot: what sushy and most BMCs take it for.
    persistence: keyOf(redfishPersistence, enabled) ?? current.persistence,
    ...(wish[modeProperty] === undefined ? {} : { firmware: node.firmware }),
  };
}

async function set(node: RedfishNode, override: BootOverride): Promise<void> {
  try {
    await node.setBootOverride(override);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new Refusal("PropertyValueNotInList", {
      args: [redfishTargets[override.target], targetProperty],
      property: `/Boot/${targetProperty}`,
      reason: error.message,
    });
  }
}

function allowed(node: RedfishNode) {
  const isLikely = (target: BootTarget) =>
    (target !== "cdrom" && target !== "http") ||
    (node.virtualMedia !== undefined && (target === "cdrom" || node.firmware === "uefi"));
  const targets = (Object.keys(redfishTargets) as BootTarget[]).filter(
    (target) => target === "none" || (node.bootTargets?.includes(target) ?? isLikely(target)),
  );
  return {
    [targetProperty]: targets.map((target) => redfishTargets[target]),
    [enabledProperty]: ["Disabled", "Once", "Continuous"],
    // A property of the node's image: an override can't change it.
    [modeProperty]: [redfishModes[node.firmware]],
  };
}

const keyOf = <K extends string>(
  table: Readonly<Record<K, string>>,
  value: string | undefined,
): K | undefined => (Object.keys(table) as K[]).find((key) => table[key] === value);
