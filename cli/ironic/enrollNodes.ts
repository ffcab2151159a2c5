import { createHmac } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ProblemsError } from "../../plan/problemsError";
import { isUntouched, type NodeDisk, wasUsed } from "../nodes/nodeDisks";
import { adopt, adoptMark } from "./adopt";
import type { IronicClient } from "./client";
import { type IronicNode, listNodes, manage, NodeFailed } from "./node";

/** A node as the inventory's dialect `ironic` has it. */
export interface WantedNode {
  readonly name: string;
  readonly driver: string;
  readonly driver_info: Readonly<Record<string, unknown>>;
  readonly resource_class: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly ports: readonly WantedPort[];
}

export interface WantedPort {
  readonly address: string;
  readonly pxe_enabled: boolean;
  readonly physical_network: string;
}

export interface EnrollOptions {
  readonly lab: string;
  /** Whether nodes of the lab that are not wanted any more are taken out of Ironic. */
  readonly prune: boolean;
  /** Keys the digest that tells whether a password has changed, which Ironic does not show. */
  readonly digestKey: string;
  /** What is on a node's disk, asked for nodes that Ironic does not know yet. */
  readonly disk: (name: string) => Promise<NodeDisk | undefined>;
  /** Nodes that are to be adopted although nobody wrote down what is deployed on them. */
  readonly adopt?: readonly string[];
  readonly timeoutMs: number;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Enrolled {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  /** Held as `active`, with what was on their disks. */
  readonly adopted: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
}

/** States in which Ironic lets a node go: nothing is deployed on it, and nothing goes on. */
const removable = ["enroll", "manageable", "available", "inspect failed", "clean failed"];

/**
 * Registers nodes with Ironic, each with its ports, and takes new ones to `manageable`, or to `active` by adoption where
 * something is deployed on them. Safe to repeat: what differs is updated, what is as wanted is left alone, whatever state
 * it is in.
 * @throws Error naming every node that failed and why, after all others are done.
 */
export async function enroll(
  client: IronicClient,
  wanted: readonly WantedNode[],
  options: EnrollOptions,
): Promise<Enrolled> {
  const existing = new Map((await listNodes(client)).map((node) => [node.name, node]));
  const done: { [Outcome in keyof Enrolled]: string[] } = {
    created: [],
    updated: [],
    adopted: [],
    unchanged: [],
    removed: [],
  };
  const problems: string[] = [];
  const attempt = async (name: string, work: () => Promise<keyof Enrolled>) => {
    try {
      const outcome = await work();
      done[outcome].push(name);
      if (outcome !== "unchanged") options.report(`${name}: ${outcome}`);
    } catch (error) {
      if (options.signal?.aborted) throw error;
      problems.push(error instanceof NodeFailed ? error.message : `${name}: ${(error as Error).message}`);
    }
  };
  await Promise.all(
    wanted.map((node) => attempt(node.name, () => enrollOne(client, node, existing.get(node.name), options))),
  );
  const stray = [...existing.values()].filter(
    ({ name, extra }) => extra.ovb_lab === options.lab && !wanted.some((node) => node.name === name),
  );
  for (const { name, uuid, provision_state: state } of stray) {
    const label = name ?? uuid;
    if (!options.prune)
      options.report(`${label} is in Ironic and not in the lab any more: --prune removes it`);
    else
      await attempt(label, async () => {
        if (!removable.includes(state)) throw new Error(`is ${state}: undeploy it before it is removed`);
        await client.call("DELETE", `/v1/nodes/${uuid}`);
        return "removed";
      });
  }
  if (problems.length > 0)
    throw new ProblemsError(`Ironic did not take ${problems.length} of the nodes:`, problems);
  return done;
}

async function enrollOne(
  client: IronicClient,
  wanted: WantedNode,
  existing: IronicNode | undefined,
  options: EnrollOptions,
): Promise<"created" | "updated" | "adopted" | "unchanged"> {
  const { ports, ...node } = wanted;
  const { name } = wanted;
  const waiting = {
    timeoutMs: options.timeoutMs,
    report: (state: string) => options.report(`${name}: ${state}`),
    signal: options.signal,
  };
  const digest = createHmac("sha256", options.digestKey).update(JSON.stringify(wanted)).digest("base64url");
  const extra = { ovb_lab: options.lab, ovb_digest: digest };
  let outcome: "created" | "updated" | "unchanged" = "unchanged";
  let uuid = existing?.uuid;
  const asked = options.adopt?.includes(name) ?? false;
  const marked = existing !== undefined && adoptMark in existing.extra;
  const isNew = existing === undefined || existing.provision_state === "enroll";
  // An Ironic that does not know the node has lost its memory, or never had one: the cloud's is asked.
  const disk = isNew || marked || asked ? await options.disk(name) : undefined;
  const adopts = asked || marked || (!existing && disk?.record !== undefined);
  if (uuid === undefined) {
    const mark = adopts ? { [adoptMark]: disk?.record?.at ?? "asked" } : {};
    const made = await client.call<IronicNode>("POST", "/v1/nodes", {
      ...node,
      extra: { ...extra, ...mark },
    });
    uuid = made.uuid;
    outcome = "created";
  } else {
    const patch = differences(existing!, node, extra);
    if (patch.length > 0) {
      // Another driver has other interfaces: its own defaults, or Ironic refuses it (API 1.45).
      const reset = existing!.driver === node.driver ? "" : "?reset_interfaces=true";
      await client.call("PATCH", `/v1/nodes/${uuid}${reset}`, patch);
      outcome = "updated";
    }
  }
  if (await updatePorts(client, uuid, ports)) outcome = outcome === "unchanged" ? "updated" : outcome;
  if (isNew) await manage(client, name, waiting);
  // One that was adopted by others, or by a call whose answer was lost, has the mark still and is left as it is.
  if (adopts && (isNew || adoptable.test(existing!.provision_state))) {
    await adopt(client, name, disk?.record, waiting);
    return "adopted";
  }
  if (isNew && disk && !isUntouched(disk)) options.report(unknownDisk(name, options.lab, disk));
  return outcome;
}

const adoptable = /^(manageable|adopt failed)$/;

/** A node on which something may be deployed, and nobody knows: it is left for people to decide. */
function unknownDisk(name: string, lab: string, disk: NodeDisk): string {
  const key = name.startsWith(`${lab}-`) ? name.slice(lab.length + 1) : name;
  return (
    `${name}: left manageable: its disk was in use (${wasUsed(disk)}), and nobody wrote down that Ironic deployed it. ` +
    `npx ovb enroll --adopt ${key} keeps what is on it; npx ovb deploy ${key} writes over it`
  );
}

interface Patch {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** What must change, as RFC 6902 has it. What others have added (an inspection's findings, notes in extra) stays. */
export function differences(
  existing: IronicNode,
  wanted: Omit<WantedNode, "ports">,
  extra: Readonly<Record<string, string>>,
): Patch[] {
  const patch: Patch[] = [];
  const hidden = existing.extra.ovb_digest !== extra.ovb_digest;
  const put = (path: string, was: unknown, value: unknown) => {
    if (!isDeepStrictEqual(was, value))
      patch.push({ op: was === undefined ? "add" : "replace", path, value });
  };
  put("/driver", existing.driver, wanted.driver);
  put("/resource_class", existing.resource_class, wanted.resource_class);
  for (const [key, value] of Object.entries(wanted.driver_info)) {
    const was = existing.driver_info[key];
    // Ironic shows no password: the digest tells whether one has changed.
    const isMasked = was === "******";
    if (!isMasked || hidden) put(`/driver_info/${key}`, isMasked ? null : was, value);
  }
  // A driver's keys of before: Ironic would go on showing them.
  if (existing.driver !== wanted.driver) {
    for (const key of Object.keys(existing.driver_info)) {
      if (!(key in wanted.driver_info)) patch.push({ op: "remove", path: `/driver_info/${key}` });
    }
  }
  for (const [key, value] of Object.entries(wanted.properties))
    put(`/properties/${key}`, existing.properties[key], value);
  for (const [key, value] of Object.entries(extra)) put(`/extra/${key}`, existing.extra[key], value);
  return patch;
}

/** @returns whether anything had to change. Ports that are not wanted stay: an inspection adds such. */
async function updatePorts(
  client: IronicClient,
  node: string,
  wanted: readonly WantedPort[],
): Promise<boolean> {
  const { ports } = await client.call<{ ports: (WantedPort & { uuid: string })[] }>(
    "GET",
    `/v1/nodes/${node}/ports?fields=uuid,address,pxe_enabled,physical_network`,
  );
  let changed = false;
  for (const port of wanted) {
    const existing = ports.find(({ address }) => address === port.address);
    if (!existing) {
      await client.call("POST", "/v1/ports", { ...port, node_uuid: node });
      changed = true;
      continue;
    }
    const patch = (["pxe_enabled", "physical_network"] as const)
      .filter((key) => existing[key] !== port[key])
      .map((key) => ({ op: "replace", path: `/${key}`, value: port[key] }));
    if (patch.length > 0) await client.call("PATCH", `/v1/ports/${existing.uuid}`, patch);
    changed ||= patch.length > 0;
  }
  return changed;
}
