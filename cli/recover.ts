import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { hasStatus } from "../openstack/error";
import { deleteImage, listImages } from "../openstack/glance";
import { deleteApplicationCredential, listApplicationCredentials, tokenInfo } from "../openstack/keystone";
import {
  type Collection,
  deleteNetworking,
  listNetworking,
  removeRouterInterface,
} from "../openstack/neutron";
import { deleteServer, listServers } from "../openstack/nova";
import type { Session } from "../openstack/session";
import { waitForServer } from "../openstack/wait";
import { tokens } from "../plan/diff/plannedResources";
import type { LabPlan } from "../plan/labPlan";
import { CommandFailed } from "../process/runCommand";
import type { LabStack } from "./labStack";
import { removeOrphanParts } from "./orphanParts";
import { removeOrphans } from "./removeOrphans";
import { type Inputs, type StateResource, stateLabs } from "./sweep/stateFile";

interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: Inputs };
}

interface Deployment {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

/**
 * Clears up after a `pulumi` that was killed: its lock, and what it was creating. Pulumi notes such a resource as
 * pending and knows no id; a second `up` would make a second one and the first would stay for ever. It is found
 * by the exact name that it was given, in this project, among what the state does not know, and deleted.
 * After one that failed, see removeOrphans(); for what has no name, removeOrphanParts().
 * @param plan what is to be made next; absent: the lab is to be destroyed, and parts go with what they are of
 * @returns the names of the labs in its state: none, or one
 */
export async function recover(
  stack: LabStack,
  session: Session,
  report: (line: string) => void,
  plan?: LabPlan,
): Promise<readonly string[]> {
  if (!stack.exists) return [];
  await removeDeadLock(stack, report);
  const exported = await stack.pulumi(["stack", "export"], { output: "capture" });
  const { deployment } = JSON.parse(exported) as Deployment;
  const resources = deployment.resources ?? [];
  const known = new Set(resources.map((resource) => resource.id));
  const pending = (deployment.pending_operations ?? []).filter((operation) => operation.type === "creating");
  if (pending.length > 0) await removePending(stack, session, pending, known, report);
  const { labs } = stateLabs({ deployment });
  const failed = await removeOrphans(stack, session, labs, known, report);
  if (plan !== undefined && (failed || pending.length > 0)) {
    const routes = pending.filter(({ resource }) => resource.type === tokens.route);
    const inputs = routes.map(({ resource }) => resource.inputs ?? {});
    await removeOrphanParts(session, resources, plan, inputs, report);
  }
  return labs;
}

async function removePending(
  stack: LabStack,
  session: Session,
  pending: readonly PendingOperation[],
  known: ReadonlySet<string | undefined>,
  report: (line: string) => void,
): Promise<void> {
  report(`an earlier run was killed while it created ${pending.length} resources: looking for what it left`);
  const project = (await tokenInfo(session)).project?.id;
  if (!project)
    throw new Error("The credentials name no project; set OS_PROJECT_NAME or use an application credential");
  for (const [type, orphans] of Object.entries(kinds)) {
    for (const { resource } of pending.filter((operation) => operation.resource.type === type)) {
      await orphans({ session, project, known, inputs: resource.inputs ?? {}, report });
    }
  }
  await stack.pulumi(["refresh", "--yes", "--skip-preview", "--non-interactive", "--clear-pending-creates"]);
}

/** Runs Pulumi; when it fails, says what is true then. @throws CommandFailed's message with the way out. */
export async function repeatable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new Error(
      `${error.message}. What was done by then is kept: once the reason is gone, the same command goes on from ` +
        "there, and removes what this run may have left without knowing.",
    );
  }
}

interface Search {
  readonly session: Session;
  readonly project: string;
  readonly known: ReadonlySet<string | undefined>;
  readonly inputs: Inputs;
  readonly report: (line: string) => void;
}

