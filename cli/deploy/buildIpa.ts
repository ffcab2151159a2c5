import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildFolder, folderOf } from "../../images/buildFolder";
import { isHere } from "../../images/ipxeTools";
import { ipaFiles, ipaScript } from "../../images/ironic/ipa";
import { pipEnvironment } from "../../images/ironic/pipEnvironment";
import { mmdebstrapPhase } from "../../images/mmdebstrapPhase";
import { isolatedRunner } from "../../images/scriptRunner";
import type { Progress } from "../../process/progress";

/** What the script needs of this machine, and the Debian package that brings it. */
const needed: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  cpio: "cpio",
  zstd: "zstd",
  unshare: "util-linux",
  setpriv: "util-linux",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
};

/**
 * IPA, built on this machine or found built.
 * @param outDir a folder of its own is made in it, named after what IPA is made of
 * @returns absolute paths
 * @throws Error with what this machine lacks, before anything begins
 */
export async function buildIpa(
  outDir: string,
  { report, signal }: Progress,
): Promise<{ readonly kernel: string; readonly ramdisk: string }> {
  const recipe = { name: "ipa", script: ipaScript };
  const [kernel, ramdisk] = ipaFiles.map((file) => join(folderOf(recipe, outDir), file)) as [string, string];
  if (existsSync(kernel)) return { kernel, ramdisk };
  const lacking = await missing();
  if (lacking.length > 0)
    throw new Error(
      `IPA cannot be built here:\n  ${lacking.join("\n  ")}\nBuilt elsewhere (npx ovb ipa build), its files are named in ` +
        "ovb:undercloud.ironic.files, their URLs in ovb:undercloud.ironic.kernel and ramdisk.",
    );
  const onLine = (line: string) => {
    const phase = mmdebstrapPhase(line);
    if (phase !== undefined) report(`  ${phase}`);
  };
  const runner = isolatedRunner({ signal, env: pipEnvironment(), onLine });
  await buildFolder(recipe, { runner, outDir, report, signal });
  return { kernel, ramdisk };
}

/** What to do before it can be built here, a line each. */
async function missing(): Promise<string[]> {
  if (process.platform !== "linux") return ["it takes Debian or Ubuntu; this is not Linux"];
  const lines: string[] = [];
  if (process.getuid?.() !== 0) lines.push("it makes a Debian root, which takes root: run it with sudo");
  for (const [name, debian] of Object.entries(needed))
    if (!(await isHere([name]))) lines.push(`${name} is missing: apt-get install ${debian}`);
  return lines;
}
