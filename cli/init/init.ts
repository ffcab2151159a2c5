import { setMaxListeners } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { Command } from "commander";
import { labFromStack } from "../../plan/config/parseConfig";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import { type Claim, foreignResources } from "../../tenant/claim";
import { TenantAnswers } from "../../tenant/fit/tenant";
import { type Resource, tenantInventory } from "../../tenant/inventory";
import { requireAnswer, whereabouts } from "../command/confirm";
import { environmentsCloud, type Outside } from "../command/outside";
import { project } from "../stack/environment";
import { stackClaim } from "../stack/ownState";
import { shortStack, stackFile } from "../stack/stackConfig";
import { ask } from "./ask";
import { stackFileText } from "./document";
import { findingsOf } from "./findings";
import type { Given } from "./given";
import { givenBy, type InitOptions, initOptions, keysBy } from "./options";
import { propose } from "./propose";
import { interview } from "./questions";
import { NoLabFits, settle } from "./settle";

export function initCommand(outside: Outside = environmentsCloud): Command {
  return initOptions(new Command("init"))
    .argument("[stack]", "name of the stack (default: the name of the cloud, else lab)")
    .description(
      "Write Pulumi.STACK.yaml for the tenant that OS_CLOUD or OS_AUTH_URL names: asks the tenant what it has and you what\n" +
        "you want, tries the answer as `ovb doctor` does, and writes each choice with its reason. The lab fits then, or init\n" +
        "says all that is in the way and writes nothing. An existing file is left alone. Nothing secret is in it.",
    )
    .action((stack: string | undefined, options: InitOptions, command: Command) => {
      requireAnswer(
        command,
        options,
        "nobody is there to be asked: --yes takes what the tenant suggests, and the options settle single answers (--help)",
      );
      return interruptible("No file was written; what a trial had made is removed.", (signal) =>
        init(stack ?? stackOfCloud(process.env), options, outside, signal),
      );
    });
}

/** Every character but these is refused by some backend of Pulumi's. */
function stackOfCloud({ OS_CLOUD: cloud = "" }: NodeJS.ProcessEnv): string {
  return cloud.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "") || "lab";
}

async function init(
  stack: string,
  options: InitOptions,
  outside: Outside,
  signal: AbortSignal,
): Promise<void> {
  setMaxListeners(0, signal); // each request listens to it
  const { configFile, probe, yes } = options;
  if (!/^[\w.-]+(\/[\w.-]+){0,2}$/.test(stack))
    throw new Error(
      `The stack's name "${stack}" must be letters, digits, "_", "-" and "."; nothing was written.`,
    );
  const file = stackFile({ folder: project, stack, configFile });
  const shown = relative(process.cwd(), file) || file;
  mustBeFree(file, shown, stack);
  const wanted = givenBy(shortStack(stack), options);
  const { report } = new Phases();
  const session = outside.session();
  const where = await whereabouts(session);
  report(`looking at ${where}: ${session.auth.source}`);
  const answers = new TenantAnswers(session, signal);
  const [findings, inventory] = await Promise.all([
    findingsOf(answers, where),
    tenantInventory(session, signal).catch(() => []), // the doctor's checks say so
  ]);
  signal.throwIfAborted();
  const claim = (lab: string) => stackClaim({ stack, configFile }, lab);
  let given: Given = {
    ...wanted,
    ...freeName(wanted, inventory, await claim(wanted.lab ?? labFromStack(wanted.stack))),
    ...(options.sshKey && { keys: keysBy(findings, options.sshKey) }),
  };
  const suggest = async (settled: Given) => {
    const proposal = await propose(answers, findings, settled);
    if (!proposal) throw new NoLabFits([]);
    return proposal;
  };
  if (!yes) given = await interview(findings, given, suggest, ask);
  const { choices, lab } = await settle(findings, given, { session, answers, claim, probe, report });
  const head =
    `A lab on ${where}. Written by \`npx ovb init\`: each value is one that the tenant had then. docs/configuration.md ` +
    `has every key; \`npx ovb doctor --stack ${stack}\` checks this file.`;
  writeFileSync(file, stackFileText(choices, head), { flag: "wx" });
  report(`${shown}: the lab ${lab!.plan.name}, ${lab!.plan.totals.instances} servers`);
  const stackOption = configFile ? `--stack ${stack} --config-file ${shown}` : `--stack ${stack}`;
  process.stdout.write(
    `Written: ${shown}\nNext:\n  npx ovb plan ${stackOption}\n  npx ovb doctor ${stackOption}\n  npx ovb up ${stackOption}\n`,
  );
}

/** @throws Error where the file, or the same with the other ending, is there */
function mustBeFree(file: string, shown: string, stack: string): void {
  const other = file.endsWith(".yaml") ? file.replace(/yaml$/, "yml") : file.replace(/yml$/, "yaml");
  if (![file, other].some(existsSync)) return;
  throw new Error(
    `${shown} is there, and nothing was written. For another lab name another stack (npx ovb init NAME); to start ` +
      `over, move the file away; \`npx ovb doctor --stack ${stack} --fix\` changes what of it does not fit the tenant.`,
  );
}

/** Where the usual name is another stack's lab: the next one that is nobody's. */
function freeName(
  { lab, stack }: Omit<Given, "keys">,
  inventory: readonly Resource[],
  claim: Claim,
): Pick<Given, "lab"> {
  if (lab !== undefined) return { lab };
  const usual = labFromStack(stack);
  const isFree = (name: string) => foreignResources(inventory, { ...claim, lab: name }).length === 0;
  if (isFree(usual)) return {};
  const others = Array.from({ length: 98 }, (_, i) => `${usual.slice(0, 27)}-${i + 2}`.replace("--", "-"));
  return { lab: others.find(isFree) };
}
