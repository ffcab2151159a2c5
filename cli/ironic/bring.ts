import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256Of } from "../../images/buildImage";
import type { IronicPlan } from "../../plan/lab/labPlan";
import { type IronicClient, IronicError } from "./client";

const settingsPath = "/ovb/settings";

/** What of Ironic's an undercloud may lack. */
type Name = "kernel" | "ramdisk" | "image";
const names: readonly Name[] = ["kernel", "ramdisk", "image"];
const words: Readonly<Record<Name, string>> = {
  ...{ kernel: "IPA's kernel", ramdisk: "IPA's RAM disk", image: "the image to deploy" },
};

/** What it has: SHA-256 of what was brought, "" where its own image has it. Absent: it was made by a program of before. */
interface Shown {
  readonly why: string;
  readonly files?: Readonly<Record<Name, string | null>>;
}

export interface BringOptions {
  readonly client: IronicClient;
  /** Builds IPA on this machine, or finds it built. @throws Error with what that takes */
  readonly buildIpa: () => Promise<{ readonly kernel: string; readonly ramdisk: string }>;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** How long the undercloud may take to copy a file, milliseconds. @default 15 minutes */
  readonly patienceMs?: number;
  readonly pauseMs?: number;
}

/**
 * Brings an undercloud what it has not: the files that the configuration names, and IPA, built here, where it has none.
 * @throws Error with the way out
 */
export async function bring(plan: IronicPlan, options: BringOptions): Promise<void> {
  const { client, buildIpa, report } = options;
  const has = await filesOf(client);
  if (!has) return;
  const files: Partial<Record<Name, string>> = { ...plan.files };
  const lacks = (["kernel", "ramdisk"] as const).filter(
    (name) => has[name] === null && !plan[name] && files[name] === undefined,
  );
  if (lacks.length > 0) {
    report(`the undercloud has no IPA: building it here`);
    const built = await buildIpa();
    for (const name of lacks) files[name] = built[name];
  }
  for (const name of names) {
    const file = files[name];
    if (file === undefined) continue;
    await readable(file, name);
    const sha256 = await sha256Of(file);
    if (has[name] !== sha256) await bringOne(name, file, sha256, options);
  }
}

/** SHA-256 of the image that was brought; "": the undercloud's own image has one; undefined: there is none to deploy. */
export async function broughtImage(client: IronicClient): Promise<string | undefined> {
  const has = await filesOf(client);
  return has ? (has.image ?? undefined) : "";
}

/** Undefined for an undercloud that a program of before made. */
async function filesOf(client: IronicClient): Promise<Shown["files"]> {
  try {
    return (await client.call<Shown>("GET", settingsPath)).files;
  } catch (error) {
    if (error instanceof IronicError && error.status === 404) return undefined;
    throw error;
  }
}

async function bringOne(
  name: Name,
  file: string,
  sha256: string,
  { client, report, signal, patienceMs = 15 * 60_000, pauseMs = 2000 }: BringOptions,
): Promise<void> {
  const { size } = await stat(file);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  let told = Date.now();
  report(`bringing ${words[name]} to the undercloud: ${mib(size)} MiB`);
  await client.upload(`/ovb/files/${name}/${sha256}`, file, (bytes) => {
    if (Date.now() - told < 10_000) return;
    told = Date.now();
    report(`  ${words[name]}: ${mib(bytes)} of ${mib(size)} MiB`);
  });
  const began = Date.now();
  for (;;) {
    const shown = await client.call<Shown>("GET", settingsPath);
    if (shown.files?.[name] === sha256) return;
    if (Date.now() - began > patienceMs || /damaged/.test(shown.why))
      throw new Error(`The undercloud does not take over ${words[name]}: ${shown.why || "see its console"}`);
    await sleep(pauseMs, undefined, { signal });
  }
}

async function readable(file: string, name: Name): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile() || found.size === 0)
    throw new Error(
      `ovb:undercloud.ironic.files.${name}: ${file} is ${found ? "no file with anything in it" : "not there"}`,
    );
}
