import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A part that the builders need: the places where distributions put it, and the package that brings it. */
interface Part {
  /** Absolute paths, the first that exists is taken; or one program's name, looked up on PATH. */
  at: readonly string[];
  debian: string;
  fedora: string;
}

/** Files that go into the images. Debian's place first, then Fedora's. */
export const ipxeParts = {
  lkrn: {
    at: ["/usr/lib/ipxe/ipxe.lkrn", "/usr/share/ipxe/ipxe.lkrn"],
    debian: "ipxe",
    fedora: "ipxe-bootimgs-x86",
  },
  // ipxe.efi and not snponly.efi: the latter only drives the NIC that it was itself loaded from, and here it is
  // loaded from a disk (ipxe.org/appnote/buildtargets).
  efi: {
    at: ["/usr/lib/ipxe/ipxe.efi", "/usr/share/ipxe/ipxe-x86_64.efi"],
    debian: "ipxe",
    fedora: "ipxe-bootimgs-x86",
  },
  mbr: {
    at: ["/usr/lib/syslinux/mbr/mbr.bin", "/usr/share/syslinux/mbr.bin"],
    debian: "syslinux-common",
    fedora: "syslinux-nonlinux",
  },
  isolinux: {
    at: ["/usr/lib/ISOLINUX/isolinux.bin", "/usr/share/syslinux/isolinux.bin"],
    debian: "isolinux",
    fedora: "syslinux-nonlinux",
  },
  ldlinux: {
    at: ["/usr/lib/syslinux/modules/bios/ldlinux.c32", "/usr/share/syslinux/ldlinux.c32"],
    debian: "syslinux-common",
    fedora: "syslinux-nonlinux",
  },
} as const satisfies Record<string, Part>;

const programs: readonly Part[] = [
  { at: ["syslinux"], debian: "syslinux", fedora: "syslinux" },
  { at: ["mcopy"], debian: "mtools", fedora: "mtools" },
  { at: ["mkfs.vfat"], debian: "dosfstools", fedora: "dosfstools" },
  { at: ["sfdisk"], debian: "fdisk", fedora: "util-linux-core" },
  { at: ["qemu-img"], debian: "qemu-utils", fedora: "qemu-img" },
  { at: ["xorriso"], debian: "xorriso", fedora: "xorriso" },
];

/**
 * What this machine lacks to build the images with hostRunner, one line for each part, such as
 * "mcopy (Debian: mtools, Fedora: mtools)". Empty: nothing is missing.
 */
export async function missingIpxeTools(): Promise<string[]> {
  const missing: string[] = [];
  for (const part of [...programs, ...Object.values(ipxeParts)]) {
    if (!(await isHere(part.at)))
      missing.push(`${part.at[0]} (Debian: ${part.debian}, Fedora: ${part.fedora})`);
  }
  return missing;
}

/** The shell line that sets `name` to the first place that exists, or ends the script with the package to install. */
export function locatePart(name: keyof typeof ipxeParts): string {
  const { at, debian, fedora } = ipxeParts[name];
  const complaint = `${at[0]} is missing: install ${debian} (Debian) or ${fedora} (Fedora)`;
  return `${name}=$(ls ${at.join(" ")} 2>/dev/null | head -n 1); [ -n "$${name}" ] || { echo "${complaint}" >&2; exit 1; }`;
}

/** Whether one of these is on this machine: readable files by absolute path, or a program by its name. */
export async function isHere(at: readonly string[]): Promise<boolean> {
  // /usr/sbin is not on an ordinary user's PATH in Debian; hostRunner adds it too.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const candidates = at.flatMap((one) => (one.startsWith("/") ? [one] : folders.map((f) => join(f, one))));
  const mode = at[0]?.startsWith("/") ? constants.R_OK : constants.X_OK;
  const found = await Promise.all(
    candidates.map((path) =>
      access(path, mode).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
