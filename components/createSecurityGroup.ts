import { networking } from "@pulumi/openstack";
import type { Output, Resource } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { SecurityGroupPlan } from "../plan/lab/networkPlan";
import type { LabOwner } from "./labOwner";
import { securityGroupTimeouts } from "./timeouts";

/** Registers a security group and its ingress rules as children of the parent. @returns the group's id. */
export function createSecurityGroup(
  plan: SecurityGroupPlan,
  owner: LabOwner,
  tags: readonly string[],
  parent: Resource,
): Output<string> {
  const group = new networking.SecGroup(
    plan.name,
    { name: plan.name, description: owner.describe(tags, plan.description), tags: owner.tags(tags) },
    { ...openstackPlugin, parent, customTimeouts: securityGroupTimeouts },
  );
  for (const { name, protocol, port, from } of plan.rules) {
    new networking.SecGroupRule(
      name,
      {
        securityGroupId: group.id,
        description: name,
        direction: "ingress",
        ethertype: "IPv4",
        protocol,
        portRangeMin: port,
        portRangeMax: port,
        remoteIpPrefix: from,
      },
      {
        ...openstackPlugin,
        parent,
        // Neutron deletes a group's rules with it.
        deletedWith: group,
        // Two rules that differ in their description alone are one rule to Neutron, which refuses the second.
        deleteBeforeReplace: true,
        customTimeouts: securityGroupTimeouts,
      },
    );
  }
  return group.id;
}
