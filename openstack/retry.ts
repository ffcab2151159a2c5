/** How one attempt failed. */
export interface FailedAttempt {
  /** HTTP status; absent when there was no answer. */
  status?: number;
  /** Parsed Retry-After, milliseconds. */
  retryAfterMs?: number;
  /** Node's error code when there was no answer. */
  code?: string;
}

/** First ceiling of the random delay, doubled with every attempt up to the cap: a burst of clients spreads over seconds. */
const baseMs = 500;
const capMs = 10_000;
/** A service asking for a longer pause than this is better reported than waited for. */
export const maxRetryAfterMs = 120_000;

/** 500 too: a database deadlock or a message that timed out inside the cloud is one, and gone the next time. */
const transientStatuses = [429, 500, 502, 503, 504];

/** The request never left this machine, so that repeating it can do nothing twice. */
const unsentCodes = ["ECONNREFUSED", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];
const sentCodes = [
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
];

/**
 * Milliseconds to wait before the next attempt, or undefined when there must be none: full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) with Retry-After as the lower bound.
 * A request that is not idempotent is repeated only where the service cannot have acted on it: it was never sent,
 * or 429 or 503 came with Retry-After.
 *
 * @param attempt attempts already made before this one failed: 0 for the first
 * @param random uniform in [0, 1)
 */
export function backOff(
  failed: FailedAttempt,
  attempt: number,
  idempotent: boolean,
  random: () => number,
): number | undefined {
  const { retryAfterMs } = failed;
  if (retryAfterMs !== undefined && retryAfterMs > maxRetryAfterMs) return undefined;
  if (!mayRepeat(failed, idempotent)) return undefined;
  const jitter = random() * Math.min(capMs, baseMs * 2 ** attempt);
  // Jitter on top of Retry-After: everyone was told the same second.
  return (retryAfterMs ?? 0) + jitter;
}

function mayRepeat({ status, retryAfterMs, code }: FailedAttempt, idempotent: boolean): boolean {
  if (status === undefined) {
    return code !== undefined && (unsentCodes.includes(code) || (idempotent && sentCodes.includes(code)));
  }
  if (idempotent) return transientStatuses.includes(status);
  return (status === 429 || status === 503) && retryAfterMs !== undefined;
}

/** Retry-After as milliseconds from now: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined when absent or unreadable. */
export function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
