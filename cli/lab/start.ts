import type { Command } from "commander";
import { Phases } from "../../process/phases";
import { cloudCommand } from "../command/stackCommand";
import { inDevcloud } from "../stack/devcloud";
import { labEnvironment, namesCloud, ovb, project, stackArguments } from "../stack/environment";
import { refuseDevcloud } from "../stack/home";
import { stackPlan } from "../stack/stackPlan";
import type { UpOptions } from "./up";

export interface StartOptions extends UpOptions {
  /** Name of the devcloud, when one is used. */
  readonly devcloud: string;
}

export function startCommand(): Command {
  return cloudCommand("start")
    .description(
      "From a fresh clone to a running lab: in the tenant that OS_CLOUD or OS_AUTH_URL names, or else on a real\n" +
        "OpenStack that is started on this machine, in namespaces of its own (Debian-like Linux, root).",
    )
    .option("--no-boot", "do not network-boot a node")
    .option("--no-deploy", "network-boot a node and do not deploy it, where the undercloud has Ironic")
    .action((options: StartOptions) => start(options));
}

/**
 * Everything from a fresh clone to a running lab: on the tenant that the environment names, or else on a devcloud
 * that is started here. The long builds of a first run (Debian root, Pulumi, its plugin) go on side by side.
 */
async function start({ boot, deploy, devcloud, ...choice }: StartOptions): Promise<void> {
  const phases = new Phases();
  const plan = stackPlan(project, choice);
  const upArguments = [
    "up",
    ...stackArguments(choice),
    ...(boot ? [] : ["--no-boot"]),
    ...(deploy ? [] : ["--no-deploy"]),
  ];
  if (namesCloud(process.env)) {
    const cloud = process.env.OS_CLOUD ?? process.env.OS_AUTH_URL;
    phases.report(`The lab ${plan.name} will be made in the tenant of ${cloud}; \`npm stop\` removes it.`);
    await phases.run("Pulumi", () => labEnvironment());
    await ovb(upArguments, { output: "pass" });
    return;
  }
  refuseDevcloud(choice.stack);
  phases.report(
    "No OS_CLOUD and no OS_AUTH_URL: a real OpenStack is started on this machine, in namespaces of its own " +
      "(first run: a quarter of an hour or more; `npm stop -- --all` removes it).",
  );
  const failed = new AbortController();
  const { signal } = failed;
  await phases.run("Pulumi and the devcloud", async () => {
    const works = [
      labEnvironment(process.env, signal),
      ovb(["devcloud", "up", "--name", devcloud, ...(plan.undercloud?.ironic ? ["--ironic"] : [])], {
        signal,
      }),
    ];
    for (const work of works) work.catch(() => failed.abort());
    await Promise.all(works);
  });
  await ovb(inDevcloud(devcloud, upArguments), { output: "pass" });
  process.stderr.write(`${phases.summary()}  (with the devcloud)\n`);
}
