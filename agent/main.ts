import { performance } from "node:perf_hooks";
import { Session } from "../openstack/session";
import { startAgent } from "./agent";
import { readAgentConfig } from "./config";
import { credentials, secretOf } from "./credentials";
import { jsonLog } from "./jsonLog";
import { announceReadiness } from "./readiness";

/**
 * The bundle's entry: `node ovb-agent.js CONFIG`, with the cloud's credentials in OS_* variables or in the file that the
 * configuration names. Log lines go to stdout. Ends by TERM or INT with status 0; 1: it could not start; 2: usage.
 */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file, ...more] = args;
  if (file === undefined || file.startsWith("-") || more.length > 0) {
    process.stderr.write("Usage: node ovb-agent.js CONFIG.json\n");
    return 2;
  }
  const config = readAgentConfig(file, env);
  const auth = credentials(config.credentialsFile, env);
  const log = jsonLog((line) => process.stdout.write(line), [config.password.reveal(), secretOf(auth)]);
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => controller.abort(new Error(`The agent was ended by ${name}.`)));
  }
  const { lab, address } = config;
  log("starting", { lab, address, cloud: new URL(auth.authUrl).origin, node: process.version });
  const agent = await startAgent({ config, session: new Session(auth), log, signal: controller.signal });
  log("started", { ms: Math.round(performance.now()), ...agent.ports });
  const quiet = announceReadiness(agent, lab, log);
  await agent.stopped;
  quiet();
  return 0;
}

main(process.argv.slice(2), process.env).then(
  (status) => {
    // Keep-alive connections to the cloud would hold the process for seconds.
    process.exit(status);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
