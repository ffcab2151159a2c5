import { readConfigFile } from "../configFile";
import { jsonLog } from "../jsonLog";
import { checkSyncConfig } from "./config";
import { identities } from "./openSync";
import { watchSync } from "./watchSync";

/**
 * The entry of sync's bundle: `node ovb-sync.js CONFIG`. Log lines go to stdout. Ends by TERM or INT with status 0, a
 * swap under way finished; 1: it could not start; 2: usage.
 */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    process.stderr.write("Usage: node ovb-sync.js CONFIG.json\n");
    return 2;
  }
  const config = checkSyncConfig(readConfigFile(file), file, env);
  const who = identities(config, env);
  const log = jsonLog((line) => process.stdout.write(line), who.secrets);
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => controller.abort(new Error(`Sync was ended by ${name}.`)));
  }
  log("starting", { lab: config.lab, source: config.source.kind, node: process.version });
  await watchSync(config, who, log, controller.signal);
  return 0;
}

main(process.argv.slice(2), process.env).then(
  (status) => {
    // Keep-alive connections to the clouds would hold the process for seconds.
    process.exit(status);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
