import { OpenStackError } from "../../../openstack/error";
import { fateOf } from "../../nova/fate";
import { MachineBusy, Unsupported } from "../../nova/machine";
import type { Log } from "../../service/log";

/** Access rules have the version of the API in their path, errors do not. */
const versionPaths: Readonly<Record<string, string>> = { compute: "/v2.1", image: "/v2" };

/** Says once, not at every poll of every client, what the credential lacks. */
export class Refusals {
  readonly #said = new Set<string>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** What the client is told. @param doing such as "rescue" */
  explain(key: string, doing: string, error: unknown): MachineBusy | Unsupported {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof OpenStackError) || fateOf(error) !== "refused") {
      return new MachineBusy(`${key}: ${doing} is not possible now: ${message}`);
    }
    if (error.status === 403) {
      const path = error.path.replace(/\?.*/, "").replace(/[0-9a-f-]{32,36}/g, "*");
      const rule = `{"service":"${error.service}","method":"${error.method}","path":"${versionPaths[error.service] ?? ""}${path}"}`;
      const advice = `Add the access rule ${rule} to the agent's application credential, or ask the cloud's operator for the role that allows ${doing}.`;
      if (!this.#said.has(`${error.method} ${path} ${doing}`)) {
        this.#said.add(`${error.method} ${path} ${doing}`);
        this.#log("forbidden", { node: key, doing, advice });
      }
      return new Unsupported(`${key}: the cloud forbids ${doing}. ${advice}`);
    }
    // Gone, or about to be: the poll will show it.
    if (error.status === 404 || error.status === 401)
      return new MachineBusy(`${key}: ${doing} failed: ${message}`, 10);
    return new Unsupported(`${key}: the cloud refuses ${doing}: ${message}`);
  }
}
