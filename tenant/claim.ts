import { cdromTag, stackOfMark } from "../plan/lab/tags";
import { bullets } from "../plan/problemsError";
import type { Resource } from "./inventory";
import { markOf } from "./whose";

/** What proves that something of a lab's name is a stack's. */
export interface Claim {
  readonly lab: string;
  /** The stack's mark; undefined: its state has none, as nothing was made yet or an older version made it. */
  readonly owner?: string;
  /** Ids that its state knows: what an older version made bears no mark. */
  readonly ids: ReadonlySet<string>;
}

/** Set by `ovb up` to the name of the lab whose claim it has checked, by more than a program can know: the state. */
export const checkedVariable = "OVB_CHECKED_CLAIM";

/** Tags of what commands and the BMC's agent make beside a lab, and how its name ends: no sign of another stack. */
const besideTheLab = { tags: ["ovb:doctor", cdromTag], names: ["doctor", "sync"] };

/** Whether an `up` of that lab makes such a thing, with marks. */
export function isOfUp({ kind, name, tags, description }: Resource, lab: string): boolean {
  const called = kind === "floating IP" ? description.split(" ")[0] : name;
  return (
    !tags.some((tag) => besideTheLab.tags.includes(tag)) &&
    !besideTheLab.names.some((end) => called === `${lab}-${end}`)
  );
}

/**
 * What of the tenant has the lab's name and is not the claimant's: it bears another stack's mark, or none and the state
 * does not know it.
 */
export function foreignResources(tenant: readonly Resource[], claim: Claim): Resource[] {
  return tenant.filter((resource) => {
    const mark = markOf(resource);
    if (mark?.lab !== claim.lab || !isOfUp(resource, claim.lab)) return false;
    return mark.owner === undefined ? !claim.ids.has(resource.id) : mark.owner !== claim.owner;
  });
}

const forget =
  "This stack's state knows some of it still; where the lab is another's for good, `npx ovb pulumi -- stack rm --force " +
  "--preserve-config` forgets that state and touches nothing on the cloud.";

/** The lab of that name on this tenant is another stack's. */
export class ForeignLab extends Error {
  override readonly name = "ForeignLab";

  /**
   * @param done what has not been done: "nothing was made"
   * @param foreign what was found, at least one
   */
  constructor(
    { lab, ids }: Claim,
    readonly foreign: readonly Resource[],
    done = "nothing was changed",
  ) {
    const stacks = [...new Set(foreign.map((resource) => madeBy(resource)))].sort();
    super(
      `The lab ${lab} on this tenant is not this stack's, so ${done}. It was made by ${stacks.join(" and by ")}:\n` +
        `${listed(foreign)}\n` +
        'Either give this stack\'s lab another name, "ovb:lab" in its configuration (two labs of a tenant need two); or, ' +
        "where this is the lab that you mean, use the stack and the backend that have its state; or, where that state is " +
        "lost, take the lab over on purpose: `npx ovb take-over` says what it would take, and asks." +
        (foreign.some(({ id }) => ids.has(id)) ? ` ${forget}` : ""),
    );
  }
}

function madeBy(resource: Resource): string {
  const owner = markOf(resource)?.owner;
  return owner === undefined
    ? "a version of ovb without marks, or by a state that was lost"
    : `the stack ${stackOfMark(owner)} (mark ${owner})`;
}

/** The first of each kind by name, and how many more. */
function listed(resources: readonly Resource[]): string {
  const kinds = [...new Set(resources.map(({ kind }) => kind))];
  return bullets(
    kinds.map((kind) => {
      const names = resources.filter((one) => one.kind === kind).map(({ name, id }) => name || id);
      const more = names.length > 4 ? `, and ${names.length - 4} more` : "";
      return `${kind}: ${names.slice(0, 4).join(", ")}${more}`;
    }),
  );
}

/** What the claimant's state knows and another stack has taken over since: it is not the claimant's to destroy. */
export function takenOver(tenant: readonly Resource[], claim: Claim): Resource[] {
  return foreignResources(tenant, claim).filter(({ id }) => claim.ids.has(id));
}

/** @throws ForeignLab where something of the lab's name is not the claimant's */
export function checkClaim(tenant: readonly Resource[], claim: Claim, done?: string): void {
  const foreign = foreignResources(tenant, claim);
  if (foreign.length > 0) throw new ForeignLab(claim, foreign, done);
}

/**
 * Whether an `up` of that lab may go on, for a stack whose state has these.
 * @returns what proves that the lab is the stack's, or will be
 * @throws ForeignLab where the lab, or one that the state still knows, is another stack's; Error where the state has servers
 * of a lab of another name: Pulumi would delete what the configuration no longer names
 */
export function checkUp(tenant: readonly Resource[], claims: readonly Claim[], lab: string): Claim {
  for (const claim of claims) {
    const taken = takenOver(tenant, claim);
    if (taken.length > 0) throw new ForeignLab(claim, taken);
  }
  const claim = claims.find((one) => one.lab === lab) ?? { lab, ids: new Set() };
  checkClaim(tenant, claim, "nothing was made");
  for (const other of claims.filter((one) => one.lab !== lab)) {
    const lost = tenant.filter(
      (one) => one.kind === "server" && other.ids.has(one.id) && markOf(one)?.lab === other.lab,
    );
    if (lost.length > 0)
      throw new Error(
        `This stack has made the lab ${other.lab}, and its configuration names the lab ${lab}: that would delete ` +
          `${lost.map(({ name }) => name).join(", ")}, with what is on their disks, and make all of it anew. Nothing was ` +
          `changed. To keep the lab: "ovb:lab: ${other.lab}" in the configuration. To have another: \`npx ovb destroy\` first.`,
      );
  }
  return claim;
}
