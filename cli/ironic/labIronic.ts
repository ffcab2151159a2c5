import { readConsoleTail } from "../../openstack/console";
import { listServers } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { IronicSettings } from "../../plan/guest/ironic/settings";
import type { BmcDriver } from "../../plan/inventory/dialect";
import type { Inventory } from "../../plan/inventory/inventory";
import { ironic as ironicDialect } from "../../plan/inventory/ironic";
import type { LabKey } from "../../plan/lab/labKey";
import type { IronicPlan } from "../../plan/lab/labPlan";
import { labTag } from "../../plan/lab/tags";
import type { Claim } from "../../tenant/claim";
import { NodeDisks } from "../nodes/nodeDisks";
import { labServers } from "../stack/labServers";
import { awaitInstall } from "./awaitInstall";
import { type BringOptions, bring, broughtImage } from "./bring";
import { IronicClient, type IronicEndpoint } from "./client";
import { type ConfigDrive, type DeployImage, deployNode } from "./deployNode";
import { type Enrolled, enroll, type WantedNode } from "./enrollNodes";
import { getNode, type IronicNode, listNodes, NodeFailed } from "./node";
import { forget, remember } from "./remember";
import { handOver } from "./settings";
import { undeployNode } from "./undeployNode";

/** A first boot with an installation from PyPI takes 5 minutes on hardware; an image that has Ironic, 5 under emulation. */
const startMs = 30 * 60_000;
/** For each step of a node: IPA under emulation takes up to 7 minutes to call back on a busy machine. */
export const usualStepMinutes = 30;

/** The stack's outputs, as far as Ironic's commands need them. */
export interface IronicOutputs {
  /** Settings: absent where the program that made the outputs knew none. */
  readonly ironic?: IronicEndpoint & { readonly settings?: IronicSettings };
  readonly inventory?: Inventory;
  /** The lab's own SSH key; absent where it has none. */
  readonly ssh?: Pick<LabKey, "publicKey">;
}

export interface LabIronicOptions {
  /** Shows consoles when something fails. */
  readonly session: Session;
  /** What proves that the lab is this stack's. */
  readonly claim: Claim;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Another way to the API, such as an SSH tunnel. */
  readonly url?: string;
  /** For each step of a node. @default usualStepMinutes */
  readonly stepMinutes?: number;
  /** How long to wait for the API with nothing new on the undercloud's console, milliseconds. @default 30 minutes */
  readonly patienceMs?: number;
}

/** A lab's Ironic, and its nodes as they are to be there. */
export class LabIronic {
  readonly client: IronicClient;
  readonly #endpoint: IronicEndpoint & { readonly settings?: IronicSettings };
  readonly #options: LabIronicOptions;

