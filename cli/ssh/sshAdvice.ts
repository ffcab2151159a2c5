import { takesLabKey } from "../../plan/lab/labKey";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { SshHost } from "./sshConfig";

/** What to look at when ssh has failed; its own message says what did. */
export function sshAdvice(
  plan: LabPlan,
  { name, via }: Pick<SshHost, "name" | "via">,
  hasKey: boolean,
): string {
  const others = plan.undercloud !== undefined && !takesLabKey(plan).undercloud;
  const lines = [
    ...(hasKey
      ? []
      : plan.bmc
        ? ["The stack has no key of the lab's own yet: `npx ovb up` makes it and gives it to the lab."]
        : ["A lab without a BMC has no key of its own: ovb:authorizedKeys is the way in."]),
    ...(hasKey && others && (via || name === "undercloud")
      ? [
          `An undercloud of kind ${plan.undercloud!.kind} has your keys only (ovb:authorizedKeys); --identity names one.`,
        ]
      : []),
    ...(plan.nodes.some(({ key }) => key === name)
      ? [
          `${name} lets in whom it was told to when it was deployed: the lab's key with \`npx ovb deploy ${name}\`, another with --ssh-key. ` +
            "--user and --identity say otherwise.",
        ]
      : []),
  ];
  return lines.length > 0 ? lines.join("\n") : `\`npx ovb console ${name}\` shows what goes on there.`;
}
