import type { AddressPair, FixedIp } from "../../openstack/neutron";

/** What the undercloud has given out on its ctlplane, at one moment. */
export interface SourceSnapshot {
  /** Address by the node's MAC, lower case. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Addresses that move between nodes: no machine's own. */
  readonly vips: readonly string[];
}

/** A node's ctlplane port, as the cloud has it. */
export interface TargetPort {
  readonly id: string;
  readonly name: string;
  /** Lower case. */
  readonly mac: string;
  readonly fixedIps: readonly Required<FixedIp>[];
  readonly pairs: readonly Required<AddressPair>[];
  /** Pairs that the plan put there, as CIDRs: never removed, put back when missing. */
  readonly planned: readonly string[];
  /** False: nothing is filtered, and Neutron refuses pairs (409). */
  readonly portSecurity: boolean;
}

/** An address pair that is written as an address, and the port that has it. */
export interface BarePair {
  readonly address: string;
  readonly portId: string;
  readonly portName: string;
}

/** The lab's provisioning network in the host cloud, at one moment. */
export interface TargetSnapshot {
  readonly subnet: { readonly id: string; readonly cidr: string };
  /** The ports that sync may change, no other. */
  readonly ports: readonly TargetPort[];
  /** Who holds an address of the subnet beside those: the gateway, the undercloud, the BMC, DHCP, anybody's. */
  readonly others: ReadonlyMap<string, { readonly name: string; readonly isInUse: boolean }>;
  /** Address pairs of those others that are written as an address, not as a CIDR. */
  readonly barePairs: readonly BarePair[];
}

/** What is wanted and cannot be done, in a sentence with the way out. */
export interface Problem {
  /** Name of the port it is about. */
  readonly port?: string;
  readonly message: string;
}

interface StepOf {
  readonly id: string;
  /** The port's name. */
  readonly name: string;
}

/** One `PUT` of one port, and what has to be there before for it to be right. */
export type Step =
  | (StepOf & {
      readonly kind: "pairs";
      readonly before: readonly Required<AddressPair>[];
      readonly after: readonly AddressPair[];
    })
  | (StepOf & {
      /** `release` gives an address up in the middle of a swap; a later `move` of the same port ends it. */
      readonly kind: "move" | "release";
      readonly before: readonly Required<FixedIp>[];
      /** Without an address: any of the allocation pool, by Neutron's choice. */
      readonly after: readonly FixedIp[];
    });
