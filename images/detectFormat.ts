import { open } from "node:fs/promises";

export type ImageFormat = "qcow2" | "raw" | "iso" | "vmdk" | "vdi" | "vhd" | "unknown";

/**
 * What an image file really is, by its first bytes, as Nova's format inspectors judge it (nova/image/format_inspector.py).
 * "raw" is a disk with a partition table (MBR, or GPT behind its protective MBR): anything else without a known mark
 * is "unknown", because as a boot disk it cannot work.
 */
export async function detectImageFormat(path: string): Promise<ImageFormat> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(512);
    await file.read(head, 0, 512, 0);
    const mark = head.subarray(0, 4).toString("latin1");
    if (mark === "QFI\xfb") return "qcow2";
    if (mark === "KDMV" || head.toString("latin1").startsWith("# Disk DescriptorFile")) return "vmdk";
    if (head.readUInt32LE(0x40) === 0xbeda107f) return "vdi";
    if (head.subarray(0, 8).toString("latin1") === "conectix") return "vhd";

    // Before the MBR: a hybrid ISO has both, and Nova calls it iso. NSR02/03 are UDF.
    const descriptor = Buffer.alloc(5);
    await file.read(descriptor, 0, 5, 32769);
    if (["CD001", "NSR02", "NSR03"].includes(descriptor.toString("latin1"))) return "iso";

    const { size } = await file.stat();
    if (size >= 512) {
      // A fixed-size VHD is a raw disk with a footer.
      const footer = Buffer.alloc(8);
      await file.read(footer, 0, 8, size - 512);
      if (footer.toString("latin1") === "conectix") return "vhd";
    }
    return hasPartitionTable(head) ? "raw" : "unknown";
  } finally {
    await file.close();
  }
}

/**
 * The sentence that says why a file must not be uploaded as what it is declared to be; undefined when it may.
 * Nova compares the two since 2024 (bug 2059809, in stable branches as well) and Glance from 2025 on; before, a
 * wrong format failed later and less clearly.
 * @throws the file system's error when the file cannot be read.
 */
export async function checkDeclaredFormat(path: string, declared: string): Promise<string | undefined> {
  const found = await detectImageFormat(path);
  if (found === declared) return undefined;
  if (found === "unknown") {
    return (
      `${path} is declared as ${declared}, but it has neither the mark of an image format nor a partition table: ` +
      "no VM can boot from it, and GRUB refuses a disk without a partition table. Check that the download is whole."
    );
  }
  const refused = `${path} is declared as ${declared} but is ${found}: Nova refuses to boot an image whose content does not match its disk_format.`;
  if (found === "iso") {
    return (
      `${refused} Declare it as iso and use it for rescue (a node that boots an ISO has a CD-ROM and no disk to ` +
      "deploy to), or use the disk image that this project builds, or iPXE's ipxe.usb as raw."
    );
  }
  if (found === "qcow2" || found === "raw") return `${refused} Declare it as ${found}.`;
  return `${refused} Convert it: qemu-img convert -O qcow2 '${path}' image.qcow2, and declare that as qcow2.`;
}

/** The signature alone also ends a bare FAT boot sector: at least one of the four entries must make sense. */
function hasPartitionTable(sector: Buffer): boolean {
  if (sector.readUInt16LE(510) !== 0xaa55) return false;
  const entries = [446, 462, 478, 494].map((at) => ({
    status: sector.readUInt8(at),
    type: sector.readUInt8(at + 4),
    sectors: sector.readUInt32LE(at + 12),
  }));
  const wellFormed = entries.every(({ status }) => status === 0 || status === 0x80);
  return wellFormed && entries.some(({ type, sectors }) => type !== 0 && sectors !== 0);
}
