import { OpenStackError } from "../../openstack/error";
import { type Log, MachineBusy, Unsupported } from "../machine";

/**
 * What became of a request that Nova did not accept:
 * - conflict: it has it not, because of the server's state now
 * - unsent: it never reached Nova
 * - refused: it has it not, and will not take it
 * - unknown: it may have it (no answer, or a server's failure on the way)
 */
export type Fate = "conflict" | "unsent" | "refused" | "unknown";

/** openstack/retry.ts has repeated these, because they never left this machine. */
const UNSENT = ["ECONNREFUSED", "EAI_AGAIN", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "no endpoint"];

export function fateOf(error: unknown): Fate {
  if (!(error instanceof OpenStackError)) return "unknown";
  // A token was asked for first, and there was none.
  if (error.service === "identity") return "unsent";
  const { status, code } = error;
  if (status === undefined) return code !== undefined && UNSENT.includes(code) ? "unsent" : "unknown";
  if (status === 409) return "conflict";
  // 429 and 503 come from what stands before Nova's API as well as from it, but never after it has acted.
  if (status === 429 || status === 503) return "unsent";
  return status >= 500 ? "unknown" : "refused";
}

/** Access rules have the version of the API in their path, errors do not. */
const VERSIONS: Readonly<Record<string, string>> = { compute: "/v2.1", image: "/v2" };

/** Says once, not at every poll of every client, what the credential lacks. */
export class Refusals {
  readonly #said = new Set<string>();

  constructor(private readonly log: Log) {}

  /** What the client is told. @param doing such as "rescue" */
  explain(key: string, doing: string, error: unknown): MachineBusy | Unsupported {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof OpenStackError) || fateOf(error) !== "refused") {
      return new MachineBusy(`${key}: ${doing} is not possible now: ${message}`);
    }
    if (error.status === 403) {
      const path = error.path.replace(/\?.*/, "").replace(/[0-9a-f-]{32,36}/g, "*");
      const rule = `{"service":"${error.service}","method":"${error.method}","path":"${VERSIONS[error.service] ?? ""}${path}"}`;
      const advice = `Add the access rule ${rule} to the agent's application credential, or ask the cloud's operator for the role that allows ${doing}.`;
      if (!this.#said.has(`${error.method} ${path} ${doing}`)) {
        this.#said.add(`${error.method} ${path} ${doing}`);
        this.log("forbidden", { node: key, doing, advice });
      }
      return new Unsupported(`${key}: the cloud forbids ${doing}. ${advice}`);
    }
    // Gone, or about to be: the poll will show it.
    if (error.status === 404 || error.status === 401)
      return new MachineBusy(`${key}: ${doing} failed: ${message}`, 10);
    return new Unsupported(`${key}: the cloud refuses ${doing}: ${message}`);
  }
}
