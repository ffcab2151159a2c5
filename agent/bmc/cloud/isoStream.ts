import { MachineBusy, Unsupported } from "../../nova/machine";

/** ISO 9660: the first volume descriptor is in sector 16 of 2048 bytes, and says "CD001" after its type byte (ECMA-119, 8.1). */
const MARK = "CD001";
const MARK_AT = 16 * 2048 + 1;
const NEEDED = MARK_AT + MARK.length;

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
 * @throws Unsupported for what is no ISO to begin with; MachineBusy when the server does not answer
 */
export async function openIso(url: string, most: number, signal: AbortSignal): Promise<IsoStream> {
  const shown = withoutCredentials(url);
  let response: Response;
  try {
    // Not compressed on the way: the length is the file's.
    response = await fetch(url, { headers: { "Accept-Encoding": "identity" }, signal });
  } catch (error) {
    const why = ((error as Error).cause as Error | undefined)?.message || (error as Error).message;
    throw new MachineBusy(`${shown} cannot be fetched from the BMC: ${why}.`, 10);
  }
  const refuse = async (why: string): Promise<never> => {
    await response.body?.cancel();
    throw new Unsupported(`${shown} ${why}.`);
  };
  if (!response.ok || response.body === null) return refuse(`is answered with HTTP ${response.status}`);
  const length = response.headers.get("content-length");
  const size = length === null ? undefined : Number(length);
  const tooLarge = `is larger than the ${Math.floor(most / 2 ** 20)} MiB allowed`;
  if (size !== undefined && size > most) return refuse(tooLarge);
  if (size !== undefined && size < NEEDED) return refuse("is too short for an ISO image");

  let wrong: Unsupported | MachineBusy | undefined;
  let seen = 0;
  const head = Buffer.alloc(NEEDED);
  const check = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (seen < NEEDED) head.set(chunk.subarray(0, NEEDED - seen), seen);
      const before = seen;
      seen += chunk.length;
      if (seen > most) wrong = new Unsupported(`${shown} ${tooLarge}.`);
      if (before < NEEDED && seen >= NEEDED && head.toString("latin1", MARK_AT) !== MARK) {
        wrong = new Unsupported(`${shown} is no ISO 9660 image.`);
      }
      if (wrong === undefined) controller.enqueue(chunk);
      else controller.error(wrong);
    },
    flush(controller) {
      if (seen >= NEEDED) return;
      wrong = new Unsupported(`${shown} is too short for an ISO image.`);
      controller.error(wrong);
    },
  });
  const broken = (error: unknown): never => {
    wrong ??= new MachineBusy(`${shown} broke off after ${seen} bytes: ${(error as Error).message}.`, 10);
    throw error;
  };
  const source = response.body.pipeThrough(check);
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
