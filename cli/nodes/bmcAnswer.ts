import { createSocket } from "node:dgram";
import { guidBytes } from "../../agent/bmc/ipmi/guid";
import { decodeLanMessage, encodeLanMessage } from "../../agent/bmc/ipmi/lanMessage";
import { decodePacket, encodePlain, PayloadType } from "../../agent/bmc/ipmi/rmcp";

/**
 * What came of asking an address for a node's BMC:
 * - answers: a BMC, and it is this node's
 * - another: a BMC of some other machine
 * - refused: the host says that nothing listens there
 * - silent: no answer. A BMC that is down and an address that does not lead there look alike.
 */
export type BmcAnswer = "answers" | "another" | "refused" | "silent";

export interface Endpoint {
  readonly address: string;
  /** UDP. */
  readonly port: number;
}

/** UDP may lose one; a BMC answers this at once, without the cloud. Milliseconds. */
const attemptsAt = [0, 400, 800];
const patienceMs = 1500;

/**
 * Asks for the GUID of the system, which IPMI gives without a password (IPMI 2.0, 22.14): the Nova server's id.
 * @param uuid of the node's server
 */
export function askBmc({ address, port }: Endpoint, uuid: string, signal: AbortSignal): Promise<BmcAnswer> {
  const expected = guidBytes(uuid);
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const timers: NodeJS.Timeout[] = [];
    const end = (answer: BmcAnswer) => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.removeAllListeners().on("error", () => {});
      socket.close();
      resolve(answer);
    };
    const abort = () => end("silent");
    signal.addEventListener("abort", abort, { once: true });
    // Connected, so that an ICMP "port unreachable" comes back as an error.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      end(error.code === "ECONNREFUSED" ? "refused" : "silent"),
    );
    socket.on("message", (data) => {
      const guid = guidIn(data);
      if (guid !== undefined) end(guid.equals(expected) ? "answers" : "another");
    });
    socket.connect(port, address, (error?: Error) => {
      // Not in Node's types: the callback has the error where there is no way to the address, and is no "error" event then.
      if (error) return end("silent");
      // A refusal may come while sending, too: the "error" event has it as well.
      for (const at of attemptsAt) timers.push(setTimeout(() => socket.send(getSystemGuid, () => {}), at));
      timers.push(setTimeout(() => end("silent"), patienceMs));
    });
  });
}

const applicationNetFn = 0x06;
const systemGuidCommand = 0x37;

/** From a remote console (0x81) to the BMC (0x20), in the wrapper of IPMI 1.5, which needs no session for it. */
const getSystemGuid = encodePlain({
  kind: "plain",
  wrapper: "1.5",
  payloadType: PayloadType.ipmi,
  payload: encodeLanMessage({
    ...{ to: 0x20, toLun: 0, from: 0x81, fromLun: 0, sequence: 1 },
    ...{ netFn: applicationNetFn, command: systemGuidCommand, data: Buffer.alloc(0) },
  }),
});

/** Empty where a BMC answers without giving one. */
function guidIn(data: Buffer): Buffer | undefined {
  const packet = decodePacket(data);
  const message = packet?.kind === "plain" ? decodeLanMessage(packet.payload) : undefined;
  if (message?.netFn !== (applicationNetFn | 1) || message.command !== systemGuidCommand) return undefined;
  return message.data[0] === 0 ? message.data.subarray(1) : Buffer.alloc(0);
}
