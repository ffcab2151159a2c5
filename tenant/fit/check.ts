import { hasStatus } from "../../openstack/error";
import type { Setting } from "../../plan/lab/setting";

/** What a check found, as text and JSON show it. */
export interface Check {
  /** What was looked at: "quota of cores". Unique in a report. */
  readonly name: string;
  /** fail: the lab cannot be made or will not work; warn: it may not; skip: this could not be found out here. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly message: string;
  /** What to change. There for everything but "ok". */
  readonly advice?: string;
  /** Where a change of the configuration settles a failure: all of it together. */
  readonly fix?: readonly Setting[];
  /** It failed because nobody answered, and not by what was found. */
  readonly unanswered?: true;
}

export function ok(name: string, message: string): Check {
  return { name, status: "ok", message };
}

export function warn(name: string, message: string, advice: string): Check {
  return { name, status: "warn", message, advice };
}

export function fail(name: string, message: string, advice: string, fix?: readonly Setting[]): Check {
  return { name, status: "fail", message, advice, ...(fix && fix.length > 0 && { fix }) };
}

/** The same failure, with what settles it. */
export function withFix(check: Check, fix: readonly Setting[]): Check {
  return fix.length > 0 ? { ...check, fix } : check;
}

export function skip(name: string, message: string, advice?: string): Check {
  return { name, status: "skip", message, ...(advice && { advice }) };
}

/**
 * The findings of `look`, or, where it ends in an error, one that says so: a service that does not answer must not
 * hide what others say. What policy does not let us see, or this cloud does not have, is not found out: it proves nothing.
 * An interrupt stays one.
 */
export async function checking(
  name: string,
  signal: AbortSignal,
  look: () => Promise<Check | Check[]>,
): Promise<Check[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    if (hasStatus(error, 403, 404)) return [skip(name, message)];
    const advice = "See the message; the other checks do not depend on this one.";
    return [{ ...fail(name, message, advice), unanswered: true }];
  }
}
