import { backendFindings } from "../lab/backendFindings";
import type { LabPlan } from "../lab/labPlan";
import { type NetworkBackend, networkBackends } from "../lab/networkBackend";

/** What of a plan one of Neutron's backends treats otherwise, a paragraph each. The plan does not know which one the cloud has. */
export function backendNotes(plan: LabPlan): string[] {
  return (Object.keys(networkBackends) as NetworkBackend[]).flatMap((backend) =>
    backendFindings(plan, backend).map(({ subject, isFatal, message, advice }) => {
      const where = `On ${networkBackends[backend].label}${isFatal ? " this lab is refused" : ""}`;
      return `${where}: ${subject}: ${message}. ${advice}`;
    }),
  );
}

/** What the notes are, and who knows which of them are about the cloud. */
export const backendNotesTitle = "By Neutron's backend; `npx ovb doctor` finds out which one the cloud has";
