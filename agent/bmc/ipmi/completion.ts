import { MachineBusy, Unsupported } from "../../nova/machine";

/** Completion codes (IPMI 2.0, table 5-2; the ones below 0xc0 are each command's own). */
export const Completion = {
  ok: 0x00,
  /** Get/Set System Boot Options, Get LAN Configuration Parameters. */
  parameterUnsupported: 0x80,
  /** Set System Boot Options: somebody else is in the middle of it. */
  setInProgress: 0x81,
  /** Set Session Privilege Level. */
  levelUnavailable: 0x80,
  levelExceedsLimit: 0x81,
  /** Activate Payload (table 24-2). */
  payloadDisabled: 0x81,
  /** The same: it is another session's. Deactivate Payload: it is nobody's. */
  payloadActive: 0x80,
  /** Set SOL Configuration Parameters. */
  readOnly: 0x82,
  /** Close Session. */
  invalidSession: 0x87,
  busy: 0xc0,
  invalidCommand: 0xc1,
  lengthInvalid: 0xc7,
  outOfRange: 0xc9,
  notPresent: 0xcb,
  invalidField: 0xcc,
  insufficientPrivilege: 0xd4,
  /** Not in the present state, as a power cycle of what is off. */
  notInThisState: 0xd5,
  /** Sub-function unavailable: never on this machine. */
  unavailable: 0xd6,
  unspecified: 0xff,
} as const;

/** Unknown commands, parameters and records. */
const probes: readonly number[] = [
  Completion.invalidCommand,
  Completion.parameterUnsupported,
  Completion.notPresent,
];

/** Thrown by a command to answer with a completion code other than 0. */
export class CompletionError extends Error {
  override readonly name = "CompletionError";
  constructor(
    readonly code: number,
    message: string,
    /** Clients try out all the time what there is: such an answer tells nobody anything. */
    readonly isProbe = probes.includes(code),
  ) {
    super(message);
  }
}

/** What a failure means to the client. Whatever went wrong in the cloud may work when asked again: busy. */
export function completionOf(error: unknown): number {
  if (error instanceof CompletionError) return error.code;
  if (error instanceof MachineBusy) return Completion.busy;
  return error instanceof Unsupported ? Completion.unavailable : Completion.busy;
}
