import type { IncomingMessage } from "node:http";
import type { LimitedLog } from "../../service/limitedLog";
import type { Log } from "../../service/log";
import type { RedfishNode } from "./node";
import type { Json } from "./resource";
import type { Sessions } from "./sessions";

/** What all requests share. */
export interface Service {
  /** Asked at each request: nodes come and go. */
  readonly machines: () => Iterable<RedfishNode>;
  readonly username: string;
  /** A manager's restart: the node's sessions end, where there are others than Redfish's. */
  readonly resetManager?: (node: string) => void;
  readonly isKnown: (name: string, secret: string) => boolean;
  readonly sessions: Sessions;
  readonly log: Log;
  /** By basic authentication, and by logging in. */
  readonly passwordRefused: LimitedLog;
}

/** One request that changes something. */
export interface Call {
  readonly service: Service;
  readonly body: Json;
  readonly request: IncomingMessage;
}

export interface Reply {
  /** Whether it is for somebody who has proved who he is. */
  readonly isKnown?: boolean;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is XML. */
  readonly body?: Json | string;
}
