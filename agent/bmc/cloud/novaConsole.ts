import { hasStatus } from "../../../openstack/error";
import { consoleOutput } from "../../../openstack/nova";
import type { SerialConsole, SerialLine } from "../../nova/machine";
import { Turns } from "../../nova/turns";
import type { CloudContext } from "./context";
import { openWebSocket } from "./webSocket";

/** Milliseconds between two looks at a log, and between two attempts of a line that was cut (a power cycle cuts it). */
const pause = 1000;
/** Lines asked for at each look; more are lost within one. */
const lines = 500;
/** Characters by which what is known is found again. */
const overlap = 256;
/** Logs asked for at a time, of all nodes. */
const turns = new Turns(4);

/**
 * A server's serial line by Nova: both ways where the cloud has serial consoles ([serial_console] and nova-serialproxy), else its
 * console log, read only. Nothing is asked while nobody looks.
 */
export class NovaConsole implements SerialConsole {
  readonly #node: { readonly key: string; readonly uuid: string };
  readonly #cloud: Pick<CloudContext, "session" | "signal" | "log" | "times">;

  constructor(
    node: { readonly key: string; readonly uuid: string },
    cloud: Pick<CloudContext, "session" | "signal" | "log" | "times">,
  ) {
    this.#node = node;
    this.#cloud = cloud;
  }

  /** Never rejects: what cannot be had now is tried again. */
  async open(out: (data: Buffer) => void): Promise<SerialLine> {
    const url = await this.#serialUrl();
    this.#cloud.log("console-opened", { node: this.#node.key, by: url ? "serial console" : "console log" });
    return url ? this.#connect(url, out) : this.#follow(out);
  }

  /** Undefined where the cloud has none. */
  async #serialUrl(): Promise<string | undefined> {
    const { session, signal } = this.#cloud;
    const json = { remote_console: { protocol: "serial", type: "serial" } };
    try {
      const { remote_console: made } = await session.request<{ remote_console: { url: string } }>(
        "compute",
        "POST",
        `/servers/${this.#node.uuid}/remote-consoles`,
        { json, microversion: "2.6", signal, field: "remote_console" },
      );
      return made.url;
    } catch {
      return undefined;
    }
  }

  #connect(first: string, out: (data: Buffer) => void): SerialLine {
    const { verify } = this.#cloud.session.auth;
    let isClosed = false;
    let timer: NodeJS.Timeout | undefined;
    const again = async () => {
      const url = await this.#serialUrl();
      if (isClosed) return;
      if (url) socket = connect(url);
      else timer = setTimeout(again, pause);
    };
    const connect = (url: string) => {
      const over = (why: string) => {
        if (isClosed) return;
        isClosed ||= this.#cloud.signal.aborted;
        this.#cloud.log("console-cut", { node: this.#node.key, why });
        timer = setTimeout(again, pause);
      };
      return openWebSocket(url, { verify, out, over });
    };
    let socket = connect(first);
    return {
      write: (data) => socket.write(data),
      close: () => {
        isClosed = true;
        clearTimeout(timer);
        socket.close();
      },
    };
  }

  #follow(out: (data: Buffer) => void): SerialLine {
    const { session, signal } = this.#cloud;
    let isClosed = false;
    let known: string | undefined;
    let timer: NodeJS.Timeout | undefined;
    const look = async () => {
      const log = await turns
        .take(() => consoleOutput(session, this.#node.uuid, lines, signal))
        // Off, or between two boots: what it writes next is a new log.
        .catch((error) => (hasStatus(error, 404, 409) ? "" : known));
      if (isClosed || signal.aborted) return;
      const text = known === undefined ? "" : added(known, log ?? "");
      known = log;
      if (text !== "") out(Buffer.from(text.replace(/\r*\n/g, "\r\n")));
      timer = setTimeout(look, pause);
    };
    void look();
    return {
      close: () => {
        isClosed = true;
        clearTimeout(timer);
      },
    };
  }
}

/** What a log has now beside what it had: all of it where nothing of that is left, as after a boot. */
export function added(before: string, now: string): string {
  if (now.startsWith(before)) return now.slice(before.length);
  const tail = before.slice(-overlap);
  const at = now.lastIndexOf(tail);
  return at < 0 || tail.length < overlap ? now : now.slice(at + tail.length);
}
