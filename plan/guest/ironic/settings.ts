import type { Download, LabPlan, UndercloudPlan } from "../../lab/labPlan";

/** What can be changed on a running undercloud with Ironic, as its `PUT /ovb/settings` takes it. */
export interface IronicSettings {
  /** A line each. */
  readonly authorizedKeys: readonly string[];
  /** null: what the undercloud's image has. */
  readonly kernel: Download | null;
  readonly ramdisk: Download | null;
  readonly automatedClean: boolean;
}

/** @throws Error for an undercloud without Ironic */
export function ironicSettings({
  name,
  authorizedKeys,
  ironic,
}: Pick<UndercloudPlan, "name" | "authorizedKeys" | "ironic">): IronicSettings {
  if (!ironic) throw new Error(`${name} is no undercloud with Ironic`);
  const { kernel, ramdisk, automatedClean } = ironic;
  return {
    // A text of YAML may end with a line break, or hold several keys.
    authorizedKeys: authorizedKeys
      .flatMap((text) => text.split(/[\r\n]+/))
      .map((line) => line.trim().replace(/\s+/g, " "))
      .filter((line) => line !== ""),
    kernel: kernel ? normal(kernel) : null,
    ramdisk: ramdisk ? normal(ramdisk) : null,
    automatedClean,
  };
}

/** ASCII without spaces, as HTTP has it. */
function normal({ url, sha256 }: Download): Download {
  return { url: new URL(url).href, sha256 };
}

/** The plan without what can be changed on the running undercloud: where two differ still, its VM is another. */
export function withoutSettings(plan: LabPlan): LabPlan {
  const { undercloud } = plan;
  if (!undercloud?.ironic) return plan;
  const { kernel: _, ramdisk: __, image: ___, ...ironic } = undercloud.ironic;
  return {
    ...plan,
    undercloud: {
      ...undercloud,
      authorizedKeys: [],
      ironic: { ...ironic, files: {}, automatedClean: false },
    },
  };
}
