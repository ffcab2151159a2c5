import type { Server } from "../../openstack/nova";
import type { Firmware } from "../machine";

/** How a node is made to boot from the network, on a Nova that has no boot order. */
export type BootStrategy = "rescue" | "rebuild" | "disk";

/** One baremetal node, as the tags of its server describe it. */
export interface CloudNode {
  /** GROUP-INDEX: the server's name without the lab's. */
  readonly key: string;
  /** The server's id. */
  readonly uuid: string;
  /** Where its IPMI listens. No address: on the BMC's own. */
  readonly ipmi: { readonly address?: string; readonly port: number };
  readonly strategy: BootStrategy;
  readonly firmware: Firmware;
  /** The script that the node's DHCP options name; an inspection must not cost a deployed disk. */
  readonly bootScript: "boot.ipxe" | "inspector.ipxe";
  /** The strategy `rebuild` may wipe a deployed disk for an inspection as well. */
  readonly rebuildForInspection: boolean;
  /** Absent where Nova was asked for the server's name only. */
  readonly hardware?: Hardware;
}

/** What an inspection by Redfish asks for. */
export interface Hardware {
  /** First the ctlplane's. */
  readonly macs: readonly string[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** GiB; absent where the flavor leaves it to the image or the volume. */
  readonly diskGiB?: number;
}

const STRATEGIES: readonly string[] = ["rescue", "rebuild", "disk"] satisfies BootStrategy[];

/**
 * The lab's own tags are the agent's configuration of nodes, so that a `pulumi up` that adds or removes nodes changes
 * nothing on the BMC's VM: not its user data, and no session of another node.
 *
 * | tag | |
 * |---|---|
 * | ovb:lab=NAME, ovb:role=node | what makes it a node |
 * | ovb:ipmi=PORT | UDP port of its IPMI; required |
 * | ovb:bmc=ADDRESS | address of its IPMI, where each node has one @default the BMC's own |
 * | ovb:strategy=rescue, rebuild, disk | @default rescue |
 * | ovb:firmware=bios, uefi | @default bios |
 * | ovb:script=boot.ipxe, inspector.ipxe | @default boot.ipxe |
 * | ovb:rebuild=inspection | see `rebuildForInspection` |
 *
 * @returns undefined for a server that is no node of this lab; a text naming the server and its wrong tag, where that
 * is what is wrong
 */
export function nodeFromServer(
  server: Pick<Server, "id" | "name" | "tags"> & Partial<Pick<Server, "flavor" | "addresses">>,
  lab: string,
): CloudNode | string | undefined {
  const { id, name, tags } = server;
  if (!tags.includes(`ovb:lab=${lab}`) || !tags.includes("ovb:role=node")) return undefined;
  const prefix = `${lab}-`;
  if (!name.startsWith(prefix) || name.length === prefix.length) {
    return `Server ${name} (${id}) is tagged as a node of lab ${lab}, but its name does not begin with "${prefix}": rename it, or take the tag ovb:role=node away.`;
  }
  const value = (key: string) =>
    tags.find((tag) => tag.startsWith(`ovb:${key}=`))?.slice(`ovb:${key}=`.length);
  const wrong = (key: string, wanted: string) =>
    `Server ${name} (${id}): tag ovb:${key}=${value(key) ?? ""} is ${value(key) === undefined ? "missing" : "wrong"}; it must be ${wanted}. Run \`pulumi up\`, or set it with \`openstack server set --tag\`.`;

  const port = value("ipmi") ?? "";
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535) return wrong("ipmi", "a UDP port");
  const strategy = value("strategy") ?? "rescue";
  if (!STRATEGIES.includes(strategy)) return wrong("strategy", STRATEGIES.join(", "));
  const firmware = value("firmware") ?? "bios";
  if (firmware !== "bios" && firmware !== "uefi") return wrong("firmware", "bios or uefi");
  const bootScript = value("script") ?? "boot.ipxe";
  if (bootScript !== "boot.ipxe" && bootScript !== "inspector.ipxe") {
    return wrong("script", "boot.ipxe or inspector.ipxe");
  }
  const address = value("bmc");
  return {
    key: name.slice(prefix.length),
    uuid: id,
    ipmi: { ...(address !== undefined && { address }), port: Number(port) },
    strategy: strategy as BootStrategy,
    firmware,
    bootScript,
    rebuildForInspection: value("rebuild") === "inspection",
    ...hardwareOf(server, `${lab}-ctlplane`),
  };
}

function hardwareOf(
  { flavor, addresses }: Partial<Pick<Server, "flavor" | "addresses">>,
  first: string,
): Pick<CloudNode, "hardware"> {
  if (flavor === undefined || addresses === undefined) return {};
  const networks = Object.keys(addresses).sort((a, b) => Number(b === first) - Number(a === first));
  // A port with two addresses is listed twice.
  const macs = new Set(
    networks.flatMap((name) => addresses[name]!.map((one) => one["OS-EXT-IPS-MAC:mac_addr"])),
  );
  const { vcpus, ram, disk } = flavor;
  return { hardware: { macs: [...macs], vcpus, memoryMiB: ram, ...(disk > 0 && { diskGiB: disk }) } };
}
