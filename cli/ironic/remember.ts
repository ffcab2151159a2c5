import { removeMetadata, setMetadata } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { NodeDisk, NodeDisks } from "../nodes/nodeDisks";
import { type IronicNode, isDeployed } from "./node";
import { type DeployRecord, isSame, readRecord, recordKeys, recordMetadata, recordOf } from "./record";

export interface RememberOptions {
  readonly session: Session;
  readonly disks: NodeDisks;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes what Ironic has deployed into the metadata of the nodes' servers, and takes away what is not deployed any more.
 * Only `available` tells the latter: a node that is `manageable` may be one that an Ironic without memory has yet to adopt.
 * @param nodes as Ironic has them
 */
export async function remember(nodes: readonly IronicNode[], options: RememberOptions): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      if (node.name === null || !(isDeployed(node) || node.provision_state === "available")) return;
      const disk = await options.disks.get(node.name);
      if (!disk) return;
      if (isDeployed(node)) await keep(node, disk, options);
      else await forget(disk, options);
    }),
  );
}

async function keep(node: IronicNode, { server, history, record }: NodeDisk, options: RememberOptions) {
  const { session, report, signal } = options;
  if (!history) return;
  if (history.since.length === 0 && server["OS-EXT-STS:vm_state"] === "stopped") {
    report(
      `${node.name}: Ironic holds it as ${node.provision_state}, and its disk was made anew since: ` +
        `npx ovb undeploy ${keyOf(node)} takes it back in Ironic`,
    );
    return;
  }
  const now: DeployRecord = recordOf(node, history.origin, new Date().toISOString());
  if (!isSame(record, now)) await setMetadata(session, server.id, recordMetadata(now), signal);
}

/** Removes the record of what was deployed on a node's disk. */
export async function forget(
  { server }: Pick<NodeDisk, "server">,
  { session, signal }: Pick<RememberOptions, "session" | "signal">,
): Promise<void> {
  if (!readRecord(server.metadata)) return;
  for (const key of Object.values(recordKeys)) await removeMetadata(session, server.id, key, signal);
}

function keyOf({ name, extra }: IronicNode): string {
  const prefix = `${String(extra.ovb_lab)}-`;
  return name!.startsWith(prefix) ? name!.slice(prefix.length) : name!;
}
