import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type Agent, startAgent } from "../../agent/bmc/agent";
import { type AgentConfig, checkAgentConfig } from "../../agent/bmc/config";
import { jsonLog } from "../../agent/service/log";
import type { LabPlan } from "../../plan/lab/labPlan";
import { systemClock, until } from "../../process/until";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { labFolder, type StackChoice } from "../stack/environment";
import { usualMetricsPort } from "./faultCalls";

export interface BmcOptions extends StackChoice {
  readonly address: string;
  readonly redfishPort: number;
  readonly metricsPort?: number;
  readonly faults: boolean;
  readonly username: string;
  readonly passwordFile?: string;
}

export function bmcCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[], BmcOptions> = {
    description:
      "Answer IPMI and Redfish for every node of the stack's lab on this machine, until Ctrl-C. The lab is in the\n" +
      "tenant that OS_CLOUD or OS_AUTH_URL names; its nodes are followed as they come and go. The log is on stderr.",
    interrupted: "The lab is as it was.",
    define: (command) =>
      command
        .option("--address <address>", "listen there; 0.0.0.0 is every address of this machine", "127.0.0.1")
        .option("--redfish-port <port>", "port of Redfish, plain HTTP; 0 is any that is free", port, 8000)
        .option("--metrics-port <port>", "port of /metrics and /healthz on 127.0.0.1 (default: none)", port)
        .option(
          "--faults",
          "let `npx ovb fault` have things go wrong; with a metrics port, 9623 where none is given",
          false,
        )
        .option("--username <name>", "the BMCs' user", "admin")
        .option(
          "--password-file <file>",
          "file with its password, 20 bytes at most (default: one made at random and kept in the state folder)",
        ),
  };
  return labCommand("bmc", spec, bmc, outside);
}

/** The lab's BMC as a process of this machine, in the foreground. */
async function bmc(lab: ChosenLab, options: BmcOptions): Promise<void> {
  const { plan, session, signal } = lab;
  const { address, redfishPort, faults, username } = options;
  const metricsPort = options.metricsPort ?? (faults ? usualMetricsPort : undefined);
  const folder = stateFolder(lab.choice.stack);
  const passwordFile = options.passwordFile ? resolve(options.passwordFile) : ownPassword(folder);
  const raw = {
    ...{ lab: plan.name, address, username, passwordFile, metricsPort, faults },
    stateFile: join(folder, "state.json"),
    redfish: { httpPort: redfishPort },
  };
  const config = checkAgentConfig(raw, "The command line", process.env);
  if (!isLoopback(address)) console.error(exposure(address));
  await session.identity(signal); // the agent would go on trying; here somebody is waiting
  await lab.servers();
  const log = jsonLog((line) => process.stderr.write(line), [config.password.reveal()]);
  const agent = await startAgent({ config, session, log, signal });
  await firstNodes(agent, signal);
  if (!signal.aborted) process.stdout.write(table(plan, agent, config, passwordFile));
  await agent.stopped;
}

/**
 * Where the agent of this stack keeps its state. Two agents must not share it, nor a lab: the
 * ports of the second one are taken, unless it has another address.
 */
function stateFolder(stack: string): string {
  const folder = join(labFolder(stack), "bmc");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The same at each start, so that what was told to Ironic stays true. */
function ownPassword(folder: string): string {
  const file = join(folder, "password");
  // 20 characters, which is all that IPMI 2.0 has room for.
  if (!existsSync(file)) writeFileSync(file, randomBytes(15).toString("base64url"), { mode: 0o600 });
  return file;
}

/** Until the cloud has answered and each port was tried. A cloud that does not answer is in the log by then. */
async function firstNodes(agent: Agent, signal: AbortSignal): Promise<void> {
  const answered = async () => agent.health().cloud || undefined;
  const patience = { clock: systemClock, pauseMs: 100, timeoutMs: Number.POSITIVE_INFINITY, signal };
  await until(answered, patience).catch(() => {}); // Ctrl-C is how it ends
  await agent.ipmi.tried();
}

/** How to reach each node; the password is in its file and nowhere else. */
function table(
  plan: LabPlan,
  agent: Agent,
  { address, username }: AgentConfig,
  passwordFile: string,
): string {
  const file = relative(process.cwd(), passwordFile);
  const shown = file.startsWith("..") ? passwordFile : file;
  const host = (one: string) => (one === "0.0.0.0" ? "127.0.0.1" : one);
  const url = (at: string, port: number) => `http://${isIPv6(at) ? `[${at}]` : host(at)}:${port}/redfish/v1`;
  const endpoints = agent.ipmi.endpoints();
  const lines = endpoints.flatMap(({ node, address: at, port: udp, listening }) => [
    node,
    listening
      ? `  ipmitool -I lanplus -C 17 -H ${host(at)} -p ${udp} -U ${quoted(username)} -f ${quoted(shown)} power status`
      : `  IPMI: ${at} port ${udp} cannot be bound yet, see the log; tried again`,
    ...(agent.ports.http === undefined ? [] : [`  ${url(address, agent.ports.http)}/Systems/${node}`]),
    ...[agent.views?.of(agent.cloud.machines().get(node)!)].flatMap((view) =>
      view === undefined ? [] : [`  ${url(view.address, view.port)}  this node alone`],
    ),
  ]);
  const missing = plan.nodes
    .map(({ key }) => key)
    .filter((key) => !endpoints.some(({ node }) => node === key));
  const absent = `Planned and not on the cloud: ${missing.join(", ")}. \`npx ovb up\` makes them; they are then answered for at once.`;
  return `${[
    `The BMC of the lab ${plan.name} answers for ${endpoints.length} of its nodes; Ctrl-C ends it.`,
    ...lines,
    ...(missing.length > 0 ? [absent] : []),
  ].join("\n")}\n`;
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function exposure(address: string): string {
  return (
    `Warning: ${address} is not loopback: whoever reaches it can try passwords against IPMI, and can read Redfish's ` +
    "plain HTTP, password included. Keep it on a network that only the lab and you are on."
  );
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError("A port is 0 to 65535.");
}