/** How to find and delete what a creation left, in the order in which things let go of each other. */
const kinds: Record<string, (search: Search) => Promise<void>> = {
  "openstack:identity/applicationCredential:ApplicationCredential": applicationCredentials,
  "openstack:compute/instance:Instance": servers,
  "openstack:images/image:Image": images,
  "openstack:networking/floatingIp:FloatingIp": floatingIps,
  "openstack:networking/routerInterface:RouterInterface": routerInterface,
  "openstack:networking/port:Port": (search) => networking(search, "ports"),
  "openstack:networking/router:Router": (search) => networking(search, "routers"),
  "openstack:networking/subnet:Subnet": (search) => networking(search, "subnets"),
  "openstack:networking/network:Network": (search) => networking(search, "networks"),
  "openstack:networking/secGroup:SecGroup": (search) => networking(search, "security-groups"),
};

async function servers({ session, known, inputs, report }: Search): Promise<void> {
  for (const { id, name } of await listServers(session, { name: inputs.name })) {
    if (known.has(id)) continue;
    report(`deleting the server ${name} (${id}), which the killed run left`);
    await deleteServer(session, id);
    await waitForServer(session, id, (server) => server === undefined, { timeoutMs: 180_000 });
  }
}

async function images({ session, project, known, inputs, report }: Search): Promise<void> {
  for (const { id, name } of await listImages(session, { name: inputs.name, owner: project })) {
    if (known.has(id)) continue;
    report(`deleting the image ${name} (${id}), which the killed run left`);
    await deleteImage(session, id);
  }
}

async function networking(
  { session, project, known, inputs, report }: Search,
  collection: Collection,
): Promise<void> {
  const found = await listNetworking(session, collection, { name: inputs.name, project_id: project });
  for (const { id } of found) {
    if (known.has(id)) continue;
    report(`deleting ${inputs.name} of ${collection} (${id}), which the killed run left`);
    await deleteNetworking(session, collection, id);
  }
}

async function applicationCredentials({ session, known, inputs, report }: Search): Promise<void> {
  for (const { id, name } of await listApplicationCredentials(session)) {
    if (known.has(id) || name !== inputs.name) continue;
    report(`deleting the application credential ${inputs.name} (${id}), which the killed run left`);
    await deleteApplicationCredential(session, id);
  }
}

/** Floating IPs have no name; the lab's have its name as their description. */
async function floatingIps({ session, project, known, inputs, report }: Search): Promise<void> {
  if (!inputs.description) return;
  const query = { description: inputs.description, project_id: project };
  for (const { id } of await listNetworking(session, "floatingips", query)) {
    if (known.has(id)) continue;
    report(`deleting the floating IP ${id}, which the killed run left`);
    await deleteNetworking(session, "floatingips", id);
  }
}

/** It has no name of its own, and a second one for the same subnet is refused. */
async function routerInterface({ session, inputs, report }: Search): Promise<void> {
  if (!inputs.routerId || !inputs.subnetId) return;
  try {
    if (await removeRouterInterface(session, inputs.routerId, inputs.subnetId))
      report(`took the subnet ${inputs.subnetId} off its router again, where the killed run had put it`);
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
  }
}

/** Pulumi's file backend keeps a lock a process; a killed one leaves it, and every later command would stop there. */
async function removeDeadLock(stack: LabStack, report: (line: string) => void): Promise<void> {
  if (!stack.backend) return;
  const folder = join(stack.backend, ".pulumi", "locks", "organization", "ovb", stack.name);
  if (!existsSync(folder)) return;
  const locks = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { pid: number; hostname: string },
  );
  const dead = locks.filter((lock) => lock.hostname === hostname() && !isAlive(lock.pid));
  if (dead.length === 0 || dead.length < locks.length) return; // somebody is at work: Pulumi says who
  report("removing the lock of a killed run");
  await stack.pulumi(["cancel", "--yes"], { output: "capture" });
}

/** Whether a process runs. A killed one that nobody has waited for yet is a zombie, and runs no more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // somebody else's; ESRCH: none
  }
  const stat = `/proc/${pid}/stat`;
  // "PID (NAME) STATE ...", proc(5); the name may hold anything, parentheses too.
  return !existsSync(stat) || !readFileSync(stat, "utf8").split(") ").at(-1)!.startsWith("Z");
}
