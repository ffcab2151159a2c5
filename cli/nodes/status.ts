import type { Command } from "commander";
import { nodeFromServer } from "../../agent/nova/nodeFromServer";
import { powerOf, serverView } from "../../agent/nova/serverView";
import type { Server } from "../../openstack/nova";
import type { LabPlan, NodePlan } from "../../plan/lab/labPlan";
import { serversOf, shortName } from "../../plan/lab/servers";
import { type ChosenLab, type LabCommandSpec, labCommand } from "../command/labCommand";
import { formatOption } from "../command/options";
import type { Outside } from "../command/outside";
import { table } from "../command/table";
import type { StackChoice } from "../stack/environment";
import { outsideAddress } from "../stack/labServers";
import { askBmc, type Endpoint } from "./bmcAnswer";
import { type KnownFault, knownFaults } from "./knownFaults";

export interface StatusOptions extends StackChoice {
  readonly format: "text" | "json";
}

export function statusCommand(outside?: Outside): Command {
  const spec: LabCommandSpec<[], StatusOptions> = {
    description:
      "The lab's servers: what is planned, what Nova says, whether each node's BMC answers here, what it boots. BMCs are\n" +
      "asked over IPMI, at the lab's own addresses and at an `ovb bmc` on this machine.",
    interrupted: "Nothing was changed.",
    define: (command) => command.addOption(formatOption()),
  };
  return labCommand("status", spec, status, outside);
}

/** One server of the lab, as JSON has it. */
export interface ServerStatus {
  readonly name: string;
  /** Absent for a server that carries the lab's tag and is not planned. */
  readonly planned?: { readonly address?: string; readonly mac?: string; readonly flavor: string };
  /** Absent for one that is not there. */
  readonly nova?: {
    readonly id: string;
    readonly status: string;
    readonly task: string | null;
    readonly power: "on" | "off";
    /** On the ctlplane. */
    readonly address?: string;
    readonly floatingIps: readonly string[];
    /** Of the undercloud and the BMC, from outside: without a floating IP, the address on the access network. */
    readonly outside?: string;
  };
  /** For nodes that are there. */
  readonly bmc?: { readonly answers: boolean; readonly detail: string };
  /** What was wished to go wrong with it (`ovb fault`): "slow until 2026-11-30T14:00:00.000Z". */
  readonly faults?: readonly string[];
  /** For nodes that are there. */
  readonly boot?: { readonly device: "disk" | "cdrom"; readonly strategy: string; readonly script: string };
}

async function status(lab: ChosenLab, { format }: StatusOptions): Promise<void> {
  const { plan, signal } = lab;
  const servers = await lab.servers();
  const faults = await knownFaults(lab, servers);
  const states = (await labStatus(plan, servers, signal)).map((state) => withFaults(state, faults));
  process.stdout.write(
    format === "json"
      ? `${JSON.stringify({ lab: plan.name, servers: states }, null, 2)}\n`
      : statusText(states),
  );
}

function withFaults(state: ServerStatus, faults: readonly KnownFault[]): ServerStatus {
  const its = faults.filter(({ node }) => node === state.name).map(({ text }) => text);
  return its.length > 0 ? { ...state, faults: its } : state;
}

/** Planned servers in the order of the plan, then what else carries the lab's tag. */
export async function labStatus(
  plan: LabPlan,
  servers: ReadonlyMap<string, Server>,
  signal: AbortSignal,
): Promise<ServerStatus[]> {
  const planned = serversOf(plan).map(async (one): Promise<ServerStatus> => {
    const server = servers.get(one.name);
    const nic = one.ports.find(({ network }) => network === "ctlplane");
    const name = shortName(plan, one);
    const base = { name, planned: { address: nic?.address, mac: nic?.mac, flavor: one.flavor } };
    if (server === undefined) return base;
    const there = { ...base, nova: novaOf(plan, server) };
    if (!("key" in one)) return there;
    const endpoints = endpointsOf(plan, one as NodePlan, servers);
    return {
      ...there,
      bmc: await bmcOf(endpoints, server.id, signal),
      boot: bootOf(plan, one as NodePlan, server),
    };
  });
  const known = new Set(serversOf(plan).map(({ name }) => name));
  const others = [...servers.values()].filter(({ name }) => !known.has(name));
  return [
    ...(await Promise.all(planned)),
    ...others.map((server) => ({ name: server.name, nova: novaOf(plan, server) })),
  ];
}

