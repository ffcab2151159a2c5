import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { isIPv4 } from "node:net";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Image, listImages } from "../../openstack/glance";
import type { Server } from "../../openstack/nova";
import { type LabKey, takesLabKey } from "../../plan/lab/labKey";
import type { LabPlan, ServerPlan } from "../../plan/lab/labPlan";
import { shortName } from "../../plan/lab/servers";
import { picked } from "../../tenant/fit/pick";
import type { ChosenLab } from "../command/labCommand";
import { readRecord } from "../ironic/record";
import { labFolder, stackForReading } from "../stack/environment";
import { chooseServer, fixedAddress, type LabServer, onCloud, outsideAddress } from "../stack/labServers";
import { loginUser } from "./loginUser";
import type { SshHost } from "./sshConfig";

/** What a person may say differently. */
export interface AccessOptions {
  /** Whom to log in as, on the server that is asked for. */
  readonly user?: string;
  /** A file with a private key, or with the public half of one that an agent has. */
  readonly identity?: string;
}

interface Keys {
  readonly labKeyFile?: string;
  readonly identity?: string;
}

/** The stack's outputs, as far as they are read here. */
interface Outputs {
  readonly ssh?: LabKey;
}

/** The lab's own key. Absent where the stack has none: no BMC, or no `up` since there are such keys. */
export async function readLabKey(lab: ChosenLab): Promise<LabKey | undefined> {
  const outputs = await (await stackForReading(lab.choice)).outputs<Outputs>();
  return outputs.ssh;
}

/**
 * The server and, where there is one, the undercloud that the way leads through.
 * @param name with the lab's name in front or without
 * @param labKeyFile where the lab's own key will be; absent without one
 * @throws Error where the plan has no such server, or the cloud; or where it does not run
 */
export async function hostsTo(
  lab: ChosenLab,
  name: string,
  options: AccessOptions,
  labKeyFile: string | undefined,
): Promise<readonly SshHost[]> {
  const { plan } = lab;
  const wanted = chooseServer(plan, name);
  const { undercloud } = plan;
  const plans: ServerPlan[] = undercloud && undercloud !== wanted ? [undercloud, wanted] : [wanted];
  const found = onCloud(plan, plans, await lab.servers());
  for (const one of found) mustRun(one);
  const { identity } = options;
  const keys: Keys = { labKeyFile, ...(identity !== undefined && { identity: resolve(identity) }) };
  return Promise.all(
    found.map(async (server) => ({
      name: server.key,
      port: lab.sshPort,
      address:
        server.plan === undercloud || !undercloud ? outerAddress(plan, server) : innerAddress(plan, server),
      user: (server.plan === wanted ? options.user : undefined) ?? (await userOf(lab, server)),
      alias: hostKeyAlias(server.server),
      ...(server.plan !== undercloud && undercloud && { via: shortName(plan, undercloud) }),
      ...identitiesFor(plan, server, keys),
    })),
  );
}

/** Of a server on the ctlplane, for whoever is on it; an address is itself. @param host a server's short name, or an address */
export function addressOf(plan: LabPlan, host: string, servers: ReadonlyMap<string, Server>): string {
  if (isIPv4(host)) return host;
  return innerAddress(plan, onCloud(plan, [chooseServer(plan, host)], servers)[0]!);
}

/** Where the lab's host keys are remembered, for as long as its state is kept. */
export function knownHostsFile(stack: string): string {
  const folder = join(labFolder(stack), "ssh");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, "known_hosts");
}

function mustRun({ key, plan, server: { status, name } }: LabServer): void {
  if (["ACTIVE", "RESCUE", "PASSWORD", "HARD_REBOOT", "REBOOT"].includes(status)) return;
  const isNode = "key" in plan;
  const wayOut =
    status !== "SHUTOFF"
      ? "npx ovb status"
      : isNode
        ? `npx ovb power on ${key}`
        : `openstack server start ${name}`;
  throw new Error(`${key} does not run, it is ${status} by Nova: ${wayOut}`);
}

function outerAddress(plan: LabPlan, found: LabServer): string {
  return outsideAddress(plan, found.server) ?? innerAddress(plan, found);
}

/** On the ctlplane, as Nova has it: sync may have given it another than the plan's. */
function innerAddress({ ctlplane }: LabPlan, { key, plan, server }: LabServer): string {
  const planned = plan.ports.find(({ network }) => network === "ctlplane")?.address;
  const address = fixedAddress(server, ctlplane.name) ?? planned;
  if (address === undefined)
    throw new Error(`${key} has no address on the network ${ctlplane.name}: see \`npx ovb status\``);
  return address;
}

/** Another VM has another key, and so has a node on which something else was deployed. */
function hostKeyAlias({ id, metadata }: Server): string {
  const deployed = readRecord(metadata);
  if (!deployed) return id;
  return `${id}-${createHash("sha256").update(JSON.stringify(deployed)).digest("hex").slice(0, 12)}`;
}

async function userOf(
  { session, signal, report }: ChosenLab,
  { key, plan, server }: LabServer,
): Promise<string> {
  const isNode = "key" in plan;
  // A node's own image is iPXE; what Ironic has deployed is in its metadata.
  const name = isNode ? (readRecord(server.metadata)?.image ?? "") : (plan.image ?? "");
  const image = isNode ? undefined : await imageOf(name, { session, signal });
  const user = loginUser(isNode ? name.slice(name.lastIndexOf("/") + 1) : (image?.name ?? name), image);
  if (user !== undefined) return user;
  if (name !== "")
    report(`${key}: whom to log in as, the image ${name} does not tell: debian; --user names another`);
  return "debian";
}

/** By name or id. Undefined where there is none, or Glance does not tell: its name has to do then. */
async function imageOf(
  nameOrId: string,
  { session, signal }: Pick<ChosenLab, "session" | "signal">,
): Promise<Image | undefined> {
  try {
    return picked(await listImages(session, {}, signal), nameOrId)[0];
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** The usual names of ssh-keygen's, in the order of `ssh`. */
const usualKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];

/**
 * The lab's key first, where the server may have it, then the user's own. Not all that an agent has: sshd ends a connection
 * after six keys (MaxAuthTries), and the lab's would come last.
 */
function identitiesFor(
  plan: LabPlan,
  { plan: server }: LabServer,
  { labKeyFile, identity }: Keys,
): { readonly identities?: readonly string[] } {
  const takes = takesLabKey(plan);
  const may = server === plan.undercloud ? takes.undercloud : true;
  const labs = may && labKeyFile !== undefined ? [labKeyFile] : [];
  if (identity !== undefined) return { identities: [...labs, identity] };
  if (labs.length === 0) return {};
  const usual = usualKeys.map((name) => join(homedir(), ".ssh", name)).filter((file) => existsSync(file));
  return { identities: [...labs, ...usual] };
}
