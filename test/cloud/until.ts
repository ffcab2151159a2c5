import { setTimeout as sleep } from "node:timers/promises";

/**
 * Looks until something is seen. Emulated guests on a busy machine take their time, and a test that passes waits no
 * longer for a generous limit.
 * @param what is said when it is not seen; a function, where it is to say what there was instead
 * @param pauseMs between two looks; less where what is looked for passes quickly
 */
export async function until<T>(
  what: string | (() => string),
  look: () => Promise<T | undefined | false>,
  { pauseMs = 1000, patienceMs = 600_000 } = {},
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline)
      throw new Error(`not within ${patienceMs / 1000} s: ${typeof what === "string" ? what : what()}`);
    await sleep(pauseMs);
  }
}
