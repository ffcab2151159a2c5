import { join } from "node:path";
import { ovb, project } from "../../cli/stack/environment";

export interface BenchCloud {
  /** More options of `devcloud up`. */
  readonly up?: readonly string[];
  /** Arguments of a run of the benchmark's file as the cloud's administrator, before its own. */
  readonly asAdmin?: readonly string[];
}

/** Starts a devcloud for a benchmark, runs the benchmark's file again where its API is reachable, and ends the cloud. */
export async function onBenchCloud(
  cloud: string,
  file: string,
  { up = [], asAdmin }: BenchCloud = {},
): Promise<void> {
  const again = [process.execPath, join(project, "node_modules", "tsx", "dist", "cli.mjs"), file];
  const exec = (options: readonly string[], more: readonly string[]) =>
    ovb(
      ["devcloud", "exec", "--name", cloud, ...options, "--", ...again, ...process.argv.slice(2), ...more],
      { output: "pass" },
    );
  await ovb(["devcloud", "up", "--name", cloud, ...up]);
  try {
    if (asAdmin) await exec(["--admin"], asAdmin);
    await exec([], ["--inside"]);
  } finally {
    await ovb(["devcloud", "down", "--name", cloud]);
  }
}

/** The median with the range behind: "45.4 s (43.1-52.9)". @param numbers seconds, at least one */
export function median(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  const range = sorted.length > 1 ? ` (${sorted[0]!.toFixed(1)}-${sorted.at(-1)!.toFixed(1)})` : "";
  return `${middle.toFixed(1)} s${range}`;
}
