import { type Draft, nameOf } from "./draft";
import type { PortPlan } from "./labPlan";
import type { SecurityGroupPlan } from "./networkPlan";
import { ironicTlsPort } from "./planUndercloud";

/** The groups that the lab's ports use; none of them is created in vain. */
export function planSecurityGroups(draft: Draft, ports: readonly PortPlan[]): SecurityGroupPlan[] {
  const groups = [accessGroup(draft), ctlplaneGroup(draft)];
  return groups.filter(({ key }) => ports.some((port) => port.securityGroup === key));
}

function accessGroup(draft: Draft): SecurityGroupPlan {
  const { access, undercloud } = draft.config;
  const name = nameOf(draft, "access");
  return {
    key: "access",
    name,
    description: "Outer NICs of the lab: SSH and ping",
    rules: access.allowFrom.flatMap((from, i) => {
      const suffix = i === 0 ? "" : `-${i}`;
      return [
        { name: `${name}-ssh${suffix}`, protocol: "tcp" as const, port: 22, from },
        { name: `${name}-ping${suffix}`, protocol: "icmp" as const, from },
        ...(undercloud.kind === "ironic"
          ? [{ name: `${name}-ironic${suffix}`, protocol: "tcp" as const, port: ironicTlsPort, from }]
          : []),
      ];
    }),
  };
}

function ctlplaneGroup(draft: Draft): SecurityGroupPlan {
  const name = nameOf(draft, "ctlplane");
  return {
    key: "ctlplane",
    name,
    description:
      "The provisioning network, as open as a wire: what may be sent is what the ports' address pairs say",
    // Not limited to the subnet: 169.254.169.254 answers too. Nothing from outside gets there: no floating IP.
    rules: [{ name: `${name}-any` }],
  };
}
