import type { Command } from "commander";
import { powerOf, serverView } from "../../agent/nova/serverView";
import { type Image, listImages } from "../../openstack/glance";
import type { Session } from "../../openstack/session";
import type { LabPlan, NodePlan } from "../../plan/lab/labPlan";
import { cdromTag } from "../../plan/lab/tags";
import { picked } from "../../tenant/fit/pick";
import { type Answer, asks, confirm, requireAnswer, whereabouts } from "../command/confirm";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import type { Outside } from "../command/outside";
import { takeBack } from "../ironic/takeBack";
import { openStack } from "../stack/environment";
import { chooseNodes, type LabServer, onCloud } from "../stack/labServers";
import { eachNode } from "./eachNode";
import { type NodesOptions, requireNodes, withNodes } from "./nodesCommand";
import { perform, whenIdle } from "./novaSteps";
import { stuck } from "./power";

interface RebuildOptions extends NodesOptions, Answer {
  readonly ironic: boolean;
}

export function rebuildCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[nodes: string[]], RebuildOptions> = {
    description:
      "Put nodes back as `up` made them: their planned image on the disk, powered off, network-booting. What was deployed\n" +
      "on them is lost; what the lab's Ironic has deployed it takes back first (`npx ovb undeploy`). Server, ports, MACs\n" +
      "and addresses stay, so a `pulumi up` afterwards changes nothing. Safe to interrupt and to repeat. Says what will\n" +
      "go, and asks.",
    interrupted:
      "What Nova has accepted it finishes; the same command again rebuilds these nodes from any state.",
    define: (command) =>
      withNodes(asks(command)).option(
        "--no-ironic",
        "do not ask the lab's Ironic, which goes on holding what it deployed as active",
      ),
    check: (command, nodes, options) => {
      requireNodes(command, nodes, options.all);
      requireAnswer(command, options);
    },
  };
  return labCommand("rebuild", spec, rebuild, outside);
}

async function rebuild(
  lab: ChosenLab,
  names: readonly string[],
  { parallel, yes, ironic }: RebuildOptions,
): Promise<void> {
  const { choice, plan, report, signal } = lab;
  const chosen = chooseNodes(plan, names);
  const { session } = lab;
  const nodes = onCloud(plan, chosen, await lab.servers());
  const images = await plannedImages(session, plan, chosen, signal);
  const facts = [["cloud", await whereabouts(session)] as const, ...nodes.map((node) => factOf(plan, node))];
  const what = `Rebuild ${nodes.length} of ${plan.nodes.length} nodes of the lab ${plan.name}, stack ${choice.stack}; what is on their disks is lost:`;
  await confirm({ what, facts }, { yes });
  if (ironic && plan.undercloud?.ironic) {
    const stack = await openStack(choice);
    await takeBack(stack, nodes, { session, claim: await lab.claim(), report, signal });
  }
  await eachNode(nodes, { parallel, signal, report }, (node) =>
    reset(session, node, images.get(imageOf(plan, node.plan))!, report, signal),
  );
}

function factOf(plan: LabPlan, { key, plan: node, server }: LabServer<NodePlan>): readonly [string, string] {
  return [key, `${powerOf(serverView(server))}; its disk becomes ${imageOf(plan, node)}`];
}

/** The name or id of what `up` has put on the node's disk. */
function imageOf(plan: LabPlan, node: NodePlan): string {
  return node.image ?? plan.images.disk.name;
}

/** Ids by name or id, of the images that these nodes are made of. @throws Error naming all that are not usable */
export async function plannedImages(
  session: Session,
  plan: LabPlan,
  nodes: readonly NodePlan[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const names = [...new Set(nodes.map((node) => imageOf(plan, node)))];
  const all = (await listImages(session, {}, signal)).filter(isUsable);
  const usable = names.map((name) => picked(all, name));
  const problems = names.flatMap((name, i) => {
    const count = usable[i]!.length;
    if (count === 1) return [];
    return [
      count === 0
        ? `no active image ${name}: \`npx ovb up\` uploads the lab's own`
        : `${count} images ${name}: name one by its id`,
    ];
  });
  if (problems.length > 0) throw new Error(`Nothing was rebuilt; the cloud has ${problems.join("; ")}.`);
  return new Map(names.map((name, i) => [name, usable[i]![0]!.id]));
}

function isUsable({ status, tags }: Image): boolean {
  return status === "active" && !tags.includes(cdromTag);
}

/**
 * From any state to stopped with the image on its disk. Stopped first, so that what is on the disk boots no more, and
 * because Nova leaves a server that it rebuilds as it was, on or off.
 */
export async function reset(
  session: Session,
  { key, server: { id } }: LabServer,
  image: string,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  let server = await whenIdle(session, id, signal);
  const state = () => server["OS-EXT-STS:vm_state"];
  if (!["active", "stopped", "rescued", "error"].includes(state())) throw new Error(stuck(server));
  if (state() === "rescued") {
    report(`${key}: unrescuing`);
    server = await perform(session, id, { do: "unrescue" }, signal);
  }
  if (state() === "active") {
    report(`${key}: stopping`);
    server = await perform(session, id, { do: "stop" }, signal);
  }
  report(`${key}: rebuilding`);
  server = await perform(session, id, { do: "rebuild", image }, signal);
  // From ERROR, Nova ends a rebuild with a running server.
  if (state() === "active") await perform(session, id, { do: "stop" }, signal);
  return "clean and off";
}
