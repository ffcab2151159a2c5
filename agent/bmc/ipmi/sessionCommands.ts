import { isIPv4 } from "node:net";
import { lanChannel, sessionUser } from "./channelCommands";
import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { Privilege, type Session } from "./session";

/** Network function 0x06, the part about sessions. */
export const sessionCommands: CommandTable = new Map<number, Command>([
  [0x3b, { privilege: Privilege.callback, length: 1, run: setPrivilege }],
  [0x3c, { privilege: Privilege.callback, length: 4, run: closeSession }],
  [0x3d, { privilege: Privilege.user, length: 1, run: sessionInfo }],
]);

function setPrivilege({ session, data }: Request): Response {
  const level = data[0]! & 0x0f;
  const established = session.established!;
  if (level === 0) return [established.privilege]; // a question
  if (level === Privilege.callback || level > Privilege.administrator) {
    throw new CompletionError(Completion.levelUnavailable, `no privilege level ${level}`);
  }
  if (level > session.limit) {
    throw new CompletionError(Completion.levelExceedsLimit, "above what the session was opened for");
  }
  established.privilege = level;
  return [level];
}

function closeSession({ bmc, session, data }: Request): Response {
  const id = data.readUInt32LE(0);
  const target = bmc.sessions.get(id);
  if (!target?.established) throw new CompletionError(Completion.invalidSession, "no such session");
  if (target !== session && session.established!.privilege < Privilege.administrator) {
    throw new CompletionError(Completion.insufficientPrivilege, "somebody else's session");
  }
  bmc.sessions.close(target);
  return [];
}

function sessionInfo({ bmc, session, data }: Request): Response {
  const active = bmc.sessions.established();
  const found = findSession(active, session, data);
  const counts = [bmc.sessions.limit, active.length];
  if (!found) return [0, ...counts];
  const rmcpPlus = 0x10;
  const privilege = found.established!.privilege;
  return [found.handle, ...counts, sessionUser, privilege, rmcpPlus | lanChannel, ...encodePeer(found)];
}

function findSession(active: readonly Session[], own: Session, data: Buffer): Session | undefined {
  const byHandle = 0xfe;
  const byId = 0xff;
  if (data[0] === 0) return own;
  if (data[0] === byHandle && data.length >= 2) return active.find(({ handle }) => handle === data[1]);
  if (data[0] === byId && data.length >= 5) return active.find(({ id }) => id === data.readUInt32LE(1));
  return active[data[0]! - 1];
}

/** IPv4 address (0.0.0.0 for an IPv6 one, which has no room), MAC address (not known), port. */
function encodePeer({ peer }: Session): number[] {
  const address = isIPv4(peer.address) ? peer.address.split(".").map(Number) : [0, 0, 0, 0];
  return [...address, 0, 0, 0, 0, 0, 0, peer.port & 0xff, peer.port >> 8];
}
