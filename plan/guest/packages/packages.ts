import type { PackagesPlan } from "../../lab/labPlan";
import { fill, guestFile } from "../guestFile";

const template = guestFile("packages/packages.sh");

export const packagesScriptPath = "/usr/local/lib/ovb/packages.sh";

/** POSIX sh for root: tells apt, dnf and pip the way to packages. Said twice it says the same. */
export function packagesScript({ mirror, proxy, pypi }: PackagesPlan): string {
  const pip = [...(proxy ? [`proxy = ${proxy}`] : []), ...(pypi ? [`index-url = ${pypi}`] : [])];
  return fill(template, {
    values: { MIRROR: mirror ?? "", PROXY: proxy ?? "", PIP: ["[global]", ...pip].join("\n") },
    parts: { mirror: mirror !== undefined, proxy: proxy !== undefined, pip: pip.length > 0 },
  });
}

/** What cloud-init is given for it, before whatever installs packages; nothing where the image's own way does. */
export function packagesSetup(plan: PackagesPlan | undefined) {
  if (plan === undefined) return { files: [], commands: [] };
  return {
    files: [{ path: packagesScriptPath, content: packagesScript(plan) }],
    commands: [["sh", packagesScriptPath]],
  };
}
