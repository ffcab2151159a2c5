import { Readable } from "node:stream";
import { MachineBusy, Unsupported } from "../../nova/machine";
import { requestIso, type ServerTrust } from "./isoRequest";

/** ISO 9660: the first volume descriptor is in sector 16 of 2048 bytes, and says "CD001" after its type byte (ECMA-119, 8.1). */
const mark = "CD001";
const markAt = 16 * 2048 + 1;
const needed = markAt + mark.length;

/**
 * A CD-ROM image from a URL. What is no ISO, or is too large, is noticed on the way: then the stream ends in an
 * error, and `wrong` says which.
 */
export interface IsoStream {
  readonly content: ReadableStream<Uint8Array>;
  /** Bytes, where the server says so. */
  readonly size?: number;
  wrong(): Unsupported | MachineBusy | undefined;
}

/**
 * @param url without credentials in what is said about it
 * @param most bytes
 * @throws Unsupported for what is no ISO to begin with, Unreachable when the server does not answer or is not trusted
 */
export async function openIso(
  url: string,
  most: number,
  trust: ServerTrust,
  signal: AbortSignal,
): Promise<IsoStream> {
  const shown = withoutCredentials(url);
  const response = await requestIso(new URL(url), shown, trust, signal);
  const refuse = (why: string): never => {
    response.destroy();
    throw new Unsupported(`${shown} ${why}.`);
  };
  if (response.statusCode !== 200) return refuse(`is answered with HTTP ${response.statusCode}`);
  const length = response.headers["content-length"];
  const size = length === undefined ? undefined : Number(length);
  const tooLarge = `is larger than the ${Math.floor(most / 2 ** 20)} MiB allowed`;
  if (size !== undefined && size > most) return refuse(tooLarge);
  if (size !== undefined && size < needed) return refuse("is too short for an ISO image");

  let wrong: Unsupported | MachineBusy | undefined;
  let seen = 0;
  const head = Buffer.alloc(needed);
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (seen < needed) head.set(chunk.subarray(0, needed - seen), seen);
      const before = seen;
      seen += chunk.length;
      if (seen > most) wrong = new Unsupported(`${shown} ${tooLarge}.`);
      if (before < needed && seen >= needed && head.toString("latin1", markAt) !== mark) {
        wrong = new Unsupported(`${shown} is no ISO 9660 image.`);
      }
      if (wrong === undefined) controller.enqueue(chunk);
      else controller.error(wrong);
    },
    flush(controller) {
      if (seen >= needed) return;
      wrong = new Unsupported(`${shown} is too short for an ISO image.`);
      controller.error(wrong);
    },
  });
  const broken = (error: unknown): never => {
    wrong ??= new MachineBusy(`${shown} broke off after ${seen} bytes: ${(error as Error).message}.`, 10);
    throw error;
  };
  const body = Readable.toWeb(response) as ReadableStream<Uint8Array>;
  const source = body.pipeThrough(check);
  const reader = source.getReader();
  const content = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch(broken);
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { content, ...(size !== undefined && { size }), wrong: () => wrong };
}

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  // Signed URLs carry their secret there.
  shown.search = "";
  return shown.href;
}
