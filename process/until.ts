import { setTimeout } from "node:timers/promises";

/** Whose time passes: an OpenStack session's, or a test's. Milliseconds. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** This machine's. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

export interface Patience {
  readonly clock: Clock;
  /** Between two looks. */
  readonly pauseMs: number;
  /** Infinity: until the signal says no. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Looking extends Patience {
  /** Whether the reason of a look's failure passes: it has then seen nothing yet. @default none does */
  readonly passes?: (error: unknown) => boolean;
}

/**
 * Looks again and again, once at least, until there is something to see.
 * @param look undefined: not yet
 * @returns undefined when there was nothing within `timeoutMs`
 * @throws the failure of a look that does not pass, or that of the last one
 */
export async function until<T extends {}>(
  look: () => Promise<T | undefined>,
  { clock, pauseMs, timeoutMs, signal, passes = () => false }: Looking,
): Promise<T | undefined> {
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined || clock.now() >= deadline) return seen;
    } catch (error) {
      if (!passes(error) || clock.now() >= deadline) throw error;
    }
    await clock.sleep(pauseMs, signal);
  }
}

/**
 * Tries again and again what fails for a reason that passes.
 * @param passes whether this failure's reason does
 * @param waiting told of each failure that is not the last
 * @throws the failure that does not pass, or the one at the end of `timeoutMs`
 */
export async function keepTrying<T>(
  attempt: () => Promise<T>,
  options: Patience & {
    readonly passes: (error: Error) => boolean;
    readonly waiting?: (error: Error) => void;
  },
): Promise<T> {
  const { clock, pauseMs, timeoutMs, signal, passes, waiting } = options;
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!passes(error as Error) || clock.now() >= deadline) throw error;
      waiting?.(error as Error);
    }
    await clock.sleep(pauseMs, signal);
  }
}
