import type { Machine } from "../../nova/machine";
import type { Log } from "../../service/log";
import type { BootOptions } from "./bootOptions";
import type { Session } from "./session";
import type { SessionTable } from "./sessionTable";
import type { Sol } from "./sol";

/** What commands are about. */
export interface Bmc {
  readonly machine: Machine;
  readonly user: string;
  /** The IPv4 address it listens on; 0.0.0.0 when that is all of them or IPv6. */
  readonly address: string;
  /** UDP. */
  readonly port: number;
  readonly sol: Sol;
  readonly sessions: SessionTable;
  readonly bootOptions: BootOptions;
  /** Adds the node's name. */
  readonly log: Log;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

export interface Request {
  readonly bmc: Bmc;
  readonly session: Session;
  /** At least `length` bytes long. */
  readonly data: Buffer;
}

/** Data that follows completion code 0. */
export type Response = readonly number[] | Buffer;

export type Command = OpenCommand | SessionCommand;

/** Allowed outside of a session too: clients ask it to find out how to open one. */
export interface OpenCommand {
  readonly open: true;
  /** Bytes of data that a request has at least. */
  readonly length: number;
  run(request: Omit<Request, "session">): Response;
}

export interface SessionCommand {
  readonly open?: false;
  /** The lowest level that may ask for it (IPMI 2.0, appendix G). */
  readonly privilege: number;
  /** Bytes of data that a request has at least. */
  readonly length: number;
  /** Not to be done twice when a client repeats a request whose answer is late. */
  readonly once?: true;
  /** @throws CompletionError, MachineBusy, Unsupported; anything else is answered with "busy" */
  run(request: Request): Response | Promise<Response>;
}

/** By command number, for one network function. */
export type CommandTable = ReadonlyMap<number, Command>;
