import type { CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { fruInventory } from "./fruInventory";
import { Privilege } from "./session";

/** Network function 0x0a: an inventory that names the node; no sensors and no event log, said in a way that clients take well. */
export const storageCommands: CommandTable = {
  16: { privilege: Privilege.user, length: 1, run: fruArea },
  17: { privilege: Privilege.user, length: 4, run: readFru },
  32: { privilege: Privilege.user, length: 0, run: repositoryInfo }, // Get SDR Repository Info
  34: { privilege: Privilege.user, length: 0, run: () => reservation }, // Reserve SDR Repository
  35: { privilege: Privilege.user, length: 6, run: nothingThere }, // Get SDR
  64: { privilege: Privilege.user, length: 0, run: repositoryInfo }, // Get SEL Info
  66: { privilege: Privilege.user, length: 0, run: () => reservation }, // Reserve SEL
  67: { privilege: Privilege.user, length: 6, run: nothingThere }, // Get SEL Entry
  71: { privilege: Privilege.operator, length: 6, run: () => [erased] }, // Clear SEL
  72: { privilege: Privilege.user, length: 0, run: selTime },
};

const reservation = [1, 0];
const erased = 1;

/** The same shape for both: version 1.5 (in reversed BCD), entries, free space, last addition, last erasure, operations. */
function repositoryInfo(): Response {
  const reserve = 0x02;
  return [0x51, 0, 0, 0, 0, ...never, ...never, reserve];
}

const never = [0xff, 0xff, 0xff, 0xff];

function nothingThere(): never {
  throw new CompletionError(Completion.notPresent, "no such record");
}

function selTime(): Response {
  const time = Buffer.alloc(4);
  time.writeUInt32LE(Math.floor(Date.now() / 1000) >>> 0);
  return time;
}

function fruArea({ bmc, data }: Request): Response {
  const { length } = inventory(bmc.machine, data[0]!);
  const byBytes = 0;
  return [length & 0xff, length >> 8, byBytes];
}

function readFru({ bmc, data }: Request): Response {
  const all = inventory(bmc.machine, data[0]!);
  const offset = data.readUInt16LE(1);
  if (offset >= all.length) throw new CompletionError(Completion.outOfRange, `no byte ${offset}`);
  const part = all.subarray(offset, offset + data[3]!);
  return [part.length, ...part];
}

function inventory(machine: Request["bmc"]["machine"], device: number): Buffer {
  if (device !== 0) throw new CompletionError(Completion.notPresent, `no FRU device ${device}`);
  return fruInventory(machine);
}
