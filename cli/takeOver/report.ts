import type { LabPlan } from "../../plan/lab/labPlan";
import { stackOfMark } from "../../plan/lab/tags";
import type { Resource } from "../../tenant/inventory";
import { counted, type Deed } from "../command/confirm";
import { table } from "../command/table";
import type { TakeOver } from "./matchLab";

/** A line for each resource: what becomes of it. */
export function takeOverTable({ taken, removed, made, beside }: TakeOver): string {
  const rows = [
    ...taken.map(({ type, name, id }) => ["taken over", type, name, id]),
    ...removed.map(({ kind, name, id }) => ["deleted, made anew", kind, name, id]),
    ...made
      .filter(({ type, name }) => !removed.some((one) => one.kind.endsWith(type) && one.name === name))
      .map(({ type, name }) => ["missing, made", type, name, "-"]),
    ...beside.map(({ kind, name, id }) => ["left alone", kind, name, id]),
  ];
  return table(["what happens", "kind", "name", "id"], rows);
}

/** What is asked about, under the table. */
export function takeOverFacts(
  plan: LabPlan,
  { owner, taken, removed, beside, lab }: TakeOver,
): Deed["facts"] {
  const servers = removed.filter(({ kind }) => kind === "server");
  const names = (kind: string) => taken.filter(({ type }) => type === kind).map(({ name }) => name);
  const facts: (readonly [string, string])[] = [
    ["made by", owner ? `the stack ${stackOfMark(owner)} (mark ${owner})` : "a version of ovb without marks"],
    ["stay", `${counted(names("server"))}, with what is on their disks`],
  ];
  if (servers.length > 0) facts.push(["deleted", counted(servers.map(({ name, id }) => `${name} (${id})`))]);
  if (servers.length > 0) facts.push(["lost", lost(plan, servers)]);
  const credential = removed.find(({ kind }) => kind === "application credential");
  if (credential) facts.push(["revoked", `the application credential ${credential.name} (${credential.id})`]);
  else if (plan.bmc?.credential === "made")
    facts.push([
      "not revoked",
      `an application credential ${plan.bmc.name} that another user may have: nobody else can see it`,
    ]);
  if (beside.length > 0) facts.push(["left alone", besideAdvice(lab, beside, owner)]);
  return facts;
}

function lost({ undercloud, bmc }: LabPlan, servers: readonly Resource[]): string {
  const gone = (name: string | undefined) => servers.some((one) => one.name === name);
  const parts = ["their disks"];
  if (undercloud?.ironic && gone(undercloud.name))
    parts.push("Ironic's password and its database (what is deployed stays, and the next up has it adopted)");
  if (gone(bmc?.name)) parts.push("the BMC's password");
  return `${parts.join(", ")}: new ones are made`;
}

/** The way out for what the configuration does not have, which `up` goes on to refuse. */
export function besideAdvice(lab: string, beside: readonly Resource[], owner: string | undefined): string {
  const way = beside.some(({ tags, description }) => !`${tags} ${description}`.includes("ovb:owner="))
    ? "delete it with the openstack client"
    : `\`npx ovb sweep --lab ${lab} --owner ${owner}\` removes it`;
  return (
    `${counted(beside.map(({ kind, name }) => `${kind} ${name}`))}. The configuration has no such thing, and until it is ` +
    `gone \`up\` refuses: put it into the configuration before you go on; or ${way} afterwards`
  );
}
