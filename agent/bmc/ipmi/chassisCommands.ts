import type { PowerAction } from "../../nova/machine";
import type { Command, CommandTable, Request, Response } from "./command";
import { Completion, CompletionError } from "./completion";
import { Privilege } from "./session";

/** Chassis Control's actions (IPMI 2.0, table 28-4). */
const actions: readonly PowerAction[] = ["off", "on", "cycle", "reset", "diag", "soft"];
/** What needs a machine that runs; the standard asks for 0xd5 otherwise. */
const needsPower: ReadonlySet<PowerAction> = new Set<PowerAction>(["cycle", "reset", "diag"]);
/**
 * Milliseconds that a power-off's answer waits for its end, so that the next status is not of a machine that is still
 * running. Clients repeat a request for five seconds (ipmitool) and more; repeats are not carried out again.
 */
const holdMs = 3_000;
const bmcAddress = 0x20;
/** No lock-outs or sensors; the BMC is FRU, SDR, SEL and system management device. */
const capabilities = [0, bmcAddress, bmcAddress, bmcAddress, bmcAddress];

/** Network function 0x00. */
export const chassisCommands: CommandTable = new Map<number, Command>([
  [0x00, { privilege: Privilege.user, length: 0, run: () => capabilities }], // Get Chassis Capabilities
  [0x01, { privilege: Privilege.user, length: 0, run: chassisStatus }],
  [0x02, { privilege: Privilege.operator, length: 1, once: true, run: chassisControl }],
  [0x04, { privilege: Privilege.operator, length: 0, run: identify }],
  // Set Power Restore Policy: none can be set; what there is, is "stays off"
  [0x06, { privilege: Privilege.operator, length: 1, run: () => [0x01] }],
  // Get System Restart Cause: unknown
  [0x07, { privilege: Privilege.user, length: 0, run: () => [0, 0] }],
  [0x08, { privilege: Privilege.operator, length: 1, run: setBootOptions }],
  [0x09, { privilege: Privilege.operator, length: 1, run: getBootOptions }],
]);

async function chassisStatus({ bmc }: Request): Promise<Response> {
  const on = (await bmc.machine.power()) === "on" ? 1 : 0;
  const staysOff = 0x00; // the restore policy
  const canIdentify = 0x40;
  const { isLit } = bmc.machine.indicator;
  return [staysOff | on, 0, canIdentify | (isLit ? 0x20 : 0)];
}

/** Data: seconds, 15 by default; then whether for ever. */
function identify({ bmc, data }: Request): Response {
  const [seconds = 15, force = 0] = data;
  bmc.machine.indicator.light((force & 1) === 1 ? Number.POSITIVE_INFINITY : seconds);
  return [];
}

async function chassisControl({ bmc, data }: Request): Promise<Response> {
  const action = actions[data[0]! & 0x0f];
  if (!action) throw new CompletionError(Completion.invalidField, `no chassis control ${data[0]! & 0x0f}`);
  if (needsPower.has(action) && (await bmc.machine.power()) === "off") {
    throw new CompletionError(Completion.notInThisState, `${action} of a machine that is off`);
  }
  const started = bmc.now();
  await bmc.machine.change(action);
  if (action === "off") await bmc.machine.settled(holdMs);
  bmc.log("ipmi.power", { action, ms: Math.round(bmc.now() - started) });
  return [];
}

async function setBootOptions({ bmc, data, session }: Request): Promise<Response> {
  // The top bit marks the parameter as invalid: for boot flags that is the same as having none.
  const invalid = (data[0]! & 0x80) !== 0;
  await bmc.bootOptions.set(data[0]! & 0x7f, invalid ? Buffer.alloc(0) : data.subarray(1), session);
  return [];
}

function getBootOptions({ bmc, data }: Request): Response {
  const parameter = data[0]! & 0x7f;
  const parameterVersion = 1;
  return [parameterVersion, parameter, ...bmc.bootOptions.get(parameter)];
}
