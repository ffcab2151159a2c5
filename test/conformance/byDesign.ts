/** What a validator asks for and the BMC refuses on purpose. Whatever else fails is a fault. */
export interface ByDesign {
  readonly check: string;
  /** Of the validator's line. */
  readonly what: RegExp;
  readonly why: string;
}

export const BY_DESIGN: readonly ByDesign[] = [
  {
    check: "protocol",
    what: /SEC_BASIC_AUTH_OVER_HTTPS/,
    why: "Plain HTTP is what `ovb bmc` offers on loopback; the BMC's VM has HTTPS, and HTTP only where it is asked for.",
  },
  {
    check: "use cases",
    what: /Account|User/i,
    why: "The one account is the lab's: its password changes with `pulumi up`, and users are none of a BMC's here.",
  },
];
