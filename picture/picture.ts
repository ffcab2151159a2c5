import type { Mark } from "../plan/review/marks";

/**
 * What is to be seen of a lab, before anything has a place: plain data, made of a plan by pictureOf(). Networks are
 * rails, everything else is a card that hangs between them.
 */
export interface Picture {
  /** One sentence. */
  readonly title: string;
  readonly subtitle: string;
  /** From top to bottom: the public network, access, ctlplane, the BMC's, the others by name. */
  readonly rails: readonly Rail[];
  readonly cards: readonly Card[];
  readonly links: readonly Link[];
  /** Whether it shows a change; then the legend says what the marks mean. */
  readonly compares: boolean;
}

export interface Fact {
  /** What it is about: facts of one slot are the same one before and after a change. */
  readonly slot: string;
  readonly text: string;
  readonly style: "plain" | "mono" | "pair";
  /** What it was, where a change makes it another. */
  readonly was?: string;
  readonly mark?: Mark;
}

export interface Rail {
  /** "public", "access", "ctlplane", "bmc", or "net-KEY". */
  readonly id: string;
  readonly kind: "public" | "access" | "ctlplane" | "bmc" | "extra";
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly mark?: Mark;
}

export interface Section {
  readonly title: string;
  /** Id of the rail that the NIC is on; absent: it is about the machine itself. */
  readonly rail?: string;
  /** Of a NIC: its port's name on the cloud, or several. */
  readonly ports?: readonly string[];
  readonly facts: readonly Fact[];
  readonly mark?: Mark;
}

export interface Card {
  /** Unique in the picture. */
  readonly id: string;
  /** "elsewhere": not the lab's own. "rack": several nodes. */
  readonly kind: "router" | "undercloud" | "bmc" | "node" | "rack" | "elsewhere";
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
  /** Of a rack: its nodes, with what they do not have in common. */
  readonly cells: readonly Cell[];
  readonly mark?: Mark;
}

export interface Cell {
  readonly id: string;
  readonly title: string;
  readonly sections: readonly Section[];
  readonly mark?: Mark;
}

/** A NIC, a router's interface, or the BMC's way to a node. */
export interface Link {
  readonly card: string;
  readonly rail: string;
  /** "way": no NIC; drawn as a dashed line. */
  readonly kind: "nic" | "way";
  /** How many it stands for. */
  readonly count: number;
  readonly mark?: Mark;
}
