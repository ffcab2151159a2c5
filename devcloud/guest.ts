import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { buildFolder, type FolderRecipe, folderOf } from "../images/buildFolder";
import { guestDebian } from "../images/debian";
import { ipaFiles, ipaScript } from "../images/ironic/ipa";
import { pipEnvironment } from "../images/ironic/pipEnvironment";
import { mmdebstrapPhase } from "../images/mmdebstrapPhase";
import type { ScriptRunner } from "../images/scriptRunner";
import { cacheFolder } from "../process/folders";
import type { Progress } from "../process/progress";
import { deployImageFile, deployScript } from "./deployScript";
import { guestScript, kernelArguments } from "./guestScript";
import { inTurn } from "./inTurn";
import { runInRoot } from "./root";
import { undercloudScript } from "./undercloudScript";

/** The names a tenant finds the images under, with real compute and with fake. */
export const guestName = guestDebian.image;
export const undercloudName = "ovb-undercloud";

/** A Debian for undercloud and BMC VMs: the files to upload, absolute paths in the cache. */
export interface Guest {
  /** Name of the image on the devcloud. */
  name: string;
  /** qcow2, an ext4 file system without a partition table: the kernel comes from outside. */
  disk: string;
  kernel: string;
  initrd: string;
  /** Glance's os_command_line. */
  commandLine: string;
}

/**
 * Returns the guest image; builds it in the cache when it is missing (2 minutes on two cores, needs Debian's
 * packages). `root` is the Debian root that has mmdebstrap and the image tools.
 */
export async function ensureGuest(options: InRoot): Promise<Guest> {
  const folder = await buildInRoot({ name: "guest", script: guestScript }, options);
  return { name: guestName, ...bootFiles(folder) };
}

/** IPA's kernel and RAM disk (images/ironic/ipa.ts): absolute paths of ipaFiles in the cache, built when missing. */
export async function ensureIpa(options: InRoot): Promise<string[]> {
  const folder = await buildInRoot({ name: "ipa", script: ipaScript }, options);
  return ipaFiles.map((file) => join(folder, file));
}

/** The guest with Ironic in it, IPA's files and an image to deploy (undercloudScript.ts). */
export async function ensureUndercloud(options: InRoot): Promise<Guest> {
  const [ipa, folderOfDeploy] = await Promise.all([
    ensureIpa(options),
    buildInRoot({ name: "deploy", script: deployScript }, options),
  ]);
  const deploy = ["", ".sha256"].map((end) => join(folderOfDeploy, `${deployImageFile}${end}`));
  const recipe = { name: "undercloud", script: undercloudScript, inputs: [...ipa, ...deploy] };
  return { name: undercloudName, ...bootFiles(await buildInRoot(recipe, options)) };
}

type InRoot = Progress & { root: string };

async function buildInRoot(recipe: FolderRecipe, { root, report, signal }: InRoot): Promise<string> {
  const onLine = (line: string): void => {
    const phase = mmdebstrapPhase(line);
    if (phase !== undefined) report(`  ${recipe.name}: ${phase}`);
  };
  // INITRD=No: Debian's kernel package would make an initrd that none of ours needs.
  const env = { INITRD: "No", ...pipEnvironment() };
  const runner: ScriptRunner = (script, outDir) => runInRoot(root, script, outDir, { signal, onLine, env });
  const folder = folderOf(recipe, cacheFolder());
  // What is there is nobody's turn: another version of it may be under way elsewhere.
  if (existsSync(folder)) return folder;
  return inTurn(basename(folder), { report, signal }, () =>
    buildFolder(recipe, { runner, outDir: cacheFolder(), report, signal }),
  );
}

function bootFiles(folder: string): Omit<Guest, "name"> {
  const file = (name: string): string => join(folder, name);
  return {
    disk: file("disk.qcow2"),
    kernel: file("kernel"),
    initrd: file("initrd"),
    commandLine: kernelArguments("/dev/vda"),
  };
}
