import type { Download } from "../../plan/lab/labPlan";
import type { Setting } from "../../plan/lab/setting";

/** The kinds of undercloud that need nothing of the user's own. */
export const kinds = ["ironic", "boot-server"] as const;
export type Kind = (typeof kinds)[number];

/** A key of the file, and why it is what it is. */
export interface Choice extends Setting {
  readonly comment: string;
}

/** What is settled, by options, by a person's answers or by what a trial has shown; the rest is chosen. */
export interface Given {
  readonly stack: string;
  readonly lab?: string;
  readonly publicNetwork?: string;
  readonly floatingIp?: boolean;
  readonly accessNetwork?: string;
  readonly accessRouter?: string;
  readonly kind?: Kind;
  readonly kernel?: Download;
  readonly ramdisk?: Download;
  readonly undercloudImage?: string;
  readonly undercloudFlavor?: string;
  readonly bmcImage?: string;
  readonly bmcFlavor?: string;
  readonly nodeFlavor?: string;
  readonly nodes?: number;
  /** Lines of authorized_keys. */
  readonly keys?: readonly string[];
  /** Nova's availability zone of every server; "": the cloud chooses. */
  readonly zone?: string;
  readonly allowFrom?: readonly string[];
  /** What a trial has shown, each with its reason: they win. */
  readonly settings: readonly Choice[];
}
