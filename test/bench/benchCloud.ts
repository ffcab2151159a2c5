import { join } from "node:path";
import { ovb, project } from "../../cli/environment";

/** Starts a devcloud for a benchmark, runs the benchmark's file again where its API is reachable, and ends the cloud. */
export async function onBenchCloud(
  cloud: string,
  file: string,
  { fakeCompute = false }: { fakeCompute?: boolean } = {},
): Promise<void> {
  const fake = fakeCompute ? ["--fake-compute"] : [];
  await ovb(["devcloud", "up", "--name", cloud, ...fake]);
  try {
    const tsx = join(project, "node_modules", "tsx", "dist", "cli.mjs");
    const again = [process.execPath, tsx, file, "--inside", ...process.argv.slice(2)];
    await ovb(["devcloud", "exec", "--name", cloud, "--", ...again], { output: "pass" });
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
