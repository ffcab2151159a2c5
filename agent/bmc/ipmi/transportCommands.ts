import { checkChannel } from "./channelCommands";
import { cipherSuites } from "./cipherSuite";
import type { Bmc, Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { Privilege } from "./session";

/** Network function 0x0c. */
export const transportCommands: CommandTable = new Map<number, Command>([
  [0x02, { privilege: Privilege.operator, length: 4, run: lanParameter }],
]);

const revision = 0x11;

/** LAN configuration parameters (IPMI 2.0, table 23-4), to be read only: the address is the host cloud's to give. */
const parameters: Readonly<Record<number, (bmc: Bmc) => readonly number[]>> = {
  0: () => [0], // set complete
  1: () => [0], // authentication types of IPMI 1.5: none
  2: () => [0, 0, 0, 0, 0],
  3: ({ address }) => address.split(".").map(Number),
  4: () => [1], // static address
  5: () => [0, 0, 0, 0, 0, 0], // MAC address: not this process's to know
  6: () => [0, 0, 0, 0], // subnet mask, likewise
  12: () => [0, 0, 0, 0], // gateway, likewise
  20: () => [0, 0], // no VLAN
  22: () => [cipherSuites.length],
  23: () => filled(17, [0, ...cipherSuites.map(({ id }) => id)]),
  24: () => [0, ...new Array<number>(8).fill(0x44)], // up to administrator; some read it by place, some by suite number
};

function lanParameter({ bmc, data }: Request): Response {
  checkChannel(data[0]!);
  if ((data[0]! & 0x80) !== 0) return [revision];
  const read = parameters[data[1]!];
  if (!read) throw new CompletionError(Completion.parameterUnsupported, `no LAN parameter ${data[1]}`);
  return [revision, ...read(bmc)];
}

function filled(length: number, start: readonly number[]): number[] {
  return [...start, ...new Array<number>(length - start.length).fill(0)];
}
