import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { IronicSettings } from "../../plan/guest/ironic/settings";
import { type IronicClient, IronicError } from "./client";

const path = "/ovb/settings";
const pauseMs = 2000;
/** Busy nodes are not waited for longer: a deployment by IPA takes minutes, and the undercloud itself goes on waiting. */
const busyMs = 30_000;

/** What the undercloud answers: what was put last, and what became of it. */
interface Shown {
  readonly settings: IronicSettings;
  readonly state: "applying" | "waiting" | "applied" | "failed";
  readonly why: string;
}

export interface HandOverOptions {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** How long IPA may take to be fetched. @default 30 minutes */
  readonly patienceMs?: number;
  readonly busyMs?: number;
}

/** In the configuration's words. */
const words: Readonly<Record<keyof IronicSettings, string>> = {
  authorizedKeys: "SSH keys",
  kernel: "IPA's kernel",
  ramdisk: "IPA's RAM disk",
  automatedClean: "automated cleaning",
};

/**
 * Tells a running undercloud what has changed that replaces no VM, and waits until it is so.
 * @returns what was changed, in words
 * @throws Error with the undercloud's own words where it cannot
 */
export async function handOver(
  client: IronicClient,
  wanted: IronicSettings,
  { report, signal, patienceMs = 30 * 60_000, busyMs: longest = busyMs }: HandOverOptions,
): Promise<string[]> {
  let shown: Shown;
  try {
    shown = await client.call<Shown>("GET", path);
  } catch (error) {
    if (!(error instanceof IronicError) || error.status !== 404) throw error;
    report("the undercloud was made before it could be told settings: the next `npx ovb up` replaces it");
    return [];
  }
  const names = Object.keys(words) as (keyof IronicSettings)[];
  // Of the stack's outputs nothing is to be sent that this does not know.
  const all = Object.fromEntries(
    names.map((name) => [name, wanted[name] ?? null]),
  ) as unknown as IronicSettings;
  const changed = names.filter((name) => !isDeepStrictEqual(shown.settings[name], all[name]));
  // What failed may have been the network: it is tried once more.
  if (changed.length > 0 || shown.state === "failed") shown = await client.call<Shown>("PUT", path, all);
  const what = changed.map((name) => words[name]).join(", ");
  const started = Date.now();
  let told = "";
  let busySince: number | undefined;
  while (shown.state !== "applied") {
    if (shown.state === "failed")
      throw new Error(
        `The undercloud cannot do what the configuration says: ${shown.why}. Change it, then \`npx ovb up\`.`,
      );
    busySince = shown.state === "waiting" ? (busySince ?? Date.now()) : undefined;
    if (busySince !== undefined && Date.now() - busySince >= longest) {
      report(
        `${what || "settings"}: taken; Ironic is restarted for them once nothing goes on there (${shown.why})`,
      );
      return changed.map((name) => words[name]);
    }
    if (Date.now() - started > patienceMs)
      throw new Error(
        `The undercloud has not applied its settings in ${patienceMs / 60_000} minutes: ${shown.why || "`npx ovb console undercloud` shows why"}`,
      );
    if (shown.why !== told && shown.why !== "") report(`undercloud: ${shown.why}`);
    told = shown.why;
    await sleep(pauseMs, undefined, { signal });
    shown = await client.call<Shown>("GET", path);
  }
  if (what !== "") report(`changed on the running undercloud: ${what}`);
  return changed.map((name) => words[name]);
}
