import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { hasStatus } from "../../openstack/error";
import type { Flavor } from "../../openstack/flavors";
import type { Image } from "../../openstack/glance";
import { listKeypairs } from "../../openstack/keypairs";
import type { Network, Port, Router, Subnet } from "../../openstack/neutron";
import type { NetworkBackend } from "../../plan/lab/networkBackend";
import { sshKey } from "../../plan/lab/schema/values";
import type { TenantAnswers } from "../../tenant/fit/tenant";
import { isRouterInterface } from "../../tenant/inventory";
import { backendOf } from "../../tenant/networkBackend";
import { type System, systemsOf } from "../../tenant/offer/images";

/** What a tenant has that a lab's configuration may name. Plain data. */
export interface Findings {
  /** Whose it is, for people: "mycloud, project demo, region RegionOne". */
  readonly where: string;
  /** The project's id. */
  readonly project: string;
  /** The external networks, the likeliest first. */
  readonly externals: readonly Network[];
  /** All that the project is shown. */
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  /** The project's own, with a gateway. */
  readonly routers: readonly Router[];
  /** Interfaces of routers. */
  readonly interfaces: readonly Port[];
  readonly flavors: readonly Flavor[];
  readonly images: readonly Image[];
  /** Those of the images that an undercloud or a BMC can be, the best first. */
  readonly systems: readonly System[];
  readonly keys: readonly Key[];
  /** Nova's availability zones that take servers. */
  readonly zones: readonly string[];
  readonly backend?: NetworkBackend;
  /** Whether the login may make the credential of the BMC's agent. */
  readonly mayMakeCredentials: boolean;
}

/** An SSH public key. */
export interface Key {
  /** "keypair laptop", or a file. */
  readonly from: string;
  readonly line: string;
}

/** Asks the tenant, all at once. What policy hides is not found. */
export async function findingsOf(answers: TenantAnswers, where: string): Promise<Findings> {
  const { session, signal } = answers;
  const hidden = async <T>(ask: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await ask;
    } catch (error) {
      if (hasStatus(error, 403, 404)) return [];
      throw error;
    }
  };
  const [project, identity, networks, subnets, routers, ports, flavors, images, keypairs, zones, backend] =
    await Promise.all([
      session.projectId(signal),
      session.identity(signal),
      hidden(answers.networks()),
      hidden(answers.subnets()),
      hidden(answers.ownRouters()),
      hidden(answers.visiblePorts()),
      hidden(answers.flavors()),
      hidden(answers.images()),
      hidden(listKeypairs(session, signal)),
      hidden(answers.computeZones()),
      backendOf(answers).catch(() => undefined),
    ]);
  const gates = routers.filter((router) => router.external_gateway_info !== null);
  return {
    ...{ where, project, networks, subnets, flavors, images },
    externals: likeliest(networks, gates),
    routers: gates,
    interfaces: ports.filter(isRouterInterface),
    systems: systemsOf(images),
    keys: keypairs
      .map(({ name, public_key }) => ({ from: `keypair ${name}`, line: public_key.trim() }))
      .filter(isSshKey),
    zones: zones.filter(({ isAvailable }) => isAvailable).map(({ name }) => name),
    ...(backend && { backend }),
    mayMakeCredentials: identity.application_credential?.restricted !== true,
  };
}

function isSshKey({ line }: Key): boolean {
  return sshKey.safeParse(line).success && !line.includes("\n");
}

/** What the project's routers use already is likelier than what a name tells. */
function likeliest(networks: readonly Network[], routers: readonly Router[]): Network[] {
  const uses = ({ id }: Network) =>
    routers.filter(({ external_gateway_info }) => external_gateway_info?.network_id === id).length;
  const named = ({ name }: Network) => (/public|ext|float|inet/i.test(name) ? 0 : 1);
  return networks
    .filter((network) => network["router:external"])
    .sort((a, b) => uses(b) - uses(a) || named(a) - named(b) || a.name.localeCompare(b.name));
}

/** The public keys in ~/.ssh, for a person to choose from. */
export function localKeys(home = homedir()): Key[] {
  const folder = join(home, ".ssh");
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".pub"))
      .sort()
      .map((file) => ({ from: `~/.ssh/${file}`, line: readFileSync(join(folder, file), "utf8").trim() }))
      .filter(isSshKey);
  } catch {
    return []; // none, or not ours to read
  }
}
