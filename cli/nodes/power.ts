import { Argument, type Command } from "commander";
import { stepsFor } from "../../agent/nova/bootPlan";
import { powerOf, serverView } from "../../agent/nova/serverView";
import type { Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import { formatOption } from "../command/options";
import type { Outside } from "../command/outside";
import { table } from "../command/table";
import { chooseNodes, type LabServer, onCloud } from "../stack/labServers";
import { eachNode } from "./eachNode";
import { type NodesOptions, requireNodes, withNodes } from "./nodesCommand";
import { perform, whenIdle } from "./novaSteps";

export type Action = "on" | "off" | "cycle";

interface PowerOptions extends NodesOptions {
  readonly format: "text" | "json";
}

export function powerCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[action: Action | "status", nodes: string[]], PowerOptions> = {
    description:
      "Power of nodes, through Nova's API with your credentials. `on` boots what is on the node's disk, `off` is at once\n" +
      "(Nova asks the guest first, as long as the image says), `cycle` is for a node that is on, `status` needs no names.\n" +
      "A node that was network-booted by rescue is unrescued first, as the BMC does it. The lab's BMC and its Ironic\n" +
      "see it by themselves, Ironic within half a minute. Safe to repeat.",
    interrupted: "What Nova has accepted it finishes; the same command again does the rest.",
    define: (command) => {
      const what = new Argument("<action>", "what to do").choices(["on", "off", "cycle", "status"]);
      withNodes(command.addArgument(what)).addOption(formatOption("of the answer"));
    },
    check: (command, action, nodes, { all }) => {
      if (action !== "status") requireNodes(command, nodes, all);
    },
  };
  return labCommand("power", spec, power, outside);
}

async function power(
  lab: ChosenLab,
  action: Action | "status",
  names: readonly string[],
  { parallel, format }: PowerOptions,
): Promise<void> {
  const { plan, report, signal } = lab;
  const chosen = chooseNodes(plan, names);
  const nodes = onCloud(plan, chosen, await lab.servers());
  const words =
    action === "status"
      ? nodes.map(({ server }) => powerOf(serverView(server)))
      : await eachNode(nodes, { parallel, report, signal }, (node) =>
          setPower(lab.session, node, action, signal),
        );
  const states = nodes.map(({ key, server }, i) => ({ node: key, power: words[i]!, id: server.id }));
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
  if (action === "cycle" && powerOf(view) === "off")
    throw new Error(`it is off, so there is nothing to cycle: \`npx ovb power on ${key}\``);
  const steps = stepsFor(action, view, { from: "disk" });
  if (steps === undefined) throw new Error(stuck(server));
  for (const step of steps) server = await perform(session, id, step, signal);
  return powerOf(serverView(server));
}

/** A state that somebody else has put the server in, and has to take it out of. */
export function stuck({ id, status }: Server): string {
  return `Nova has it ${status}, which neither the lab nor the BMC does: undo that first (\`openstack server show ${id}\`)`;
}
