import type { Command, CommandTable, Request, Response } from "./command";
import { guidBytes } from "./guid";
import { Privilege } from "./session";

/** Network function 0x06, the part about the BMC itself. */
export const deviceCommands: CommandTable = new Map<number, Command>([
  [0x01, { privilege: Privilege.user, length: 0, run: deviceId }],
  [0x02, { privilege: Privilege.administrator, length: 0, run: coldReset }],
  [0x03, { privilege: Privilege.administrator, length: 0, run: warmReset }],
  [0x04, { privilege: Privilege.user, length: 0, run: () => [0x55, 0x00] }], // Get Self Test Results: all passed
  [0x07, { privilege: Privilege.user, length: 0, run: acpiPowerState }],
  // Get Device GUID: there is no controller apart from the node's own BMC
  [0x08, { privilege: Privilege.user, length: 0, run: ({ bmc }) => guidBytes(bmc.machine.uuid) }],
  [0x37, { open: true, length: 0, run: ({ bmc }) => guidBytes(bmc.machine.uuid) }], // Get System GUID
]);

function deviceId(): Response {
  const chassisFruSelSdr = 0x8e; // device types that commands are answered for
  const ipmi20 = 0x02;
  const unspecified = [0, 0, 0, 0, 0]; // manufacturer, product
  return [bmcDeviceId, deviceRevision, ...firmware, ipmi20, chassisFruSelSdr, ...unspecified, 0, 0, 0, 0];
}

const bmcDeviceId = 0x20;
const deviceRevision = 1;
const firmware = [1, 0x00]; // 1.00, the minor part in BCD

/** All of the node's sessions end; the wanted boot device stays. */
function coldReset({ bmc }: Request): Response {
  bmc.sessions.clear();
  return [];
}

/** The others' sessions end. After a warm reset ipmitool goes on to close its own, and complains when it is gone. */
function warmReset({ bmc, session }: Request): Response {
  for (const each of bmc.sessions.established()) if (each !== session) bmc.sessions.close(each);
  return [];
}

async function acpiPowerState({ bmc }: Request): Promise<Response> {
  const working = 0x00; // S0/G0
  const softOff = 0x05; // S5/G2
  return [(await bmc.machine.power()) === "on" ? working : softOff, 0];
}
