import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import { tokens } from "../../plan/review/resource";
import { isAlive } from "../../process/alive";
import type { Claim } from "../../tenant/claim";
import type { LabStack } from "../stack/labStack";
import { type Inputs, type StateResource, stateLabs } from "../stack/stateFile";
import { removeOrphanParts } from "./orphanParts";
import { removeOrphans } from "./removeOrphans";

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

/** Of `pulumi stack history --json`, newest first. */
interface Update {
  /** "succeeded", "failed", or "in-progress" where a backend says so. */
  readonly result: string;
}

/**
 * Clears up after a `pulumi` that was killed, or that failed.
 *
 * A killed one leaves its lock, and what it was creating: Pulumi notes such a resource as pending and knows no id. A failed
 * one leaves what the cloud made while the answer was lost on its way. See removeOrphans(); for what has no name,
 * removeOrphanParts().
 * @param plan what the configuration says; absent where it cannot be read and the lab is to be destroyed
 * @returns what the state proves, for each lab in it
 * @throws Error while another run is at work on the stack
 */
export async function recover(
  stack: LabStack,
  session: Session,
  report: (line: string) => void,
  { plan, next }: { readonly plan?: LabPlan; readonly next: "up" | "destroy" },
): Promise<readonly Claim[]> {
  if (!stack.exists) return [];
  await removeDeadLock(stack, report);
  const history = await stack.pulumi(["stack", "history", "--json", "--page-size", "1"], {
    output: "capture",
  });
  const last = (JSON.parse(history.trim() || "[]") as Update[])[0]?.result;
  if (last === "in-progress") throw new Error(`${atWork(stack)}: wait until it has ended.`);
  const exported = await stack.pulumi(["stack", "export"], { output: "capture" });
  const { deployment } = JSON.parse(exported) as Deployment;
  const resources = deployment.resources ?? [];
  const { claims } = stateLabs({ deployment });
  const pending = (deployment.pending_operations ?? []).filter((operation) => operation.type === "creating");
  if (pending.length === 0 && last !== "failed") return claims;
  if (pending.length > 0)
    report(
      `an earlier run was killed while it created ${pending.length} resources: looking for what it left`,
    );
  const router = plan?.router?.kind === "existing" ? plan.router.name : undefined;
  // In a backend of the user's only Pulumi can tell whether another run is at work: a refresh takes the backend's lock.
  if (pending.length > 0 && !stack.backend) await clearPending(stack);
  await removeOrphans(session, claims, router, report);
  if (pending.length > 0 && stack.backend) await clearPending(stack);
  // A lab that is to be destroyed takes its parts with it.
  if (plan !== undefined && next === "up") {
    const routes = pending.filter(({ resource }) => resource.type === tokens.route);
    const inputs = routes.map(({ resource }) => resource.inputs ?? {});
    await removeOrphanParts(session, resources, plan, inputs, report);
  }
  return claims;
}

async function clearPending(stack: LabStack): Promise<void> {
  const flags = ["--yes", "--skip-preview", "--non-interactive", "--clear-pending-creates"];
  await stack.pulumi(["refresh", ...flags]);
}

/** Pulumi's file backend keeps a lock a process; a killed one leaves it, and every later command would stop there. */
async function removeDeadLock(stack: LabStack, report: (line: string) => void): Promise<void> {
  if (!stack.backend) return;
  const folder = join(stack.backend, ".pulumi", "locks", "organization", "ovb", stack.name);
  if (!existsSync(folder)) return;
  const locks = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { pid: number; hostname: string },
  );
  const [alive] = locks.filter((lock) => lock.hostname !== hostname() || isAlive(lock.pid));
  if (alive)
    throw new Error(
      `${atWork(stack)} (process ${alive.pid} on ${alive.hostname}): wait until it has ended. Where it is dead for sure, ` +
        `\`npx ovb pulumi --stack ${stack.name} -- cancel\` removes its lock.`,
    );
  if (locks.length === 0) return;
  report("removing the lock of a killed run");
  await stack.pulumi(["cancel", "--yes"], { output: "capture" });
}

function atWork({ name }: LabStack): string {
  return `Another run is at work on the stack ${name}`;
}
