import { checkChannel, lanChannel, sessionUser } from "./channelCommands";
import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { PayloadType } from "./rmcp";
import { Privilege } from "./session";
import { mostPayload, retry } from "./sol";

/** Network function 0x06, the part about payloads (IPMI 2.0, 24). */
export const payloadCommands: CommandTable = new Map<number, Command>([
  [0x48, { privilege: Privilege.operator, length: 6, once: true, run: activate }],
  [0x49, { privilege: Privilege.operator, length: 6, once: true, run: deactivate }],
  [0x4a, { privilege: Privilege.user, length: 1, run: activation }],
  [0x4b, { privilege: Privilege.user, length: 2, run: instance }],
  [0x4d, { privilege: Privilege.operator, length: 2, run: userAccess }],
  [0x4e, { privilege: Privilege.user, length: 1, run: payloads }],
  [0x4f, { privilege: Privilege.user, length: 2, run: version }],
]);

/** Network function 0x0c, the part about serial over LAN (IPMI 2.0, 26). */
export const solCommands: CommandTable = new Map<number, Command>([
  [0x21, { privilege: Privilege.administrator, length: 2, run: noWrite }],
  [0x22, { privilege: Privilege.user, length: 4, run: parameter }],
]);

const revision = 0x11;
const sixteen = (value: number): [number, number] => [value & 0xff, value >> 8];

function checkSol({ bmc, data }: Request): void {
  if ((data[0]! & 0x3f) !== PayloadType.sol || (data[1]! & 0x0f) !== 1)
    throw new CompletionError(Completion.invalidField, "no such payload");
  if (!bmc.sol.isThere) throw new CompletionError(Completion.payloadDisabled, "it has no console", true);
}

function activate(request: Request): Response {
  checkSol(request);
  const { bmc, session } = request;
  if (!bmc.sol.activate(session)) throw new CompletionError(Completion.payloadActive, "active already", true);
  // It is always authenticated and encrypted, as the session is; no VLAN.
  return [0, 0, 0, 0, ...sixteen(mostPayload), ...sixteen(mostPayload), ...sixteen(bmc.port), 0xff, 0xff];
}

/** Anybody's who may: that is how one that was left behind is ended. */
function deactivate(request: Request): Response {
  checkSol(request);
  if (!request.bmc.sol.deactivate()) throw new CompletionError(Completion.payloadActive, "not active", true);
  return [];
}

function activation({ bmc, data }: Request): Response {
  if ((data[0]! & 0x3f) !== PayloadType.sol || !bmc.sol.isThere) return [0, 0, 0];
  return [1, bmc.sol.session ? 1 : 0, 0];
}

function instance(request: Request): Response {
  checkSol(request);
  const id = request.bmc.sol.session?.idBytes ?? [0, 0, 0, 0];
  return [...id, 1, 0, 0, 0, 0, 0, 0, 0];
}

function userAccess({ data }: Request): Response {
  checkChannel(data[0]!);
  if ((data[1]! & 0x3f) !== sessionUser)
    throw new CompletionError(Completion.invalidField, "no such user", true);
  return [1 << PayloadType.sol, 0, 0, 0];
}

/** IPMI messages and SOL (standard types 0 and 1), and what sets up a session (types 0x10 to 0x15). */
function payloads({ bmc, data }: Request): Response {
  checkChannel(data[0]!);
  return [bmc.sol.isThere ? 0x03 : 0x01, 0, 0x3f, 0, 0, 0, 0, 0];
}

function version({ data }: Request): Response {
  checkChannel(data[0]!);
  if ((data[1]! & 0x3f) > PayloadType.sol)
    throw new CompletionError(Completion.parameterUnsupported, "no such payload", true);
  return [0x10];
}

function noWrite(): never {
  throw new CompletionError(Completion.readOnly, "nothing of it can be set", true);
}

/** The line has no rate: 115 200 bit/s is said, which clients know. */
const rate = 0x0a;
const encryptedAndAuthenticated = 0xc0;

function parameter({ bmc, data }: Request): Response {
  checkChannel(data[0]!);
  if ((data[0]! & 0x80) !== 0) return [revision];
  const values = [
    [0], // set complete
    [bmc.sol.isThere ? 1 : 0],
    [encryptedAndAuthenticated | Privilege.operator],
    [1, 0], // what comes is sent at once
    [retry.count, retry.interval / 10],
    [rate],
    [rate],
    [lanChannel],
    sixteen(bmc.port),
  ][data[1]!];
  if (!values) throw new CompletionError(Completion.parameterUnsupported, `no SOL parameter ${data[1]}`);
  return [revision, ...values];
}
