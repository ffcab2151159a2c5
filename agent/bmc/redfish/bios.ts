import type { BiosValue, RedfishNode } from "./node";
import { Refusal, shown } from "./refusal";
import { type Json, link, pathOf, resource } from "./resource";

const pathOfBios = (node: RedfishNode): string => `${pathOf("Systems", node)}/Bios`;

/**
 * Nova shows no firmware's setup, and nothing here changes how a machine boots: what is set is kept, becomes current with the
 * next boot, and is read back, as clients that configure machines want it.
 */
export function bios(node: RedfishNode): Json | undefined {
  const path = pathOfBios(node);
  return (
    node.bios &&
    resource("Bios", path, {
      Id: "Bios",
      Name: "BIOS attributes",
      Attributes: { ...node.bios.current(), BootMode: node.firmware === "uefi" ? "Uefi" : "LegacyBios" },
      "@Redfish.Settings": {
        "@odata.type": "#Settings.v1_3_5.Settings",
        SettingsObject: link(`${path}/Settings`),
        SupportedApplyTimes: ["OnReset"],
        Time: "1970-01-01T00:00:00Z",
        Messages: [],
      },
      Actions: { "#Bios.ResetBios": { target: `${path}/Actions/Bios.ResetBios` } },
    })
  );
}

/** What the next boot makes current. */
export const biosSettings = (node: RedfishNode): Json | undefined =>
  node.bios &&
  resource("Bios", `${pathOfBios(node)}/Settings`, {
    Id: "Settings",
    Name: "BIOS attributes from the next boot on",
    Attributes: node.bios.pending(),
  });

/** Longer than any machine's list of them. */
const mostPending = 256;

/** @throws Refusal, MachineBusy */
export async function setBios(node: RedfishNode, body: Json): Promise<void> {
  const { Attributes: wish, "@Redfish.SettingsApplyTime": _, ...rest } = body;
  const [other] = Object.keys(rest).filter((name) => !name.includes("@"));
  const property = "/Attributes";
  if (other !== undefined) throw new Refusal("PropertyNotWritable", { args: [shown(other)] });
  if (wish === undefined) throw new Refusal("PropertyMissing", { args: ["Attributes"], property });
  if (typeof wish !== "object" || wish === null || Array.isArray(wish)) {
    throw new Refusal("PropertyValueTypeError", { args: [shown(wish), "Attributes"], property });
  }
  for (const [name, value] of Object.entries(wish)) {
    const at = { property: `${property}/${shown(name)}` };
    if (name === "BootMode") throw new Refusal("PropertyNotWritable", { args: [name], ...at });
    const fits = ["string", "number", "boolean"].includes(typeof value) || value === null;
    if (!/^[A-Za-z]\w{0,63}$/.test(name))
      throw new Refusal("PropertyUnknown", { args: [shown(name)], ...at });
    if (!fits || String(value).length > 256) {
      throw new Refusal("PropertyValueTypeError", { args: [shown(value), name], ...at });
    }
  }
  const pending = { ...node.bios!.pending(), ...(wish as Record<string, BiosValue>) };
  if (Object.keys(pending).length > mostPending) throw new Refusal("CreateLimitReachedForResource");
  await node.bios!.set(pending);
}

/** Always off: whether an image asks Nova for it is not told. A machine with BIOS has none. */
export const secureBoot = (node: RedfishNode): Json | undefined =>
  node.firmware === "bios"
    ? undefined
    : resource("SecureBoot", `${pathOf("Systems", node)}/SecureBoot`, {
        Id: "SecureBoot",
        Name: "UEFI Secure Boot",
        SecureBootEnable: false,
        SecureBootCurrentBoot: "Disabled",
        SecureBootMode: "SetupMode",
      });
