import { performance } from "node:perf_hooks";
import { Session } from "../../openstack/session";
import { jsonLog } from "../service/log";
import { runProgram } from "../service/program";
import { startAgent } from "./agent";
import { readAgentConfig } from "./config";
import { agentIdentity } from "./identity";
import { announceReadiness } from "./readiness";

/*
 * The entry of the BMC's bundle, with the cloud's credentials in OS_* variables or in the file that the configuration
 * names. Log lines go to stdout.
 */
runProgram("ovb-agent", async (file, env, signal) => {
  const config = readAgentConfig(file, env);
  const { auth, secret } = agentIdentity(config.credentialsFile, env);
  const log = jsonLog((line) => process.stdout.write(line), [config.password.reveal(), secret.reveal()]);
  const { lab, address } = config;
  log("starting", { lab, address, cloud: new URL(auth.authUrl).origin, node: process.version });
  const agent = await startAgent({ config, session: new Session(auth), log, signal });
  log("started", { ms: Math.round(performance.now()), ...agent.ports });
  const quiet = announceReadiness(agent, lab, log);
  await agent.stopped;
  quiet();
});
