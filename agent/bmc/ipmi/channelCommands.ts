import { algorithmRecords, cipherSuiteRecords } from "./cipherSuite";
import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { PayloadType } from "./rmcp";
import { Privilege } from "./session";

/** The one channel there is. */
export const lanChannel = 1;
const presentChannel = 0x0e;
/** Users: number 1 is the one without a name that IPMI 1.5 has (disabled), number 2 is ours. */
const users = 2;

/** Network function 0x06, the part about channels and users. */
export const channelCommands: CommandTable = new Map<number, Command>([
  [0x38, { open: true, length: 2, run: authenticationCapabilities }],
  [0x41, { privilege: Privilege.user, length: 2, run: channelAccess }],
  [0x42, { privilege: Privilege.user, length: 1, run: channelInfo }],
  [0x44, { privilege: Privilege.operator, length: 2, run: userAccess }],
  [0x46, { privilege: Privilege.operator, length: 1, run: userName }],
  [0x54, { open: true, length: 3, run: channelCipherSuites }],
]);

/** @throws CompletionError for a channel other than ours */
export function checkChannel(byte: number): void {
  const channel = byte & 0x0f;
  if (channel !== lanChannel && channel !== presentChannel) {
    throw new CompletionError(Completion.invalidField, `no channel ${channel}`, true);
  }
}

function authenticationCapabilities({ data }: Omit<Request, "session">): Response {
  checkChannel(data[0]!);
  // No authentication type of IPMI 1.5 at all; to who asks for 2.0 data, that 2.0 is what there is.
  const extended = (data[0]! & 0x80) !== 0;
  const namedUsersOnly = 0x04;
  const ipmi20 = 0x02;
  return [lanChannel, extended ? 0x80 : 0, namedUsersOnly, extended ? ipmi20 : 0, 0, 0, 0, 0];
}

function channelCipherSuites({ data }: Omit<Request, "session">): Response {
  checkChannel(data[0]!);
  if ((data[1]! & 0x3f) !== PayloadType.ipmi) {
    throw new CompletionError(Completion.parameterUnsupported, `no payload type ${data[1]! & 0x3f}`);
  }
  const bySuite = (data[2]! & 0x80) !== 0;
  const records = bySuite ? cipherSuiteRecords() : algorithmRecords();
  const chunk = (data[2]! & 0x3f) * 16;
  return [lanChannel, ...records.slice(chunk, chunk + 16)];
}

function channelAccess({ data }: Request): Response {
  checkChannel(data[0]!);
  const alwaysAvailable = 0x02;
  const noAlerting = 0x20;
  return [noAlerting | alwaysAvailable, Privilege.administrator];
}

function channelInfo({ bmc, data }: Request): Response {
  checkChannel(data[0]!);
  const lan = 0x04; // 802.3
  const ipmb = 0x01; // the messages' format
  const multiSession = 0x80;
  const ipmiForum = [0xf2, 0x1b, 0x00]; // IANA 7154, who defined the protocol
  return [lanChannel, lan, ipmb, multiSession | bmc.sessions.established().length, ...ipmiForum, 0, 0];
}

function userAccess({ data }: Request): Response {
  checkChannel(data[0]!);
  const id = checkUser(data[1]!);
  const enabled = 0x40;
  const disabled = 0x80;
  const linkAndMessaging = 0x30;
  const noAccess = 0x0f;
  return id === users
    ? [users, enabled | 1, users, linkAndMessaging | Privilege.administrator]
    : [users, disabled | 1, users, noAccess];
}

function userName({ bmc, data }: Request): Response {
  const name = Buffer.alloc(16);
  if (checkUser(data[0]!) === users) name.write(bmc.user);
  return name;
}

function checkUser(byte: number): number {
  const id = byte & 0x3f;
  if (id < 1 || id > users) throw new CompletionError(Completion.invalidField, `no user ${id}`, true);
  return id;
}

/** The user number that sessions belong to. */
export const sessionUser = users;
