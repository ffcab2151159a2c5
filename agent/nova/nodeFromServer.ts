import type { Server } from "../../openstack/nova";
import { type NodeTags, readNodeTags } from "../../plan/lab/nodeTags";
import { labTag, roleTag } from "../../plan/lab/tags";

/** One baremetal node, as its server describes it. */
export interface CloudNode extends NodeTags {
  /** GROUP-INDEX: the server's name without the lab's. */
  readonly key: string;
  /** The server's id. */
  readonly uuid: string;
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
  /** The one that boots first. */
  readonly disks: readonly Disk[];
}

export interface Disk {
  /** "disk", "ephemeral", "swap", or the id of a volume. */
  readonly id: string;
  readonly name: string;
  /** Absent where Nova does not say it. */
  readonly bytes?: number;
}

/** What makes a server or port a node of the lab. */
export const nodeTagsOf = (lab: string): readonly string[] => [labTag(lab), roleTag("node")];

/**
 * The tags of the lab and of the role make a server a node; the others are NodeTags.
 * @returns undefined for a server that is no node of this lab; a text naming the server and its wrong tag, where that
 * is what is wrong
 */
export function nodeFromServer(
  server: Pick<Server, "id" | "name" | "tags"> &
    Partial<Pick<Server, "flavor" | "addresses" | "os-extended-volumes:volumes_attached">>,
  lab: string,
): CloudNode | string | undefined {
  const { id, name, tags } = server;
  if (!nodeTagsOf(lab).every((tag) => tags.includes(tag))) return undefined;
  const prefix = `${lab}-`;
  if (!name.startsWith(prefix) || name.length === prefix.length) {
    return `Server ${name} (${id}) is tagged as a node of lab ${lab}, but its name does not begin with "${prefix}": rename it, or take the tag ovb:role=node away.`;
  }
  const said = readNodeTags(tags);
  if (typeof said === "string")
    return `Server ${name} (${id}): ${said}. Run \`pulumi up\`, or set it with \`openstack server set --tag\`.`;
  return { key: name.slice(prefix.length), uuid: id, ...said, ...hardwareOf(server, `${lab}-ctlplane`) };
}

function hardwareOf(
  {
    flavor,
    addresses,
    "os-extended-volumes:volumes_attached": volumes = [],
  }: Partial<Pick<Server, "flavor" | "addresses" | "os-extended-volumes:volumes_attached">>,
  first: string,
): Pick<CloudNode, "hardware"> {
  if (flavor === undefined || addresses === undefined) return {};
  const networks = Object.keys(addresses).sort((a, b) => Number(b === first) - Number(a === first));
  // A port with two addresses is listed twice.
  const macs = new Set(
    networks.flatMap((name) => addresses[name]!.map((one) => one["OS-EXT-IPS-MAC:mac_addr"])),
  );
  const { vcpus, ram, disk, ephemeral = 0, swap = 0 } = flavor;
  const sized = (id: string, name: string, bytes: number): Disk[] => (bytes > 0 ? [{ id, name, bytes }] : []);
  const disks = [
    ...sized("disk", "Disk 0", disk * 2 ** 30),
    ...volumes.map(({ id }) => ({ id, name: `Volume ${id}` })),
    ...sized("ephemeral", "Ephemeral disk", ephemeral * 2 ** 30),
    ...sized("swap", "Swap disk", swap * 2 ** 20),
  ];
  return {
    hardware: { macs: [...macs], vcpus, memoryMiB: ram, ...(disk > 0 && { diskGiB: disk }), disks },
  };
}
