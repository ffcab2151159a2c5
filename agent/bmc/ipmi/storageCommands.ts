import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { fruInventory } from "./fruInventory";
import { Privilege } from "./session";

/** Network function 0x0a: an inventory that names the node; no sensors and no event log, said in a way that clients take well. */
export const storageCommands: CommandTable = new Map<number, Command>([
  [0x10, { privilege: Privilege.user, length: 1, run: fruArea }],
  [0x11, { privilege: Privilege.user, length: 4, run: readFru }],
  [0x20, { privilege: Privilege.user, length: 0, run: () => repositoryInfo(1) }], // Get SDR Repository Info
  [0x22, { privilege: Privilege.user, length: 0, run: () => reservation }], // Reserve SDR Repository
  [0x23, { privilege: Privilege.user, length: 6, run: readSdr }], // Get SDR
  [0x40, { privilege: Privilege.user, length: 0, run: () => repositoryInfo(0) }], // Get SEL Info
  [0x42, { privilege: Privilege.user, length: 0, run: () => reservation }], // Reserve SEL
  [0x43, { privilege: Privilege.user, length: 6, run: noSuchRecord }], // Get SEL Entry
  [0x47, { privilege: Privilege.operator, length: 6, run: () => [erased] }], // Clear SEL
  [0x48, { privilege: Privilege.user, length: 0, run: selTime }],
]);

const reservation = [1, 0];
const erased = 1;

const recordId = 1;

/**
 * The one sensor data record: where the BMC is (IPMI 2.0, 43.9), as real ones have it. With none at all ipmitool's
 * `sdr list` and `fru` think that the repository is broken and try to erase it.
 */
function sensorRecord(key: string): number[] {
  const name = [...Buffer.from(key, "latin1").subarray(0, 16)];
  const bmcLocator = 0x12;
  const chassisFruSelSdr = 0x8e;
  const managementModule = [0x06, 1];
  const body = [0x20, 0, 0, chassisFruSelSdr, 0, 0, 0, ...managementModule, 0, 0xc0 | name.length, ...name];
  return [recordId, 0, 0x51, bmcLocator, body.length, ...body];
}

/**
 * The same shape for both: version 1.5 (in reversed BCD), entries, free space (65535 bytes or more: who watches a log alerts
 * on a full one), last addition, last erasure, operations.
 */
function repositoryInfo(entries: number): Response {
  const reserve = 0x02;
  return [0x51, entries, 0, 0xff, 0xff, ...never, ...never, reserve];
}

const never = [0xff, 0xff, 0xff, 0xff];

function readSdr({ bmc, data }: Request): Response {
  const id = data.readUInt16LE(2);
  const first = 0x0000;
  const last = 0xffff;
  if (id !== first && id !== last && id !== recordId) noSuchRecord();
  const record = sensorRecord(bmc.machine.key);
  const [offset, count] = [data[4]!, data[5]!];
  if (offset >= record.length) throw new CompletionError(Completion.outOfRange, `no byte ${offset}`);
  const nothingFollows = [0xff, 0xff];
  return [...nothingFollows, ...record.slice(offset, offset + count)];
}

function noSuchRecord(): never {
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
