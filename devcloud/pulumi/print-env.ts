/** `eval "$(npx tsx devcloud/pulumi/print-env.ts)"` puts a Pulumi that works for this project into a shell. */
import { join } from "node:path";
import { ensurePulumi } from "./toolchain";

/** Writes `export NAME='value'` lines to stdout, progress to stderr. */
export async function printPulumiEnvironment(project: string, signal: AbortSignal): Promise<void> {
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const { env } = await ensurePulumi({ project, report, signal });
  for (const [name, value] of Object.entries(env))
    process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`);
}

if (require.main === module) {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  printPulumiEnvironment(join(__dirname, "..", ".."), interrupted.signal).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
