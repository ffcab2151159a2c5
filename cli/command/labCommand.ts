import type { Command } from "commander";
import type { Server } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { LabConfig } from "../../plan/lab/schema/configSchema";
import { interruptible } from "../../process/interrupt";
import { Phases } from "../../process/phases";
import type { Claim } from "../../tenant/claim";
import { project, type StackChoice } from "../stack/environment";
import { checkHome } from "../stack/home";
import { ownServers } from "../stack/labServers";
import { stackClaim } from "../stack/ownState";
import { stackLab } from "../stack/stackPlan";
import { environmentsCloud, type Outside } from "./outside";
import { stackCommand } from "./stackCommand";

/** The lab that a command is about. Its configuration was read before anything else; the cloud is asked when it is needed. */
export class ChosenLab {
  readonly config: LabConfig;
  readonly plan: LabPlan;
  readonly phases = new Phases();
  #session: Session | undefined;
  readonly #outside: Outside;

  /** @throws ConfigError and the errors of readStackConfig */
  constructor(
    readonly choice: StackChoice,
    /** Aborted by Ctrl-C. */
    readonly signal: AbortSignal,
    outside: Outside,
  ) {
    this.#outside = outside;
    ({ config: this.config, plan: this.plan } = stackLab(project, choice));
  }

  /** Says a line of progress. */
  get report(): (line: string) => void {
    return this.phases.report;
  }

  /** @throws CredentialsError */
  get session(): Session {
    this.#session ??= this.#outside.session();
    return this.#session;
  }

  /** TCP port of SSH on its servers. */
  get sshPort(): number {
    return this.#outside.sshPort ?? 22;
  }

  /** What proves that the lab is this stack's. */
  claim(): Promise<Claim> {
    return stackClaim(this.choice, this.plan.name);
  }

  /**
   * Those on the cloud by name.
   * @throws ForeignLab where the lab of that name is another stack's; Error where the stack's lab is in another tenant
   */
  async servers(): Promise<Map<string, Server>> {
    await checkHome(this.choice.stack, this.session);
    return ownServers(this.session, this.plan, this.choice, this.signal);
  }
}

export interface LabCommandSpec<Args extends unknown[], Options> {
  readonly description: string;
  /** What is true after Ctrl-C, and how to go on. */
  readonly interrupted: string;
  /** The end of its terminal interrupts it as well: it has something to clear up, and nobody runs it under nohup. @default false */
  readonly hangup?: boolean;
  /** Adds the command's arguments and options, and an example. */
  readonly define?: (command: Command) => void;
  /** Refuses by command.error() what is wrong usage, before anything happens. */
  readonly check?: (command: Command, ...given: [...Args, Options]) => void;
}

/**
 * A command about the lab of a stack.
 * @param act is given the lab, the command's arguments and its options; ends soon once `lab.signal` is aborted
 */
export function labCommand<Args extends unknown[], Options extends StackChoice>(
  name: string,
  { description, interrupted, hangup, define, check }: LabCommandSpec<Args, Options>,
  act: (lab: ChosenLab, ...given: [...Args, Options]) => Promise<void>,
  outside: Outside = environmentsCloud,
): Command {
  const command = stackCommand(name).description(description);
  define?.(command);
  return command.action((...all: unknown[]) => {
    const given = all.slice(0, -1) as [...Args, Options]; // the last is the command itself
    check?.(command, ...given);
    const { stack, configFile } = given.at(-1) as Options;
    return interruptible(
      interrupted,
      (signal) => act(new ChosenLab({ stack, configFile }, signal, outside), ...given),
      { hangup },
    );
  });
}
