import { Argument, type Command, InvalidArgumentError } from "commander";
import { lastingKinds, momentaryKinds, usualSeconds } from "../../agent/bmc/faults/fault";
import { ProblemsError } from "../../plan/problemsError";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import { formatOption } from "../command/options";
import type { Outside } from "../command/outside";
import { table } from "../command/table";
import type { StackChoice } from "../stack/environment";
import { chooseNodes } from "../stack/labServers";
import { askFaults, type FaultCall, type ShownFault } from "./faultCalls";

interface FaultOptions extends StackChoice {
  readonly all: boolean;
  readonly for: number;
  readonly ms?: number;
  readonly every?: number;
  readonly mac?: string;
  readonly metricsPort?: number;
  readonly format: "text" | "json";
}

export function faultCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[what: string, nodes: string[]], FaultOptions> = {
    description:
      "Have something go wrong with nodes, for a time: to see what Ironic, Metal3 or a cluster's fencing makes of it. Their BMC is\n" +
      "`silent`, `slow` (--ms), `busy`, `wrong` (each command fails) or drops one request in --every; their NICs are `unplugged`. A\n" +
      "`crash` (NMI) and a `power-loss`, which the BMC is not told, happen once. `list` shows what goes on, `end` undoes it. Of the lab's\n" +
      "BMC where ovb:bmc.faults is true, by SSH; without one, of an `npx ovb bmc --faults` on this machine.",
    interrupted: "What had begun goes on until its time is over: `npx ovb fault list` shows it.",
    define: (command) =>
      command
        .addArgument(
          new Argument("<what>", "what goes wrong").choices([
            "list",
            "end",
            ...lastingKinds,
            ...momentaryKinds,
          ]),
        )
        .argument("[nodes...]", "names of nodes, such as node-0")
        .option("-a, --all", "every node of the lab", false)
        .option("--for <seconds>", "until it ends by itself, at most a day", number, usualSeconds)
        .option("--ms <milliseconds>", "slow: how much longer an answer takes", number)
        .option("--every <count>", "drop: one request in so many", number)
        .option("--mac <address>", "unplugged: of the NIC (default: all of the node's)")
        .option("--metrics-port <port>", "of the `ovb bmc` on this machine that is meant", number)
        .addOption(formatOption("of the list")),
    check: (command, what, nodes, { all }) => {
      if (what !== "list" && what !== "end" && nodes.length === 0 && !all)
        command.error("error: name the nodes, or say --all", { exitCode: 2, code: "ovb.nodes" });
    },
  };
  return labCommand("fault", spec, fault, outside);
}

async function fault(
  lab: ChosenLab,
  what: string,
  names: readonly string[],
  options: FaultOptions,
): Promise<void> {
  const { for: seconds, ms, every, mac, metricsPort, format } = options;
  const nodes = names.length > 0 || options.all ? chooseNodes(lab.plan, names).map(({ key }) => key) : [];
  const list: FaultCall = { method: "GET", path: "/faults" };
  const each = (make: (node: string) => FaultCall): FaultCall[] => [...nodes.map(make), list];
  const calls =
    what === "list"
      ? [list]
      : what === "end"
        ? nodes.length > 0
          ? each((node) => ({ method: "DELETE", path: `/faults/${node}` }))
          : [{ method: "DELETE", path: "/faults" } as const]
        : each((node) => ({
            method: "POST",
            path: "/faults",
            body: { node, kind: what, seconds, ms, every, mac },
          }));
  const answers = await askFaults(lab, calls, metricsPort);
  const problems = answers.flatMap(({ status, body }) =>
    status < 400 ? [] : (body.problems ?? [`the agent answered ${status}`]),
  );
  if (problems.length > 0) throw new ProblemsError("The BMC's agent refuses:", [...new Set(problems)]);
  const faults = (answers.at(-1)!.body.faults ?? []).filter(
    ({ node }) => what !== "list" || nodes.length === 0 || nodes.includes(node),
  );
  const json = () => `${JSON.stringify(faults, null, 2)}\n`;
  process.stdout.write(format === "json" ? json() : text(faults));
}

function text(faults: readonly ShownFault[]): string {
  if (faults.length === 0) return "No node has a fault that was wished for.\n";
  const rows = faults.map(({ node, kind, until, ms, every, mac }) => [
    node,
    kind,
    ms ? `${ms} ms` : every ? `one in ${every}` : (mac ?? ""),
    until,
  ]);
  return table(["node", "fault", "", "until"], rows);
}

function number(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("It is a whole number, 1 or more.");
}
