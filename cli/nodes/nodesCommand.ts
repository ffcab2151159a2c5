import { type Command, InvalidArgumentError } from "commander";
import type { StackChoice } from "../stack/environment";

export interface NodesOptions extends StackChoice {
  readonly all: boolean;
  readonly parallel: number;
}

/** Twice the API workers of a small cloud: more only queue there. */
const usualParallel = 8;

/** Adds the arguments that choose nodes, and how many are served at a time. */
export function withNodes(command: Command): Command {
  return command
    .argument("[nodes...]", "names of nodes, such as node-0")
    .option("-a, --all", "every node of the lab", false)
    .option("--parallel <count>", "how many nodes at a time", atLeastOne, usualParallel);
}

/** Wrong usage, exit status 2, unless it is clear which nodes are meant. */
export function requireNodes(command: Command, nodes: readonly string[], all: boolean): void {
  if (nodes.length === 0 && !all)
    command.error("error: name the nodes, or say --all", { exitCode: 2, code: "ovb.nodes" });
  if (nodes.length > 0 && all)
    command.error("error: --all and names of nodes exclude each other", { exitCode: 2, code: "ovb.nodes" });
}

function atLeastOne(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number from 1 to 999.");
}
