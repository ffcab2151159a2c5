import { readConfigFile } from "../service/configFile";
import { jsonLog } from "../service/log";
import { runProgram } from "../service/program";
import { checkSyncConfig } from "./config";
import { identities } from "./openSync";
import { watchSync } from "./watchSync";

/* The entry of sync's bundle, which finishes a swap under way before it ends. Log lines go to stdout. */
runProgram("ovb-sync", async (file, env, signal) => {
  const config = checkSyncConfig(readConfigFile(file), file, env);
  const who = identities(config, env);
  const log = jsonLog((line) => process.stdout.write(line), who.secrets);
  log("starting", { lab: config.lab, source: config.source.kind, node: process.version });
  await watchSync(config, who, log, signal);
});
