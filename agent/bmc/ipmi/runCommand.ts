import { channelCommands } from "./channelCommands";
import { chassisCommands } from "./chassisCommands";
import type { Bmc, Command, CommandTable, Response, SessionCommand } from "./command";
import { Completion, CompletionError, completionOf } from "./completion";
import { dcmiCommands } from "./dcmiCommands";
import { deviceCommands } from "./deviceCommands";
import type { LanMessage } from "./lanMessage";
import type { Session } from "./session";
import { sessionCommands } from "./sessionCommands";
import { payloadCommands, solCommands } from "./solCommands";
import { storageCommands } from "./storageCommands";
import { transportCommands } from "./transportCommands";

/** By network function. */
const commands: ReadonlyMap<number, CommandTable> = new Map([
  [0x00, chassisCommands],
  [0x06, new Map([...deviceCommands, ...channelCommands, ...sessionCommands, ...payloadCommands])],
  [0x0a, storageCommands],
  [0x0c, new Map([...transportCommands, ...solCommands])],
  [0x2c, dcmiCommands],
]);

export function findCommand({ netFn, command }: LanMessage): Command | undefined {
  return commands.get(netFn)?.get(command);
}

/** @returns completion code and data, or undefined for what is not allowed outside of a session: that gets no answer. */
export function runOpenCommand(bmc: Bmc, { data }: LanMessage, command: Command): Buffer | undefined {
  if (!command.open) return undefined;
  try {
    checkLength(command, data);
    return succeeded(command.run({ bmc, data }));
  } catch (error) {
    return Buffer.from([completionOf(error)]);
  }
}

/** @returns completion code and data; never rejects. */
export async function runCommand(
  bmc: Bmc,
  message: LanMessage,
  session: Session,
  command: Command | undefined,
): Promise<Buffer> {
  const { data } = message;
  try {
    if (!command) throw new CompletionError(Completion.invalidCommand, "unknown command");
    if (!command.open) checkPrivilege(command, session);
    checkLength(command, data);
    return succeeded(await command.run({ bmc, session, data }));
  } catch (error) {
    const code = completionOf(error);
    const name = `${hex(message.netFn)} ${hex(message.command)}`;
    const reason = error instanceof Error ? error.message : String(error);
    if (!(error instanceof CompletionError && error.isProbe)) {
      bmc.log("ipmi.command.failed", { command: name, code: hex(code), reason });
    }
    return Buffer.from([code]);
  }
}

function checkPrivilege(command: SessionCommand, session: Session): void {
  if ((session.established?.privilege ?? 0) >= command.privilege) return;
  throw new CompletionError(Completion.insufficientPrivilege, `needs privilege level ${command.privilege}`);
}

function checkLength(command: Command, data: Buffer): void {
  if (data.length >= command.length) return;
  throw new CompletionError(Completion.lengthInvalid, `${data.length} bytes of data, not ${command.length}`);
}

function succeeded(response: Response): Buffer {
  return Buffer.from([Completion.ok, ...response]);
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