function novaOf(plan: LabPlan, server: Server): NonNullable<ServerStatus["nova"]> {
  const all = Object.values(server.addresses).flat();
  return {
    id: server.id,
    status: server.status,
    task: server["OS-EXT-STS:task_state"],
    power: powerOf(serverView(server)),
    address: server.addresses[plan.ctlplane.name]?.find((one) => one["OS-EXT-IPS:type"] === "fixed")?.addr,
    floatingIps: all.filter((one) => one["OS-EXT-IPS:type"] === "floating").map(({ addr }) => addr),
    ...([plan.undercloud?.name, plan.bmc?.name].includes(server.name) && {
      outside: outsideAddress(plan, server),
    }),
  };
}

/** What boots next is the BMC's to know; what has booted shows in Nova. */
function bootOf(plan: LabPlan, node: NodePlan, server: Server): NonNullable<ServerStatus["boot"]> {
  const tagged = nodeFromServer(server, plan.name);
  const { strategy, bootScript: script } = typeof tagged === "object" ? tagged : { ...node };
  return { device: server["OS-EXT-STS:vm_state"] === "rescued" ? "cdrom" : "disk", strategy, script };
}

/** Where the node's BMC may answer: as planned, from outside by the BMC's floating IP, and here by `ovb bmc`. */
function endpointsOf(
  { bmc }: LabPlan,
  { ipmiAddress, ipmiPort }: NodePlan,
  servers: ReadonlyMap<string, Server>,
): Endpoint[] {
  const outer = bmc?.mode === "port" ? Object.values(servers.get(bmc.name)?.addresses ?? {}).flat() : [];
  const floating = outer.filter((one) => one["OS-EXT-IPS:type"] === "floating").map(({ addr }) => addr);
  const addresses = [...(ipmiAddress ? [ipmiAddress] : []), ...floating, "127.0.0.1"];
  return addresses.map((address) => ({ address, port: ipmiPort }));
}

async function bmcOf(
  endpoints: readonly Endpoint[],
  uuid: string,
  signal: AbortSignal,
): Promise<{ answers: boolean; detail: string }> {
  const answers = await Promise.all(endpoints.map((endpoint) => askBmc(endpoint, uuid, signal)));
  const shown = endpoints.map(({ address, port }) => `${address}:${port}`);
  const at = (answer: string) => shown.filter((_, i) => answers[i] === answer);
  const [answering] = at("answers");
  if (answering) return { answers: true, detail: `answers at ${answering}` };
  const silent = at("silent");
  if (silent.length > 0) return { answers: false, detail: `not reachable from here (${silent.join(", ")})` };
  const another = at("another");
  if (another.length > 0)
    return { answers: false, detail: `another machine's answers at ${another.join(", ")}` };
  return { answers: false, detail: `none: nothing listens at ${shown.join(", ")}` };
}

/** A table for a terminal; what is not as planned is said in its cell. */
export function statusText(states: readonly ServerStatus[]): string {
  const rows = states.map(({ name, planned, nova, bmc, boot, faults }) => [
    name,
    planned ? planned.flavor : "not planned",
    nova ? `${nova.status}${nova.task ? `, ${nova.task}` : ""}` : "not there",
    nova?.power ?? "",
    addressText(planned?.address, nova),
    boot ? `${boot.device}; ${boot.strategy}, ${boot.script}` : "",
    [bmc?.detail ?? "", ...(faults ? [`FAULT: ${faults.join(", ")}`] : [])].filter(Boolean).join("; "),
  ]);
  return table(["server", "planned", "nova", "power", "address", "boot", "BMC"], rows);
}

function addressText(planned: string | undefined, nova: ServerStatus["nova"]): string {
  const outside = nova?.outside ? [nova.outside] : (nova?.floatingIps ?? []);
  const outer = outside.length > 0 ? ` (${outside.join(", ")})` : "";
  if (!nova || planned === nova.address) return `${planned ?? ""}${outer}`;
  return `${nova.address ?? "none"}${outer}${planned ? `, planned ${planned}` : ""}`;
}
