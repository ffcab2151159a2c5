/*
 * Tags of a port whose addresses the sync daemon owns: all that it knows of the plan, so that it needs no change
 * when nodes come or go.
 */

/** On a port: its fixed address and its address pairs are sync's, and Pulumi leaves them alone. */
export const addressOwnerTag = "ovb:addresses=sync";

/** Followed by an address or a CIDR: a pair that the plan put there and that stays. */
export const plannedPairPrefix = "ovb:pair=";
