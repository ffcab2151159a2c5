import { existsSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { tokenInfo } from "../../openstack/keystone";
import type { Session } from "../../openstack/session";
import { writePrivate } from "../../process/writePrivate";

/** The tenant that a stack's lab lives in. */
export interface TenantHome {
  /** Of clouds.yaml; absent: the variables of an openrc named it. */
  readonly cloud?: string;
  readonly authUrl: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly region?: string;
  /** PULUMI_BACKEND_URL: stacks of one name in two backends are two. */
  readonly backend?: string;
}

/** Where a stack's lab lives, noted by `up` for the commands after it. Not a lab's state: losing it loses nothing. */
export interface Homes {
  readonly tenant?: TenantHome;
  /** Name of the devcloud on this machine. Beside a tenant's, as a devcloud keeps state of its own. */
  readonly devcloud?: string;
}

function homeFile(stack: string, env: NodeJS.ProcessEnv): string {
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state");
  return join(state, "ovb", "clouds", `${encodeURIComponent(stack)}.json`);
}

/** Without a tenant that a stack of this name in another backend lives in. */
export function readHomes(stack: string, env: NodeJS.ProcessEnv = process.env): Homes {
  const homes = readAll(stack, env);
  const { tenant, ...rest } = homes;
  return isOurs(tenant, env) ? homes : rest;
}

function isOurs(tenant: TenantHome | undefined, env: NodeJS.ProcessEnv): boolean {
  return (tenant?.backend ?? "") === (env.PULUMI_BACKEND_URL ?? "");
}

function readAll(stack: string, env: NodeJS.ProcessEnv): Homes {
  const file = homeFile(stack, env);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Homes;
  } catch {
    return {}; // a file that somebody spoilt is no reason to refuse a command
  }
}

function writeHomes(stack: string, homes: Homes, env: NodeJS.ProcessEnv): void {
  const file = homeFile(stack, env);
  if (homes.tenant || homes.devcloud) writePrivate(file, `${JSON.stringify(homes, null, 2)}\n`);
  else rmSync(file, { force: true });
}

/** The lab is being made where the session works. */
export async function noteHome(
  stack: string,
  session: Session,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const homes = readAll(stack, env);
  if (env.OVB_DEVCLOUD) writeHomes(stack, { ...homes, devcloud: env.OVB_DEVCLOUD }, env);
  else writeHomes(stack, { ...homes, tenant: await tenantOf(session, env) }, env);
}

/** There is no lab of the stack any more there. */
export function forgetHome(stack: string, env: NodeJS.ProcessEnv = process.env): void {
  const { devcloud, tenant } = readAll(stack, env);
  const here = env.OVB_DEVCLOUD;
  if (here) writeHomes(stack, devcloud === here ? { tenant } : { devcloud, tenant }, env);
  else writeHomes(stack, isOurs(tenant, env) ? { devcloud } : { devcloud, tenant }, env);
}

/**
 * Looks whether the session works in the tenant that the stack's lab was made in.
 * @throws Error where it is another: its commands would find nothing there, and `up` would make a second lab
 */
export async function checkHome(
  stack: string,
  session: Session,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (env.OVB_DEVCLOUD) return;
  const { tenant: home } = readHomes(stack, env);
  if (!home) return;
  const here = await tenantOf(session, env);
  if (here.project.id === home.project.id && (here.region ?? "") === (home.region ?? "")) return;
  const back = home.cloud
    ? `OS_CLOUD=${home.cloud}`
    : `the openrc of ${home.project.name || home.project.id}`;
  throw new Error(
    `The stack ${stack} has its lab on ${called(home)}, and the environment names ${called(here)}; nothing was done. ` +
      `Use ${back}, or another stack (--stack) for a lab here. Where that lab is gone for good: rm ${homeFile(stack, env)}`,
  );
}

/**
 * For commands that take a devcloud where the environment names no cloud.
 * @throws Error where the stack's lab lives in a tenant, and on no devcloud
 */
export function refuseDevcloud(stack: string, env: NodeJS.ProcessEnv = process.env): void {
  const { tenant, devcloud } = readHomes(stack, env);
  if (!tenant || devcloud) return;
  throw new Error(
    `The stack ${stack} has its lab on ${called(tenant)}, and the environment names no cloud; nothing was done. Set ` +
      `${tenant.cloud ? `OS_CLOUD=${tenant.cloud}` : "the variables of its openrc"}, or take another stack (--stack) for a lab on a devcloud.`,
  );
}

export function called({ cloud, authUrl, project, region }: TenantHome): string {
  return [
    cloud ?? authUrl,
    `project ${project.name || project.id}`,
    ...(region ? [`region ${region}`] : []),
  ].join(", ");
}

async function tenantOf(session: Session, env: NodeJS.ProcessEnv): Promise<TenantHome> {
  const { project } = await tokenInfo(session);
  const { authUrl, region } = session.auth;
  return {
    ...(env.OS_CLOUD && { cloud: env.OS_CLOUD }),
    ...{ authUrl, project },
    ...(region && { region }),
    ...(env.PULUMI_BACKEND_URL && { backend: env.PULUMI_BACKEND_URL }),
  };
}
