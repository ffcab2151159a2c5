import { computeMicroversions, SERVERS, type Server, STABLE_RESCUE } from "../../openstack/nova";
import { roleTag } from "../../plan/lab/tags";
import { type Check, fail, ok, skip, warn } from "./check";
import type { Tenant } from "./tenant";

/** Whether this Nova can do what a lab's BMC asks of it. */
export async function checkMicroversions({ session, signal, plan }: Tenant): Promise<Check[]> {
  const { newest } = await computeMicroversions(session, signal);
  const spoken = `Nova speaks up to ${newest}`;
  const tooOld = "The cloud's Nova is too old; another region or cloud is the way out.";
  const servers = isAtLeast(newest, SERVERS)
    ? ok("microversion of servers and rebuild", `${spoken}, ${SERVERS} is needed`)
    : fail("microversion of servers and rebuild", `${spoken}, ${SERVERS} is needed`, tooOld);
  const name = "microversion of rescue";
  const rescue = `${STABLE_RESCUE} keeps the node's disk in a rescue`;
  if (isAtLeast(newest, STABLE_RESCUE)) return [servers, ok(name, `${spoken}, ${rescue}`)];
  if (!plan.images.iso) return [servers, ok(name, `${spoken}, and the lab has no rescue image`)];
  const advice = "Network-boot the nodes by rebuild, or by their iPXE disk alone; see docs/bmc.md.";
  return [servers, warn(name, `${spoken}, ${rescue}`, advice)];
}

/** "2.9" comes before "2.10". */
export function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Whether nodes get a config drive that nobody asked for, as clouds with force_config_drive give them. */
export async function checkConfigDrives(tenant: Tenant): Promise<Check[]> {
  const { plan, isOfLab } = tenant;
  const images = await tenant.images();
  const names = new Set(plan.nodes.map(({ image }) => image ?? plan.images.disk.name));
  const mandatory = images.filter(
    ({ name, img_config_drive }) => names.has(name ?? "") && img_config_drive === "mandatory",
  );
  if (mandatory.length > 0) {
    const message = `image ${mandatory[0]!.name} demands one (img_config_drive=mandatory)`;
    return [warn("config drives", message, `${deployedOs} Take the property off the image.`)];
  }
  return [
    judgeConfigDrives(
      await tenant.servers(),
      (server) => isOfLab(server) && server.tags.includes(roleTag("node")),
    ),
  ];
}

const deployedOs = "What is deployed on a node would read the host cloud's metadata from it.";

/** Nova tells nobody its configuration; servers that are there show it. */
export function judgeConfigDrives(servers: readonly Server[], isNode: (server: Server) => boolean): Check {
  const name = "config drives";
  const forced = servers.find((server) => isNode(server) && server.config_drive === "True");
  if (forced) {
    const advice = `${deployedOs} Let the deployed system look for its own by another label, or ask for another cloud.`;
    return warn(name, `the node ${forced.name} has one that nobody asked for: the cloud forces them`, advice);
  }
  const without = servers.find((server) => server.config_drive === "");
  if (without) return ok(name, `not forced: the server ${without.name} has none`);
  return skip(name, "no server of this project shows whether the cloud forces them; a node of the lab will");
}
