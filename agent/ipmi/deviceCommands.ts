import type { CommandTable, Request, Response } from "./command";
import { guidBytes } from "./guid";
import { Privilege } from "./session";

/** Network function 0x06, the part about the BMC itself. */
export const deviceCommands: CommandTable = {
  1: { privilege: Privilege.user, length: 0, run: deviceId },
  2: { privilege: Privilege.administrator, length: 0, run: reset }, // Cold Reset
  3: { privilege: Privilege.administrator, length: 0, run: reset }, // Warm Reset
  4: { privilege: Privilege.user, length: 0, run: () => [0x55, 0x00] }, // Get Self Test Results: all passed
  7: { privilege: Privilege.user, length: 0, run: acpiPowerState },
  // Get Device GUID: there is no controller apart from the node's own BMC
  8: { privilege: Privilege.user, length: 0, run: ({ bmc }) => guidBytes(bmc.machine.uuid) },
  55: { open: true, length: 0, run: ({ bmc }) => guidBytes(bmc.machine.uuid) }, // Get System GUID
};

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
function reset({ bmc }: Request): Response {
  bmc.sessions.clear();
  return [];
}

function acpiPowerState({ bmc }: Request): Response {
  const working = 0x00; // S0/G0
  const softOff = 0x05; // S5/G2
  return [bmc.machine.power() === "on" ? working : softOff, 0];
}
