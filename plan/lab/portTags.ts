import { toCidr } from "./ipv4";

/*
 * Tags of a port whose addresses the sync daemon owns: all that it knows of the plan, so that it needs no change
 * when nodes come or go.
 */

/** On a port: its fixed address and its address pairs are sync's, and Pulumi leaves them alone. */
const addressOwnerTag = "ovb:addresses=sync";

/** Followed by a CIDR (labs of 0.1 have addresses as well): a pair that the plan put there and that stays. */
const plannedPairPrefix = "ovb:pair=";

/** @param pairs CIDRs that the plan puts there */
export function writePortTags(pairs: readonly string[]): string[] {
  return [addressOwnerTag, ...pairs.map((pair) => `${plannedPairPrefix}${pair}`)];
}

/** @returns the planned pairs, as CIDRs; undefined for a port whose addresses are the plan's own */
export function readPortTags(tags: readonly string[]): string[] | undefined {
  if (!tags.includes(addressOwnerTag)) return undefined;
  return tags
    .filter((tag) => tag.startsWith(plannedPairPrefix))
    .map((tag) => toCidr(tag.slice(plannedPairPrefix.length)));
}
