/** An IPMI message on a LAN channel, request or response alike (IPMI 2.0, 13.8). */
export interface LanMessage {
  /** Slave address or software id of the receiver: 0x20 is the BMC, 0x81 a remote console. */
  readonly to: number;
  readonly toLun: number;
  readonly from: number;
  readonly fromLun: number;
  /** Even: a request; odd: the response to the one below. */
  readonly netFn: number;
  readonly command: number;
  /** 6 bits, which the requester chooses and the response repeats. */
  readonly sequence: number;
  /** A response's first byte is its completion code. */
  readonly data: Buffer;
}

/** @returns undefined when it is too short or a checksum is wrong; never throws. */
export function decodeLanMessage(bytes: Buffer): LanMessage | undefined {
  if (bytes.length < 7) return undefined;
  if (sum(bytes, 0, 3) !== 0 || sum(bytes, 3, bytes.length) !== 0) return undefined;
  return {
    to: bytes[0]!,
    netFn: bytes[1]! >> 2,
    toLun: bytes[1]! & 3,
    from: bytes[3]!,
    sequence: bytes[4]! >> 2,
    fromLun: bytes[4]! & 3,
    command: bytes[5]!,
    data: bytes.subarray(6, bytes.length - 1),
  };
}

export function encodeLanMessage(message: LanMessage): Buffer {
  const bytes = Buffer.alloc(7 + message.data.length);
  bytes[0] = message.to;
  bytes[1] = (message.netFn << 2) | message.toLun;
  bytes[2] = -sum(bytes, 0, 2) & 0xff;
  bytes[3] = message.from;
  bytes[4] = (message.sequence << 2) | message.fromLun;
  bytes[5] = message.command;
  message.data.copy(bytes, 6);
  bytes[bytes.length - 1] = -sum(bytes, 3, bytes.length - 1) & 0xff;
  return bytes;
}

/** @param data the response's data, completion code first */
export function responseTo(request: LanMessage, data: Buffer): LanMessage {
  return {
    to: request.from,
    toLun: request.fromLun,
    from: request.to,
    fromLun: request.toLun,
    netFn: request.netFn | 1,
    command: request.command,
    sequence: request.sequence,
    data,
  };
}

function sum(bytes: Buffer, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += bytes[at]!;
  return total & 0xff;
}
