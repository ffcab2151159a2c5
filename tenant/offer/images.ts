import type { Image } from "../../openstack/glance";
import { ovbTag } from "../../plan/lab/tags";

/** An image that an undercloud or a BMC can be: a Linux with cloud-init. */
export interface System {
  readonly image: Image;
  /** "Debian 13". */
  readonly label: string;
  /** Whether it brings Ironic: the devcloud's. */
  readonly hasIronic: boolean;
}

/** The distributions that the guests' scripts know (plan/guest), the ones that were tried most first. */
const distributions: readonly (readonly [label: string, names: RegExp, leastVersion: number])[] = [
  ["Debian", /debian|bookworm|trixie/i, 12],
  ["Ubuntu", /ubuntu|jammy|noble/i, 22.04],
  ["CentOS Stream", /centos|el9/i, 9],
  ["Fedora", /fedora/i, 40],
];

const codeNames: Readonly<Record<string, string>> = {
  ...{ bookworm: "12", trixie: "13", forky: "14" },
  ...{ jammy: "22.04", noble: "24.04", resolute: "26.04" },
};

/** Disk formats of images that are a whole disk. */
const disks = ["qcow2", "raw", "vmdk", "vdi", "vhd", "vhdx", "ploop"];

/** What of a lab and its builds is no system to start from. */
const ours = /ipxe|^ovb-(?!undercloud)/i;

/** Those that an undercloud or a BMC can be, the best first. */
export function systemsOf(images: readonly Image[]): System[] {
  const found = images.flatMap((image) => {
    const system = systemOf(image);
    return system ? [{ ...system, image }] : [];
  });
  return found
    .sort((a, b) => a.rank - b.rank || b.version - a.version || newerFirst(a.image, b.image))
    .map(({ image, label, hasIronic }) => ({ image, label, hasIronic }));
}

function newerFirst(a: Image, b: Image): number {
  return b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id);
}

function systemOf(image: Image): (Omit<System, "image"> & { rank: number; version: number }) | undefined {
  const name = image.name ?? "";
  const text = (key: string) => (typeof image[key] === "string" ? (image[key] as string) : "");
  if (image.status !== "active" || !disks.includes(image.disk_format ?? "") || ours.test(name))
    return undefined;
  if (image.tags.includes(ovbTag)) return undefined;
  // The boot server, the BMC's agent and the iPXE images are x86's.
  if (/aarch64|arm64|ppc64|s390|riscv/i.test(`${text("architecture")} ${text("hw_architecture")} ${name}`))
    return undefined;
  const hasIronic = /^ovb-undercloud/i.test(name);
  if (hasIronic) return { label: "It brings Ironic", hasIronic, rank: 0, version: 0 };
  const subject = `${text("os_distro")} ${name}`;
  const rank = distributions.findIndex(([, names]) => names.test(subject));
  const distribution = distributions[rank];
  if (!distribution) return undefined;
  const [label, , least] = distribution;
  const said = versionOf(text("os_version"), name);
  const version = Number(said ?? Number.NaN);
  if (version < least) return undefined;
  // A snapshot is somebody's server, and an image without a version is a guess.
  const isSnapshot = image.image_type === "snapshot";
  const guess = said === undefined ? 10 : 0;
  return {
    // Ubuntu's alone has a point that matters.
    label: said === undefined ? label : `${label} ${label === "Ubuntu" ? said : Math.floor(version)}`,
    hasIronic,
    rank: 1 + rank + guess + (isSnapshot ? 20 : 0),
    version: guess ? 0 : version,
  };
}

/** "24.04" of a property, else of a code name or a number in the name; undefined where nothing tells. */
function versionOf(property: string, name: string): string | undefined {
  const said = /^\d+(\.\d+)?/.exec(codeNames[property.toLowerCase()] ?? property)?.[0];
  if (said) return said;
  const code = Object.keys(codeNames).find((word) => name.toLowerCase().includes(word));
  if (code) return codeNames[code];
  return /(?:^|[^\d.])(\d{1,2}(?:\.\d{2})?)(?![\d])/.exec(name)?.[1];
}
