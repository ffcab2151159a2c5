import { deleteImage } from "../../openstack/glance";
import { deleteApplicationCredential } from "../../openstack/keystone";
import { isMomentary } from "../../openstack/momentary";
import { deleteNetworking, removeRouterInterface } from "../../openstack/neutron";
import { deleteServer } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { waitForServer } from "../../openstack/wait";
import { keepTrying } from "../../process/until";
import type { Kind, Resource } from "../../tenant/inventory";
import type { Leftover } from "./leftovers";

/** In the order in which things let go of each other; what stands together goes side by side. */
const levels: readonly (readonly Kind[])[] = [
  ["server", "floating IP", "application credential"],
  ["router interface", "port", "image"],
  ["router", "security group", "subnet"],
  ["network"],
];

/** Deletions under way at once: what the labs' own `up` asks of a cloud, and well below public clouds' rate limits. */
const parallel = 16;

/** A busy Nova takes minutes to stop a guest that ignores ACPI. */
const serverTimeoutMs = 300_000;

/** How long something may go on using what is to be deleted (409), and how often we look. */
const inUseTimeoutMs = 60_000;
const inUsePauseMs = 2_000;

export interface Failure {
  readonly leftover: Leftover;
  readonly error: Error;
}

export interface Removal {
  readonly removed: readonly Leftover[];
  readonly failures: readonly Failure[];
}

/**
 * Deletes leftovers, level by level. What cannot be deleted is among the failures and does not stop the others. Once
 * the signal is aborted nothing more is begun; what is under way ends, and what is left is not among the answers.
 * @param report called with each leftover that is gone
 */
export async function removeLeftovers(
  session: Session,
  leftovers: readonly Leftover[],
  report: (leftover: Leftover) => void,
  signal: AbortSignal,
): Promise<Removal> {
  const removed: Leftover[] = [];
  const failures: Failure[] = [];
  for (const kinds of levels) {
    const waiting = leftovers.filter(({ resource }) => kinds.includes(resource.kind));
    const worker = async () => {
      for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
        try {
          await removeWhenUnused(session, next.resource, signal);
          removed.push(next);
          report(next);
        } catch (error) {
          if (!signal.aborted) failures.push({ leftover: next, error: error as Error });
        }
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
  }
  return { removed, failures };
}

async function removeWhenUnused(session: Session, resource: Resource, signal: AbortSignal): Promise<void> {
  await keepTrying(() => remove(session, resource, signal), {
    ...{ clock: session, pauseMs: inUsePauseMs, timeoutMs: inUseTimeoutMs, signal },
    passes: isMomentary,
  });
}

/** Gone when this returns. Gone already is as good. */
async function remove(
  session: Session,
  { kind, id, ...facts }: Resource,
  signal: AbortSignal,
): Promise<void> {
  switch (kind) {
    case "server":
      await deleteServer(session, id, signal);
      await waitForServer(session, id, (server) => server === undefined, {
        timeoutMs: serverTimeoutMs,
        signal,
      });
      return;
    case "image":
      await deleteImage(session, id, signal);
      return;
    case "application credential":
      await deleteApplicationCredential(session, id, signal);
      return;
    case "router interface":
      for (const subnet of facts.subnetIds ?? [])
        await removeRouterInterface(session, facts.deviceId!, subnet, signal);
      return;
    case "floating IP":
      await deleteNetworking(session, "floatingips", id, signal);
      return;
    case "security group":
      await deleteNetworking(session, "security-groups", id, signal);
      return;
    default:
      await deleteNetworking(session, `${kind}s`, id, signal);
  }
}
