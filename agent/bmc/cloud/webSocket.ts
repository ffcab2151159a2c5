import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";

const opcodes = { binary: 2, close: 8, ping: 9, pong: 10 };
/** Bytes of a message; a console's are a few. */
const mostLength = 1_000_000;

/**
 * The client's side of a web socket (RFC 6455), as far as nova-serialproxy's needs it: Node.js has one of its own from 22 on.
 * @param url ws: or wss:, and what it holds is secret
 * @param over the connection has ended, or there was none
 */
export function openWebSocket(
  url: string,
  {
    verify,
    out,
    over,
  }: { readonly verify: boolean; readonly out: (data: Buffer) => void; readonly over: (why: string) => void },
): { write(data: Buffer): void; close(): void } {
  const at = new URL(url.replace(/^ws/, "http"));
  let socket: Duplex | undefined;
  const headers = {
    ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
    ...{ "Sec-WebSocket-Key": randomBytes(16).toString("base64"), "Sec-WebSocket-Protocol": "binary" },
  };
  const request = (at.protocol === "https:" ? httpsRequest : httpRequest)(at, {
    ...{ headers, rejectUnauthorized: verify, timeout: 20_000 },
  });
  request.on("timeout", () => request.destroy(new Error("no answer")));
  request.on("error", ({ message }) => over(message));
  request.on("response", ({ statusCode }) => {
    request.destroy();
    over(`HTTP ${statusCode}`);
  });
  request.on("upgrade", (_, opened: Duplex, head) => {
    socket = opened;
    let read: Buffer = head;
    const take = () => {
      for (let message = first(read); message; message = first(read)) {
        read = message.rest;
        if (message.opcode === opcodes.close) opened.end();
        else if (message.opcode === opcodes.ping) opened.write(frame(opcodes.pong, message.data));
        else if (message.opcode <= opcodes.binary) out(message.data);
      }
      if (read.length > mostLength) opened.destroy();
    };
    opened.on("data", (data: Buffer) => {
      read = Buffer.concat([read, data]);
      take();
    });
    opened.on("error", () => {});
    opened.on("close", () => over("closed"));
    take();
  });
  request.end();
  return {
    write: (data) => void socket?.write(frame(opcodes.binary, data)),
    close: () => void (socket?.end(frame(opcodes.close, Buffer.alloc(0))) ?? request.destroy()),
  };
}

/** Masked, as a client's are. @param data below 64 kB */
function frame(opcode: number, data: Buffer): Buffer {
  const mask = randomBytes(4);
  const length =
    data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >> 8, data.length & 0xff];
  return Buffer.concat([
    Buffer.from([0x80 | opcode, ...length]),
    mask,
    data.map((byte, i) => byte ^ mask[i & 3]!),
  ]);
}

/** The first whole frame; a server's are not masked. */
function first(bytes: Buffer): { opcode: number; data: Buffer; rest: Buffer } | undefined {
  const short = (bytes[1] ?? 0) & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  const end = start + length;
  return { opcode: bytes[0]! & 0x0f, data: bytes.subarray(start, end), rest: bytes.subarray(end) };
}
