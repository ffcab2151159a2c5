import type { Server } from "../../openstack/nova";
import { roleTag } from "../../plan/lab/tags";
import { type Check, ok, skip, warn } from "../../tenant/fit/check";
import type { Tenant } from "../../tenant/fit/tenant";

/** Whether nodes get a config drive that nobody asked for, as clouds with force_config_drive give them. */
export async function checkConfigDrives(tenant: Tenant): Promise<Check[]> {
  const { plan, isOfLab } = tenant;
  const images = await tenant.images();
  const names = new Set(plan.nodes.map(({ image }) => image ?? plan.images.disk.name));
  const mandatory = images.filter(
    ({ id, name, img_config_drive }) =>
      (names.has(name ?? "") || names.has(id)) && img_config_drive === "mandatory",
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