  private constructor(
    endpoint: IronicEndpoint & { readonly settings?: IronicSettings },
    readonly inventory: Inventory,
    /** The lab's own SSH key, for nodes that are deployed without another. */
    readonly publicKey: string | undefined,
    options: LabIronicOptions,
  ) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.client = new IronicClient(endpointOf(endpoint, options), {
      signal: options.signal,
      report: options.report,
    });
  }

  /**
   * Waits until the API answers.
   * @throws ForeignLab where the lab's servers are another stack's; Error with the end of the undercloud's console when
   * nobody answers
   */
  static async open(outputs: IronicOutputs, options: LabIronicOptions): Promise<LabIronic> {
    const { ironic, inventory } = required(outputs);
    await labServers(options.session, options.claim, options.signal);
    const lab = new LabIronic(ironic, inventory, outputs.ssh?.publicKey, options);
    let told = 0;
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, ...(options.signal ? [options.signal] : [])]);
    const { session, report, patienceMs = startMs } = options;
    const install = { session, lab: inventory.lab, undercloud: inventory.undercloud.name };
    try {
      await Promise.race([
        new IronicClient(endpointOf(ironic, options), { signal }).ready(Number.POSITIVE_INFINITY, (why) => {
          if (Date.now() - told < 60_000) return;
          told = Date.now();
          report(`waiting for Ironic: ${why}`);
        }),
        awaitInstall({ ...install, report, patienceMs, signal }),
      ]);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw await lab.#withConsole(error as Error, inventory.undercloud.name);
    } finally {
      done.abort();
    }
    return lab;
  }

  /** Brings the undercloud what of IPA and of the configuration's files it lacks. @throws Error with the way out */
  bring(plan: IronicPlan, buildIpa: BringOptions["buildIpa"]): Promise<void> {
    const { report, signal } = this.#options;
    return bring(plan, { client: this.client, buildIpa, report, signal });
  }

  /** SHA-256 of the image to deploy that was brought to the undercloud; "": its own image has one; undefined: there is none. */
  broughtImage(): Promise<string | undefined> {
    return broughtImage(this.client);
  }

  /**
   * Tells the running undercloud what has changed of its settings, and waits until Ironic answers with them.
   * @throws Error with the undercloud's own words where it cannot
   */
  async handOver(): Promise<void> {
    const { settings } = this.#endpoint;
    if (!settings) return;
    const changed = await handOver(this.client, settings, this.#options);
    if (changed.length > 0) await this.client.ready(startMs, () => {});
  }

  /**
   * @param driver auto: what the BMC speaks best, Redfish by TLS before IPMI
   * @param adopt nodes that hold something which nobody wrote down, to be adopted all the same
   */
  enroll(driver: BmcDriver | "auto", prune: boolean, adopt: readonly string[] = []): Promise<Enrolled> {
    const chosen = driver === "auto" ? (this.inventory.bmc?.redfishUrl ? "redfish" : "ipmi") : driver;
    const disks = this.disks();
    return enroll(this.client, wantedNodes(this.inventory, chosen), {
      lab: this.inventory.lab,
      prune,
      adopt,
      digestKey: this.#endpoint.password,
      disk: (name) => disks.get(name),
      timeoutMs: this.#stepMs,
      report: this.#options.report,
      signal: this.#options.signal,
    });
  }

  /** What the cloud knows of the nodes' disks, from now on. */
  disks(): NodeDisks {
    return new NodeDisks(this.#options.session, this.#options.claim, this.#options.signal);
  }

  /** The lab's nodes as Ironic has them now; what it has deployed is written down on the way. */
  async look(disks = this.disks()): Promise<IronicNode[]> {
    const names = new Set(this.inventory.nodes.map(({ name }) => name));
    const nodes = (await listNodes(this.client)).filter(({ name }) => name !== null && names.has(name));
    await remember(nodes, { ...this.#options, disks });
    return nodes;
  }

  /**
   * Deploys nodes side by side, and writes down what was deployed.
   * @returns those that were active before: nothing was done to them
   * @throws Error with every node that failed, why, and the end of its console
   */
  async deploy(
    names: readonly string[],
    image: DeployImage,
    configDrive: (name: string) => ConfigDrive,
    inspect: boolean,
  ): Promise<string[]> {
    const { report, signal } = this.#options;
    const before: string[] = [];
    await this.#each(names, async (name) => {
      const deployed = await deployNode(this.client, name, {
        ...{ image, inspect, report, signal },
        configDrive: configDrive(name),
        timeoutMs: this.#stepMs,
      });
      if (!deployed) before.push(name);
      await remember([await getNode(this.client, name)], { ...this.#options, disks: this.disks() });
    });
    return names.filter((name) => before.includes(name));
  }

  /**
   * Takes nodes back side by side.
   * @returns those on which Ironic had deployed nothing
   * @throws Error with every node that failed, why, and the end of its console
   */
  async undeploy(names: readonly string[]): Promise<string[]> {
    const { report, signal } = this.#options;
    const idle: string[] = [];
    const disks = this.disks();
    await this.#each(names, async (name) => {
      const waiting = {
        timeoutMs: this.#stepMs,
        signal,
        report: (state: string) => report(`${name}: ${state}`),
      };
      if (!(await undeployNode(this.client, name, waiting))) idle.push(name);
      const disk = await disks.get(name);
      if (disk) await forget(disk, this.#options);
    });
    return names.filter((name) => idle.includes(name));
  }

  async #each(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(names.map(work));
    this.#options.signal?.throwIfAborted();
    const failures = results.flatMap((result, i) =>
      result.status === "rejected" ? [{ name: names[i]!, error: result.reason as Error }] : [],
    );
    if (failures.length === 0) return;
    const told = await Promise.all(failures.map(({ name, error }) => this.#withConsole(error, name)));
    throw new Error(told.map(({ message }) => message).join("\n\n"));
  }

  get #stepMs(): number {
    return (this.#options.stepMinutes ?? usualStepMinutes) * 60_000;
  }

  /** The error with the end of the server's console: what a node that never called back was doing. */
  async #withConsole(error: Error, server: string): Promise<Error> {
    const { session } = this.#options;
    try {
      const [found] = await listServers(session, { name: server, tags: [labTag(this.inventory.lab)] });
      const tail = found ? await readConsoleTail(session, found) : "(no such server)";
      const what = error instanceof NodeFailed ? error.message : `${server}: ${error.message}`;
      return new Error(`${what}\n${tail}`);
    } catch {
      return error; // the cloud is no help; what happened matters more
    }
  }
}

/** By the way that the options name, where they name another. */
/** Ironic's API as it is asked: at the URL that the options name, else where the outputs say. */
export function endpointOf(endpoint: IronicEndpoint, { url }: LabIronicOptions): IronicEndpoint {
  return { ...endpoint, ...(url !== undefined && { url }) };
}

/** The name of the lab whose Ironic these outputs name. @throws Error where there is none */
export function labOf(outputs: IronicOutputs): string {
  return required(outputs).inventory.lab;
}

function required({
  ironic,
  inventory,
}: IronicOutputs): Required<Pick<IronicOutputs, "ironic" | "inventory">> {
  if (!ironic || !inventory)
    throw new Error("This stack has no Ironic: set ovb:undercloud.kind to ironic, then npx ovb up");
  return { ironic, inventory };
}

/** Names of nodes that are asked for by name or by GROUP-INDEX. @throws Error naming those that are none, and those that there are. */
export function chooseIronicNodes(
  { inventory }: Pick<LabIronic, "inventory">,
  asked: readonly string[],
): string[] {
  const found = asked.map((one) => inventory.nodes.find(({ name, key }) => one === name || one === key));
  const unknown = asked.filter((_, i) => !found[i]);
  if (unknown.length > 0)
    throw new Error(
      `No node of this lab: ${unknown.join(", ")}. It has ${inventory.nodes.map(({ key }) => key).join(", ")}.`,
    );
  return [...new Set(found.map((node) => node!.name))];
}

/** The nodes as `ovb inventory --format ironic` has them. */
export function wantedNodes(inventory: Inventory, driver: BmcDriver): readonly WantedNode[] {
  return (JSON.parse(ironicDialect(inventory, { driver })) as { nodes: WantedNode[] }).nodes;
}
