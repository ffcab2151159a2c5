import { join } from "node:path";
import { agentFolder, configFolder } from "../../plan/guest/bmc/units";
import { run } from "../../process/run";
import type { ChosenLab } from "../command/labCommand";
import { labFolder, project, stackArguments } from "../stack/environment";

/** A request to the agent's /faults. */
export interface FaultCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

export interface FaultAnswer {
  readonly status: number;
  readonly body: { readonly problems?: readonly string[]; readonly faults?: readonly ShownFault[] };
}

/** As the agent lists it. */
export interface ShownFault {
  readonly node: string;
  readonly kind: string;
  /** ISO 8601. */
  readonly until: string;
  readonly ms?: number;
  readonly every?: number;
  readonly mac?: string;
}

/** Of the agent's metrics: of the lab's VM (plan/guest/bmc/userData.ts), and the usual one here. */
export const usualMetricsPort = 9623;

/**
 * Asks the lab's agent, one request after another: on its VM by SSH, as nobody else gets to its loopback; without one the `ovb bmc` of this
 * machine. Whoever may read the password's file asks, and the password stays where it is.
 * @param port of the metrics of that one
 * @throws CommandFailed; Error for an agent that takes no faults
 */
export async function askFaults(
  lab: ChosenLab,
  calls: readonly FaultCall[],
  port: number | undefined,
): Promise<FaultAnswer[]> {
  const { plan, choice, signal } = lab;
  const ask = async (
    node: readonly string[],
    output: "keep" | "capture",
    passwordFile: string,
    username: string,
    at: number,
  ) => {
    const asked = { calls, passwordFile, username, origin: `http://127.0.0.1:${at}` };
    const input = `(${requests})(${JSON.stringify(asked)}).catch(${failed})`;
    const answer = await run(process.execPath, node, { input, output, signal });
    return JSON.parse(answer) as FaultAnswer[];
  };
  if (!plan.bmc || port !== undefined) {
    const file = join(labFolder(choice.stack), "bmc", "password");
    const at = port ?? usualMetricsPort;
    return ask(["-"], "keep", file, plan.bmc?.username ?? "admin", at).catch((error) => {
      throw new Error(
        `No agent that takes faults answers at 127.0.0.1 port ${at} (${(error as Error).message}): start ` +
          "`npx ovb bmc --faults` in another terminal.",
      );
    });
  }
  if (!plan.bmc.faults)
    throw new Error(
      "This lab's BMC takes no faults: set ovb:bmc.faults to true, and `npx ovb up` replaces the BMC's VM by one that does.",
    );
  const ssh = [join(project, "cli", "ovb.mjs"), "ssh", ...stackArguments(choice), "bmc", "--"];
  const there = ["sudo", `${agentFolder}/node`, "-"];
  return ask(
    [...ssh, ...there],
    "capture",
    `${configFolder}/bmc-password`,
    plan.bmc.username,
    usualMetricsPort,
  );
}

const failed = `({ message, cause }) => {
  console.error(cause ? cause.message : message);
  process.exitCode = 1;
}`;

/** For Node.js 18 or later, by standard input. */
const requests = `async ({ calls, passwordFile, username, origin }) => {
  const password = require("node:fs").readFileSync(passwordFile, "utf8").trim();
  const headers = { Authorization: "Basic " + Buffer.from(username + ":" + password).toString("base64") };
  const answers = [];
  for (const { method, path, body } of calls) {
    const answer = await fetch(origin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    answers.push({ status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : { problems: [text.trim()] } });
  }
  process.stdout.write(JSON.stringify(answers));
}`;
