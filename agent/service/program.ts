/**
 * Runs what a bundle is: `node NAME.js CONFIG`. Ends by TERM or INT with status 0, once `work` has; 1: it failed, and says
 * why; 2: usage.
 * @param signal aborts at TERM and INT
 */
export function runProgram(
  name: string,
  work: (configFile: string, env: NodeJS.ProcessEnv, signal: AbortSignal) => Promise<void>,
): void {
  const [file, ...more] = process.argv.slice(2);
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    process.stderr.write(`Usage: node ${name}.js CONFIG.json\n`);
    process.exit(2);
  }
  const controller = new AbortController();
  for (const ended of ["SIGTERM", "SIGINT"] as const) {
    process.once(ended, () => controller.abort(new Error(`${name} was ended by ${ended}.`)));
  }
  work(file, process.env, controller.signal).then(
    // Keep-alive connections to the clouds would hold the process for seconds.
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
