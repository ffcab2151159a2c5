import { listServersDetail, type Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { tokens } from "../../plan/review/resource";
import { counted, type Deed } from "../command/confirm";
import type { IronicOutputs } from "../ironic/labIronic";
import type { StackState } from "../stack/stackState";
import { nameOf, type StateResource } from "../stack/stateFile";
import { deployedNodes } from "./deployedNodes";

/**
 * What a destroy takes away: servers with their disks, volumes, deployed nodes by name, the rest by number.
 * @param outputs absent: Ironic is not asked which nodes are deployed
 */
export async function whatGoes(
  session: Session,
  { made }: StackState,
  outputs?: IronicOutputs,
): Promise<Deed["facts"]> {
  const [servers, deployed] = await Promise.all([
    serversOf(session, made),
    outputs && deployedNodes(outputs),
  ]);
  const images = made.filter(({ type }) => type === tokens.image);
  const facts: (readonly [string, string])[] = [];
  if (servers.length > 0) facts.push(["servers", counted(servers.map(({ name }) => name))]);
  const disks = servers.filter(({ image }) => image !== "");
  const size = disks.reduce((sum, { flavor }) => sum + flavor.disk, 0);
  if (disks.length > 0) facts.push(["disks", `${disks.length} with ${size} GiB, and what is on them`]);
  facts.push(...volumesOf(servers));
  if (deployed) facts.push(["deployed", deployed]);
  if (images.length > 0) facts.push(["images", counted(images.map(nameOf))]);
  const rest = made.length - servers.length - images.length;
  if (rest > 0) facts.push(["others", `${rest} (ports, networks, addresses, rules and the like)`]);
  return facts;
}

/** Those of the state that are on the cloud. */
async function serversOf(session: Session, made: readonly StateResource[]): Promise<Server[]> {
  const ids = new Set(made.filter(({ type }) => type === tokens.server).map(({ id }) => id));
  if (ids.size === 0) return [];
  return (await listServersDetail(session)).filter(({ id }) => ids.has(id));
}

/** Attached volumes are nothing that a lab makes: each goes or stays as Nova was told when it was attached. */
function volumesOf(servers: readonly Server[]): Deed["facts"] {
  const volumes = servers.flatMap((server) =>
    (server["os-extended-volumes:volumes_attached"] ?? []).map((volume) => ({
      ...volume,
      server: server.name,
    })),
  );
  const named = (all: typeof volumes) => counted(all.map(({ id, server }) => `${id} of ${server}`));
  const goes = volumes.filter((volume) => volume.delete_on_termination);
  const stays = volumes.filter((volume) => !volume.delete_on_termination);
  return [
    ...(goes.length > 0 ? [["volumes", named(goes)] as const] : []),
    ...(stays.length > 0 ? [["detached", `${named(stays)} (volumes that stay)`] as const] : []),
  ];
}
