import type { BootScript, BootStrategy, Firmware } from "./labPlan";

/** What a node's tags say beside whose it is: all that the BMC is told of it. */
export interface NodeTags {
  /** Where its IPMI listens. No address: on the BMC's own. */
  readonly ipmi: { readonly address?: string; readonly port: number };
  readonly strategy: BootStrategy;
  readonly firmware: Firmware;
  /** The script that the node's DHCP options name; an inspection must not cost a deployed disk. */
  readonly bootScript: BootScript;
  /** The strategy `rebuild` may wipe a deployed disk for an inspection as well. */
  readonly rebuildForInspection: boolean;
}

const strategies: readonly string[] = ["rescue", "rebuild", "disk"] satisfies BootStrategy[];
const firmwares: readonly string[] = ["bios", "uefi"] satisfies Firmware[];
const scripts: readonly string[] = ["boot.ipxe", "inspector.ipxe"] satisfies BootScript[];

/**
 * The lab's own tags are the BMC's configuration of nodes, so that a `pulumi up` that adds or removes nodes changes
 * nothing on its VM: not its user data, and no session of another node. What is the default has no tag.
 *
 * | tag | |
 * |---|---|
 * | ovb:ipmi=PORT | UDP port of its IPMI; required |
 * | ovb:bmc=ADDRESS | address of its IPMI, where each node has one @default the BMC's own |
 * | ovb:strategy=rescue, rebuild, disk | @default rescue |
 * | ovb:firmware=bios, uefi | @default bios |
 * | ovb:script=boot.ipxe, inspector.ipxe | @default boot.ipxe |
 * | ovb:rebuild=inspection | see `rebuildForInspection` |
 */
export function writeNodeTags(node: NodeTags): string[] {
  const { ipmi, strategy, firmware, bootScript, rebuildForInspection } = node;
  return [
    `ovb:ipmi=${ipmi.port}`,
    ...(ipmi.address !== undefined ? [`ovb:bmc=${ipmi.address}`] : []),
    ...(strategy !== "rescue" ? [`ovb:strategy=${strategy}`] : []),
    ...(firmware !== "bios" ? [`ovb:firmware=${firmware}`] : []),
    ...(bootScript !== "boot.ipxe" ? [`ovb:script=${bootScript}`] : []),
    ...(rebuildForInspection ? ["ovb:rebuild=inspection"] : []),
  ];
}

/** @returns a text that names what is wrong, such as "tag ovb:ipmi= is missing; it must be a UDP port" */
export function readNodeTags(tags: readonly string[]): NodeTags | string {
  const value = (key: string) =>
    tags.find((tag) => tag.startsWith(`ovb:${key}=`))?.slice(`ovb:${key}=`.length);
  const wrong = (key: string, wanted: string) =>
    `tag ovb:${key}=${value(key) ?? ""} is ${value(key) === undefined ? "missing" : "wrong"}; it must be ${wanted}`;

  const port = value("ipmi") ?? "";
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) return wrong("ipmi", "a UDP port");
  const strategy = value("strategy") ?? "rescue";
  if (!strategies.includes(strategy)) return wrong("strategy", strategies.join(", "));
  const firmware = value("firmware") ?? "bios";
  if (!firmwares.includes(firmware)) return wrong("firmware", firmwares.join(" or "));
  const bootScript = value("script") ?? "boot.ipxe";
  if (!scripts.includes(bootScript)) return wrong("script", scripts.join(" or "));
  const address = value("bmc");
  return {
    ipmi: { ...(address !== undefined && { address }), port: Number(port) },
    strategy: strategy as BootStrategy,
    firmware: firmware as Firmware,
    bootScript: bootScript as BootScript,
    rebuildForInspection: value("rebuild") === "inspection",
  };
}
