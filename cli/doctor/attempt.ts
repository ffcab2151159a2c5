import { hasStatus, OpenStackError } from "../../openstack/error";
import type { Setting } from "../../plan/lab/setting";
import { type Check, fail, ok, skip } from "../../tenant/fit/check";
import type { Tenant } from "../../tenant/fit/tenant";

/**
 * What came of something that is tried. Ctrl-C is looked at before it, never within: a request that is broken off may
 * still make something, after the removal.
 * @param advice what to change where it is refused
 * @param fix the same as data, where the configuration can
 */
export async function attempt(
  { signal }: Tenant,
  name: string,
  good: string,
  advice: string,
  act: () => Promise<unknown>,
  fix?: readonly Setting[],
): Promise<Check[]> {
  signal.throwIfAborted();
  try {
    await act();
    return [ok(name, good)];
  } catch (error) {
    // The trial takes of the quota as well; whether that has room for the lab is another check's to say.
    if (hasStatus(error, 403, 409, 413) && /quota/i.test(detailOf(error)))
      return [skip(name, "the quota has no room to try it")];
    return [fail(name, (error as Error).message, advice, fix)];
  }
}

/** Waits for all even where one fails: what is under way must be there before it can be removed. */
export async function allOf(works: readonly Promise<Check[]>[]): Promise<Check[]> {
  const results = await Promise.allSettled(works);
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** What the API said about a refusal. */
export function detailOf(error: unknown): string {
  return error instanceof OpenStackError ? error.detail : String(error);
}
