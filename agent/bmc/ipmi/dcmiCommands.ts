import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { Privilege } from "./session";

/** The group that DCMI's commands belong to; first in requests and in answers. */
const dcmiGroup = 0xdc;

/**
 * Network function 0x2c, as far as monitors and inventories ask (DCMI 1.5): what there is, which is neither sensors nor power
 * management, and the node's name as asset tag and as the controller's own.
 */
export const dcmiCommands: CommandTable = new Map<number, Command>([
  [0x01, { privilege: Privilege.user, length: 2, run: capabilities }],
  [0x02, { privilege: Privilege.user, length: 1, run: noPowerReading }],
  [0x06, { privilege: Privilege.user, length: 3, run: name }], // Get Asset Tag
  [0x07, { privilege: Privilege.user, length: 1, run: noSensors }],
  [0x09, { privilege: Privilege.user, length: 3, run: name }], // Get Management Controller Identifier String
]);

/** By parameter, DCMI 1.5, table 6-3. */
const parameters: Readonly<Record<number, readonly number[]>> = {
  1: [0, 0, 0x07], // no power management; LAN, in band and out of band
  2: [0, 0, 0, 0, 1], // no event log that rolls over, no asset tag area apart, no temperatures
  3: [0x20, 0], // no power management: the controller itself, channel 0
  4: [1, 0xff, 0xff], // primary LAN channel 1, no others
  5: [0],
};

function checkGroup(data: Buffer): void {
  if (data[0] !== dcmiGroup) throw new CompletionError(Completion.invalidCommand, `no group ${data[0]}`);
}

function capabilities({ data }: Request): Response {
  checkGroup(data);
  const parameter = parameters[data[1]!];
  if (!parameter) {
    throw new CompletionError(Completion.parameterUnsupported, `no DCMI parameter ${data[1]}`);
  }
  const [major, minor, revision] = [1, 5, 2];
  return [dcmiGroup, major, minor, revision, ...parameter];
}

/** DCMI's own code for "not active" would have clients ask again; this one ends it. */
function noPowerReading({ data }: Request): Response {
  checkGroup(data);
  throw new CompletionError(Completion.invalidCommand, "no power reading");
}

function noSensors({ data }: Request): Response {
  checkGroup(data);
  return [dcmiGroup, 0, 0];
}

/** In parts of 16 bytes at most; the answer says how long the whole is. */
function name({ bmc, data }: Request): Response {
  checkGroup(data);
  const all = Buffer.from(bmc.machine.key, "latin1").subarray(0, 63);
  const [offset, count] = [data[1]!, data[2]!];
  if (offset > all.length || count > 16) {
    throw new CompletionError(Completion.outOfRange, `no bytes ${offset} to ${offset + count}`, true);
  }
  return [dcmiGroup, all.length, ...all.subarray(offset, offset + count)];
}
