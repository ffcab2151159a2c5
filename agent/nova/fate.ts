import { OpenStackError } from "../../openstack/error";

/**
 * What became of a request that Nova did not accept:
 * - conflict: it has it not, because of the server's state now
 * - unsent: it never reached Nova
 * - refused: it has it not, and will not take it
 * - unknown: it may have it (no answer, or a server's failure on the way)
 */
export type Fate = "conflict" | "unsent" | "refused" | "unknown";

/** openstack/retry.ts has repeated these, because they never left this machine. */
const unsent = ["ECONNREFUSED", "EAI_AGAIN", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "no endpoint"];

export function fateOf(error: unknown): Fate {
  if (!(error instanceof OpenStackError)) return "unknown";
  // A token was asked for first, and there was none.
  if (error.service === "identity") return "unsent";
  const { status, code } = error;
  if (status === undefined) return code !== undefined && unsent.includes(code) ? "unsent" : "unknown";
  if (status === 409) return "conflict";
  // 429 and 503 come from what stands before Nova's API as well as from it, but never after it has acted.
  if (status === 429 || status === 503) return "unsent";
  return status >= 500 ? "unknown" : "refused";
}
