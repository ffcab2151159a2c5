/** Whose time passes: an OpenStack session's, or a test's. Milliseconds. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Looks again and again, once at least, until there is something to see.
 * @param look undefined: not yet
 * @param pauseMs between two looks
 * @returns undefined when there was nothing within `timeoutMs`
 */
export async function until<T extends {}>(
  look: () => Promise<T | undefined>,
  options: {
    readonly clock: Clock;
    readonly pauseMs: number;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<T | undefined> {
  const { clock, pauseMs, timeoutMs, signal } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined || clock.now() >= deadline) return seen;
    await clock.sleep(pauseMs, signal);
  }
}
