import { consoleOutput, listServers } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { BmcDriver } from "../../plan/inventory/dialect";
import type { Inventory } from "../../plan/inventory/inventory";
import { ironic as ironicDialect } from "../../plan/inventory/ironic";
import { labTag } from "../../plan/labTag";
import { IronicClient, type IronicEndpoint } from "./client";
import { type ConfigDrive, type DeployImage, deployNode } from "./deploy";
import { type Enrolled, enroll, type WantedNode } from "./enroll";
import { NodeFailed } from "./node";

/** A first boot with an installation from PyPI takes 5 minutes on hardware; an image that has Ironic, 5 under emulation. */
const startMs = 30 * 60_000;
/** For each step of a node: an agent under emulation takes up to 7 minutes to call back on a busy machine. */
export const usualStepMinutes = 30;

/** The stack's outputs, as far as Ironic's commands need them. */
export interface IronicOutputs {
  readonly ironic?: IronicEndpoint;
  readonly inventory?: Inventory;
}

export interface LabIronicOptions {
  /** Shows consoles when something fails. */
  readonly session: Session;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Another way to the API, such as an SSH tunnel. */
  readonly url?: string;
  /** For each step of a node. @default usualStepMinutes */
  readonly stepMinutes?: number;
}

/** A lab's Ironic, and its nodes as they are to be there. */
export class LabIronic {
  readonly client: IronicClient;

  private constructor(
    private readonly endpoint: IronicEndpoint,
    readonly inventory: Inventory,
    private readonly options: LabIronicOptions,
  ) {
    this.client = new IronicClient(
      { ...endpoint, ...(options.url !== undefined && { url: options.url }) },
      { signal: options.signal, report: options.report },
    );
  }

  /** Waits until the API answers. @throws Error with the end of the undercloud's console when it does not. */
  static async open({ ironic, inventory }: IronicOutputs, options: LabIronicOptions): Promise<LabIronic> {
    if (!ironic || !inventory)
      throw new Error("This stack has no Ironic: set ovb:undercloud.kind to ironic, then npx ovb up");
    const lab = new LabIronic(ironic, inventory, options);
    let told = 0;
    try {
      await lab.client.ready(startMs, (why) => {
        if (Date.now() - told < 60_000) return;
        told = Date.now();
        options.report(`waiting for Ironic: ${why}`);
      });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw await lab.withConsole(error as Error, inventory.undercloud.name);
    }
    return lab;
  }

  /** @param driver auto: what the BMC speaks best, Redfish by TLS before IPMI. */
  enroll(driver: BmcDriver | "auto", prune: boolean): Promise<Enrolled> {
    const chosen = driver === "auto" ? (this.inventory.bmc?.redfishUrl ? "redfish" : "ipmi") : driver;
    return enroll(this.client, wantedNodes(this.inventory, chosen), {
      lab: this.inventory.lab,
      prune,
      digestKey: this.endpoint.password,
      timeoutMs: this.stepMs,
      report: this.options.report,
      signal: this.options.signal,
    });
  }

  /**
   * Deploys nodes side by side.
   * @throws Error with every node that failed, why, and the end of its console.
   */
  async deploy(
    names: readonly string[],
    image: DeployImage,
    configDrive: (name: string) => ConfigDrive,
    inspect: boolean,
  ): Promise<void> {
    const { report, signal } = this.options;
    const results = await Promise.allSettled(
      names.map((name) =>
        deployNode(this.client, name, {
          ...{ image, inspect, report, signal },
          configDrive: configDrive(name),
          timeoutMs: this.stepMs,
        }),
      ),
    );
    signal?.throwIfAborted();
    const failures = results.flatMap(({ ...result }, i) =>
      result.status === "rejected" ? [{ name: names[i]!, error: result.reason as Error }] : [],
    );
    if (failures.length === 0) return;
    const told = await Promise.all(failures.map(({ name, error }) => this.withConsole(error, name)));
    throw new Error(told.map(({ message }) => message).join("\n\n"));
  }

  private get stepMs(): number {
    return (this.options.stepMinutes ?? usualStepMinutes) * 60_000;
  }

  /** The error with the end of the server's console: what a node that never called back was doing. */
  private async withConsole(error: Error, server: string): Promise<Error> {
    const { session } = this.options;
    try {
      const [found] = await listServers(session, { name: server, tags: [labTag(this.inventory.lab)] });
      const text = found ? await consoleOutput(session, found.id, 40) : "(no such server)";
      const what = error instanceof NodeFailed ? error.message : `${server}: ${error.message}`;
      return new Error(`${what}\n--- end of the console of ${server} ---\n${text.trimEnd()}`);
    } catch {
      return error; // the cloud is no help; what happened matters more
    }
  }
}

/** The nodes as `ovb inventory --format ironic` has them. */
export function wantedNodes(inventory: Inventory, driver: BmcDriver): readonly WantedNode[] {
  return (JSON.parse(ironicDialect(inventory, { driver })) as { nodes: WantedNode[] }).nodes;
}
