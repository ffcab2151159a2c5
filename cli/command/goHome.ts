import { CommandFailed } from "../../process/run";
import { devcloudOf, inDevcloud } from "../stack/devcloud";
import { namesCloud, onDevcloud, ovb, project } from "../stack/environment";
import { called, readHome } from "../stack/home";
import { chooseStack } from "../stack/stackConfig";
import { ExitStatus } from "./exitStatus";

/**
 * Where the environment names no cloud: to the one that the stack's lab lives on. Says so in a line.
 * @param argv the whole command
 * @param where "tenant": not to a devcloud
 * @throws ExitStatus after it was run on a devcloud of this machine
 */
export async function goHome(
  argv: readonly string[],
  given: { readonly stack?: string },
  where: true | "tenant" = true,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (namesCloud(env) || onDevcloud(env)) return;
  const { stack } = chooseStack({ folder: project, stack: given.stack, env });
  const devcloud = devcloudOf(stack, env);
  if (devcloud !== undefined && where === "tenant") return;
  if (devcloud !== undefined) {
    console.error(`on the devcloud ${devcloud} of this machine, where the lab of the stack ${stack} lives`);
    try {
      await ovb(inDevcloud(devcloud, argv), { output: "pass" });
    } catch (error) {
      if (error instanceof CommandFailed) throw new ExitStatus(error.status);
      throw error;
    }
    throw new ExitStatus(0);
  }
  const tenant = readHome(stack, env);
  if (tenant?.cloud === undefined) return;
  console.error(`on ${called(tenant)}, where the lab of the stack ${stack} lives`);
  env.OS_CLOUD = tenant.cloud;
}
