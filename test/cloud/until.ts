import { setTimeout as sleep } from "node:timers/promises";

/**
 * Looks until something is seen. Emulated guests on a busy machine take their time: patience is generous.
 * @param what is said when it is not seen; a function, where it is to say what there was instead
 * @param pauseMs between two looks; less where what is looked for passes quickly
 */
export async function until<T>(
  what: string | (() => string),
  seconds: number,
  look: () => Promise<T | undefined | false>,
  pauseMs = 1000,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline)
      throw new Error(`not within ${seconds} s: ${typeof what === "string" ? what : what()}`);
    await sleep(pauseMs);
  }
}
