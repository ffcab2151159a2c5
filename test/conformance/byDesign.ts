/** What a validator asks for and the BMC refuses on purpose. Whatever else fails is a fault. */
export interface ByDesign {
  readonly check: string;
  /** Of the validator's line. */
  readonly what: RegExp;
  readonly why: string;
}

export const byDesign: readonly ByDesign[] = [
  {
    check: "use cases",
    what: /Account|User/i,
    why: "The one account is the lab's: its password changes with `pulumi up`, and users are none of a BMC's here.",
  },
  {
    check: "use cases",
    what: /NIC0.* gateway/,
    why: "The way out of the BMC's network is the host cloud's to know; the agent uses it and is not told.",
  },
];
