import { compressedUserData, mostUserDataCharacters } from "../guest/compressed";
import { undercloudUserData } from "../guest/undercloudUserData";
import { labKey, withLabKey } from "../lab/labKey";
import type { LabPlan, Totals } from "../lab/labPlan";
import type { LabConfig } from "../lab/schema/configSchema";
import { serversOf } from "../lab/servers";
import { mostServerTags } from "../lab/tags";
import type { Problem } from "./problem";

/** Checks what shows only in the finished plan: its sums against the limits, and sizes that Nova refuses. */
export function checkPlan(plan: LabPlan, config: LabConfig): Problem[] {
  const problems: Problem[] = [];
  for (const [kind, needed] of Object.entries(plan.totals) as [keyof Totals, number][]) {
    const limit = config.limits[kind];
    if (limit === undefined || needed <= limit) continue;
    const message = `is less than the ${needed} that the lab needs; have the quota raised, or plan fewer nodes or NICs`;
    problems.push({ path: ["limits", kind], message });
  }
  // The stack's mark, which the plan does not know, is one more.
  const tags = Math.max(0, ...serversOf(plan).map((server) => server.tags.length)) + 1;
  if (tags > mostServerTags) {
    const message = `makes ${tags} tags on a server with the lab's own, more than Nova's ${mostServerTags}; leave ${tags - mostServerTags} out`;
    problems.push({ path: ["tags"], message });
  }
  // Any key has the length of the lab's.
  const keyed = withLabKey(plan, labKey("", plan.name).publicKey);
  const size = userDataSize(keyed);
  if (size > mostUserDataCharacters) {
    const message = `has ${size} characters of user data in base64, more than Nova's ${mostUserDataCharacters}; shorten ovb:authorizedKeys or ovb:undercloud.userData`;
    problems.push({ path: ["undercloud"], message });
  }
  return problems;
}

/** What secrets, which do not compress, add to what stands for them here. */
const secretCharacters = 512;

/** Of the undercloud, as Nova counts. */
function userDataSize(plan: LabPlan): number {
  const text = undercloudUserData(plan) ?? "";
  if (plan.undercloud?.ironic) return compressedUserData(text).length + secretCharacters;
  return Math.ceil(Buffer.byteLength(text) / 3) * 4;
}
