import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tokenInfo } from "../../openstack/keystone";
import type { Session } from "../../openstack/session";
import { stateFolder } from "../../process/folders";
import { writePrivate } from "../../process/writePrivate";
import { devcloudOf } from "./devcloud";
import { onDevcloud } from "./environment";

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

function homeFile(stack: string, env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), "clouds", `${encodeURIComponent(stack)}.json`);
}

/**
 * Where a stack's lab lives, noted by `up` for the commands after it; a devcloud has the lab's state itself. Not a lab's
 * state: losing it loses nothing. Undefined where a stack of this name in another backend lives there.
 */
export function readHome(stack: string, env: NodeJS.ProcessEnv = process.env): TenantHome | undefined {
  const tenant = noted(stack, env);
  return (tenant?.backend ?? "") === (env.PULUMI_BACKEND_URL ?? "") ? tenant : undefined;
}

function noted(stack: string, env: NodeJS.ProcessEnv): TenantHome | undefined {
  const file = homeFile(stack, env);
  if (!existsSync(file)) return undefined;
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { tenant?: TenantHome }).tenant;
  } catch {
    return undefined; // a file that somebody spoilt is no reason to refuse a command
  }
}

/** The lab is being made where the session works. */
export async function noteHome(
  stack: string,
  session: Session,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (onDevcloud(env)) return;
  const tenant = await tenantOf(session, env);
  writePrivate(homeFile(stack, env), `${JSON.stringify({ tenant }, null, 2)}\n`);
}

/** There is no lab of the stack any more there. */
export function forgetHome(stack: string, env: NodeJS.ProcessEnv = process.env): void {
  if (!onDevcloud(env) && readHome(stack, env)) rmSync(homeFile(stack, env));
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
  if (onDevcloud(env)) return;
  const home = readHome(stack, env);
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
  const tenant = readHome(stack, env);
  if (!tenant || devcloudOf(stack, env) !== undefined) return;
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
