import { Argument, type Command, Option } from "commander";
import { stepsFor } from "../../agent/nova/bootPlan";
import { powerOf, serverView } from "../../agent/nova/serverView";
import { authFromEnvironment } from "../../openstack/auth";
import type { Server } from "../../openstack/nova";
import { Session } from "../../openstack/session";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { stackCommand } from "../command/stackCommand";
import { table } from "../command/table";
import { project } from "../stack/environment";
import { chooseNodes, type LabServer, onCloud, ownServers } from "../stack/labServers";
import { stackPlan } from "../stack/stackPlan";
import { eachNode } from "./eachNode";
import { type NodesOptions, requireNodes, withNodes } from "./nodesCommand";
import { perform, whenIdle } from "./novaSteps";

export type Action = "on" | "off" | "cycle";

interface PowerOptions extends NodesOptions {
  readonly format: "text" | "json";
}

export function powerCommand(): Command {
  const command = stackCommand("power")
    .description(
      "Power of nodes, through Nova's API with your credentials. `on` boots what is on the node's disk, `off` is at once\n" +
        "(Nova asks the guest first, as long as the image says), `cycle` is for a node that is on, `status` needs no names.\n" +
        "A node that was network-booted by rescue is unrescued first, as the BMC does it. The lab's BMC and its Ironic\n" +
        "see it by themselves, Ironic within half a minute. Safe to repeat.",
    )
    .addArgument(new Argument("<action>", "what to do").choices(["on", "off", "cycle", "status"]));
  return withNodes(command)
    .addOption(new Option("-f, --format <format>", "of the answer").choices(["text", "json"]).default("text"))
    .action((action: Action | "status", nodes: string[], options: PowerOptions) => {
      if (action !== "status") requireNodes(command, nodes, options.all);
      return power(action, nodes, options);
    });
}

async function power(
  action: Action | "status",
  names: readonly string[],
  options: PowerOptions,
): Promise<void> {
  const { parallel, format, ...choice } = options;
  const plan = stackPlan(project, choice);
  const chosen = chooseNodes(plan, names);
  const session = new Session(authFromEnvironment());
  const { report } = new Phases();
  const advice = "What Nova has accepted it finishes; the same command again does the rest.";
  const states = await interruptible(advice, async (signal) => {
    const nodes = onCloud(plan, chosen, await ownServers(session, plan, choice, signal));
    const words =
      action === "status"
        ? nodes.map(({ server }) => powerOf(serverView(server)))
        : await eachNode(nodes, { parallel, report, signal }, (node) =>
            setPower(session, node, action, signal),
          );
    return nodes.map(({ key, server }, i) => ({ node: key, power: words[i]!, id: server.id }));
  });
  const rows = states.map(({ node, power: state }) => [node, state]);
  const text = () => table(["node", "power"], rows);
  process.stdout.write(format === "json" ? `${JSON.stringify(states, null, 2)}\n` : text());
}

/**
 * Takes a node there by the steps that the BMC's agent would take, and waits until it is there.
 * @returns its power then
 * @throws Error where Nova has no way from the node's state
 */
export async function setPower(
  session: Session,
  { key, server: { id } }: LabServer,
  action: Action,
  signal: AbortSignal,
): Promise<"on" | "off"> {
  let server: Server = await whenIdle(session, id, signal);
  const view = serverView(server);
  const steps = stepsFor(action, view, { from: "disk" });
  if (steps === undefined && action === "cycle" && powerOf(view) === "off")
    throw new Error(`it is off, so there is nothing to cycle: \`npx ovb power on ${key}\``);
  if (steps === undefined) throw new Error(stuck(server));
  for (const step of steps) server = await perform(session, id, step, signal);
  return powerOf(serverView(server));
}

/** A state that somebody else has put the server in, and has to take it out of. */
export function stuck({ id, status }: Server): string {
  return `Nova has it ${status}, which neither the lab nor the BMC does: undo that first (\`openstack server show ${id}\`)`;
}
