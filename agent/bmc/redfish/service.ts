import type { IncomingMessage } from "node:http";
import type { Log } from "../../service/log";
import type { RedfishNode } from "./node";
import type { Json } from "./resource";
import type { Sessions } from "./sessions";

/** What all requests share. */
export interface Service {
  /** Asked at each request: nodes come and go. */
  readonly machines: () => Iterable<RedfishNode>;
  readonly username: string;
  readonly isKnown: (name: string, secret: string) => boolean;
  readonly sessions: Sessions;
  readonly log: Log;
}

/** One request that changes something. */
export interface Call {
  readonly service: Service;
  readonly body: Json;
  readonly request: IncomingMessage;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is XML. */
  readonly body?: Json | string;
}
