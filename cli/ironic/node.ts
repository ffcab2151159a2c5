import { systemClock, until } from "../../process/until";
import { type IronicClient, IronicError, IronicUnreachable } from "./client";

/** Ironic's node, as far as a lab looks at it. Passwords in driver_info come as "******". */
export interface IronicNode {
  readonly uuid: string;
  readonly name: string | null;
  readonly driver: string;
  readonly driver_info: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly resource_class: string | null;
  readonly extra: Readonly<Record<string, unknown>>;
  /** What was deployed. Secrets in it come as "******". */
  readonly instance_info: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly provision_updated_at: string | null;
  readonly provision_state: string;
  readonly target_provision_state: string | null;
  readonly power_state: string | null;
  readonly last_error: string | null;
  readonly maintenance: boolean;
}

const fields = [
  ...["uuid", "name", "driver", "driver_info", "properties", "resource_class", "extra"],
  ...["instance_info", "provision_updated_at"],
  ...["provision_state", "target_provision_state", "power_state", "last_error", "maintenance"],
].join(",");

export async function getNode(client: IronicClient, name: string): Promise<IronicNode> {
  return client.call<IronicNode>("GET", `/v1/nodes/${name}?fields=${fields}`);
}

/** All of them: Ironic gives at most 1000 at once. */
export async function listNodes(client: IronicClient): Promise<IronicNode[]> {
  const nodes: IronicNode[] = [];
  for (let path: string | undefined = `/v1/nodes?fields=${fields}`; path; ) {
    const page: { nodes: IronicNode[]; next?: string } = await client.call("GET", path);
    nodes.push(...page.nodes);
    const next: URL | undefined = page.next ? new URL(page.next) : undefined;
    path = next && `${next.pathname}${next.search}`;
  }
  return nodes;
}

/** A state in which nothing goes on: what a node is waited for to reach. */
const stable = /^(enroll|manageable|available|active|rescue|adopt failed|.* failed|error)$/;

/** Whether Ironic holds the node as one with an instance on its disk. */
export function isDeployed({ provision_state: state }: IronicNode): boolean {
  return /^(active|rescue|rescue failed|unrescue failed|servicing|service wait|service hold|service failed)$/.test(
    state,
  );
}

/** Whether Ironic is just deploying the node. */
export function isBeingDeployed({ provision_state: state }: IronicNode): boolean {
  return state === "deploying" || state === "wait call-back";
}

/** Where a node is that has done what it was asked for; nothing where that is where it came from. */
const ends = {
  manage: "manageable",
  provide: "available",
  inspect: undefined,
  active: "active",
  deleted: "available",
  abort: undefined,
  adopt: "active",
};

/** Asks for a provision state and does not wait. Where Ironic's answer is lost, the node shows whether it has to be asked again. */
export async function setProvisionState(
  client: IronicClient,
  name: string,
  target: keyof typeof ends,
  more: object = {},
): Promise<void> {
  const ask = () => client.call<void>("PUT", `/v1/nodes/${name}/states/provision`, { target, ...more });
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof IronicUnreachable) || !error.lost) throw error;
    const { provision_state: state } = await getNode(client, name);
    if (stable.test(state) && state !== ends[target]) await ask();
  }
}

export interface Waiting {
  readonly timeoutMs: number;
  /** Told each state that the node comes through. */
  readonly report: (state: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Waits until nothing goes on with the node. An Ironic that does not answer for a while, as its undercloud is restarted or
 * the network away, is waited for as well: the node goes on without us.
 * @returns the node in the state that was wanted.
 * @throws NodeFailed with Ironic's last error when it ends elsewhere, or does not end in time.
 */
export async function waitForState(
  client: IronicClient,
  name: string,
  wanted: string,
  { timeoutMs, report, signal }: Waiting,
): Promise<IronicNode> {
  let said = "";
  const say = (what: string) => {
    if (what !== said) report(what);
    said = what;
  };
  let late: Error | undefined;
  const look = async () => {
    const node = await getNode(client, name).catch((error: Error) => {
      // An answer of a moment, too, is no end of a deployment that is under way.
      const passes =
        error instanceof IronicUnreachable || (error instanceof IronicError && error.status >= 500);
      if (!passes) throw error;
      say(error.message);
      late = error;
      return undefined;
    });
    if (!node) return undefined;
    const { provision_state: state, last_error: why } = node;
    say(state);
    if (state === wanted && !node.target_provision_state) return node;
    if (stable.test(state) && state !== wanted) throw new NodeFailed(name, state, wanted, why);
    late = new NodeFailed(name, `${state} after ${timeoutMs / 60_000} min`, wanted, why, true);
    return undefined;
  };
  const there = await until(look, { clock: systemClock, pauseMs: 2000, timeoutMs, signal });
  if (!there) throw late;
  return there;
}

/** How often Ironic asks a BMC that gave it no answer; on a busy cloud the first question may come too early. */
const manageAttempts = 3;

/**
 * Takes a node that is enrolled to `manageable`, for which Ironic asks its BMC.
 * @throws NodeFailed
 */
export async function manage(client: IronicClient, name: string, waiting: Waiting): Promise<IronicNode> {
  for (let attempt = 1; ; attempt++) {
    await setProvisionState(client, name, "manage");
    try {
      return await waitForState(client, name, "manageable", waiting);
    } catch (error) {
      if (!(error instanceof NodeFailed) || error.underWay || attempt === manageAttempts) throw error;
      waiting.report(`${error.message}: trying again`);
    }
  }
}

export class NodeFailed extends Error {
  constructor(
    readonly node: string,
    state: string,
    wanted: string,
    lastError: string | null,
    /** Whether Ironic is still at it: we do not wait any longer. */
    readonly underWay = false,
  ) {
    super(`${node} is ${state}, not ${wanted}${lastError ? `: ${lastError}` : ""}`);
    this.name = "NodeFailed";
  }
}
