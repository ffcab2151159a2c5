import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { ConfigError } from "../../plan/config/parseConfig";
import { readLabConfig } from "../../plan/config/readLabConfig";
import { planLab } from "../../plan/lab/planLab";
import type { Setting } from "../../plan/lab/setting";
import { filesIn } from "../../process/filesIn";
import type { Check } from "../../tenant/fit/check";
import { project, type StackChoice } from "../stack/environment";
import { readStackConfig, stackFile } from "../stack/stackConfig";
import type { Lab } from "../stack/stackPlan";
import { applySettings } from "./applySettings";

/** A stack's file, and what it would be. */
export interface Mending {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** What fails still, by looking alone. */
  readonly left: readonly Check[];
}

/** What one fix has brought about may take another. */
const mostRounds = 6;

/**
 * The stack's file with everything that failed checks settle by their own word. Nothing is written.
 * @param failed of the file as it is
 * @param look at a lab, without making anything: what fails
 */
export async function mend(
  choice: StackChoice,
  failed: readonly Check[],
  look: (lab: Lab) => Promise<readonly Check[]>,
): Promise<Mending> {
  const file = stackFile({ folder: project, ...choice });
  const before = readFileSync(file, "utf8");
  let after = before;
  let left = failed;
  const done = new Set<string>();
  for (let round = 0; round < mostRounds; round++) {
    const fresh = fixesOf(left).filter((one) => !done.has(JSON.stringify(one)));
    if (fresh.length === 0) break;
    for (const one of fresh) done.add(JSON.stringify(one));
    const next = applySettings(after, fresh, readText(choice, after).config);
    const lab = labOf(choice, next);
    if (!lab) break; // what does not go together is for the user to settle
    after = next;
    // What trying alone has shown is tried again once the file is written.
    left = await look(lab);
  }
  return { file, before, after, left };
}

/** A key once: of several counts the smallest. */
function fixesOf(failed: readonly Check[]): Setting[] {
  const all = new Map<string, Setting>();
  for (const one of failed.flatMap(({ fix = [] }) => fix)) {
    const key = JSON.stringify(one.path);
    const known = all.get(key);
    const isSmaller =
      typeof known?.value === "number" && typeof one.value === "number" && one.value < known.value;
    if (!known || isSmaller) all.set(key, one);
  }
  return [...all.values()];
}

/** Unified, as `diff -u`. */
export function patchOf({ file, before, after }: Mending): string {
  const name = basename(file);
  return createTwoFilesPatch(name, name, before, after, "", "as the checks say").replace(/^=+\n/, "");
}

/** @throws Error where somebody has changed the file meanwhile */
export function writeMended({ file, before, after }: Mending): void {
  if (!existsSync(file) || readFileSync(file, "utf8") !== before)
    throw new Error(`${file} has changed meanwhile; nothing was written. Run the command again.`);
  writeFileSync(file, after);
}

/** @returns undefined where the configuration is refused */
function labOf(choice: StackChoice, text: string): Lab | undefined {
  const { config: raw, stack, folder, unknown } = readText(choice, text);
  try {
    const config = readLabConfig(raw, stack, filesIn(folder), unknown);
    return { config, plan: planLab(config) };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** As if the stack's file had this text. */
function readText({ stack }: StackChoice, text: string): ReturnType<typeof readStackConfig> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-doctor-"));
  try {
    const configFile = join(folder, "Pulumi.yaml");
    writeFileSync(configFile, text, { mode: 0o600 });
    return readStackConfig({ folder: project, stack, configFile, env: process.env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
