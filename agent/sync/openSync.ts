import { type AuthOptions, authFromEnvironment } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { credentials, secretOf } from "../service/credentials";
import type { Log } from "../service/log";
import type { SyncConfig, SyncSource } from "./config";
import { readDnsmasqFiles } from "./dnsmasqFiles";
import { Syncer, type SyncerOptions } from "./syncer";
import { Target } from "./target";
import { readUndercloudNeutron } from "./undercloudNeutron";

export interface OpenedSync {
  readonly syncer: Syncer;
  /** The host cloud. */
  readonly session: Session;
}

/** The host cloud's and the undercloud's identity. @throws CredentialsError, or Error when a file cannot be read */
export function identities(
  { credentialsFile, source }: SyncConfig,
  env: NodeJS.ProcessEnv,
): { host: AuthOptions; undercloud?: AuthOptions; secrets: string[] } {
  const host = credentials(credentialsFile, env);
  const undercloud = undercloudOf(source, env);
  return { host, undercloud, secrets: [host, undercloud].flatMap((auth) => (auth ? [secretOf(auth)] : [])) };
}

/** Not with the environment's OS_* variables: those are the host cloud's. */
function undercloudOf(source: SyncSource, env: NodeJS.ProcessEnv): AuthOptions | undefined {
  if (source.kind !== "undercloud-neutron") return undefined;
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("OS_")));
  return source.cloud === undefined
    ? credentials(source.credentialsFile, rest)
    : authFromEnvironment({ ...rest, OS_CLOUD: source.cloud });
}

/** Sync as configured; makes no request yet. */
export function openSync(
  config: SyncConfig,
  { host, undercloud }: { host: AuthOptions; undercloud?: AuthOptions },
  log: Log,
): OpenedSync {
  const session = new Session(host);
  const rules = {
    pairLimit: config.pairLimit,
    ownsPlanned: config.ownsPlanned,
    holdsVips: vipHolders(config),
  };
  const target = new Target(session, config.lab);
  return { session, syncer: new Syncer({ readSource: reader(config, undercloud), target, rules, log }) };
}

function reader({ source, vips }: SyncConfig, undercloud?: AuthOptions): SyncerOptions["readSource"] {
  const more = async (read: ReturnType<SyncerOptions["readSource"]>) => {
    const seen = await read;
    return { ...seen, vips: [...new Set([...seen.vips, ...vips])] };
  };
  if (source.kind === "dnsmasq") return () => more(readDnsmasqFiles(source));
  const session = new Session(undercloud!);
  return (nodes, signal) => more(readUndercloudNeutron({ ...source, session }, nodes, signal));
}

/** Port names are LAB-GROUP-INDEX-ctlplane. */
function vipHolders({ lab, vipHolders: chosen }: SyncConfig): (portName: string) => boolean {
  if (chosen.length === 0) return () => true;
  return (name) => {
    const key = name.slice(lab.length + 1).replace(/-ctlplane$/, "");
    return chosen.includes(key) || chosen.includes(key.replace(/-\d+$/, ""));
  };
}
