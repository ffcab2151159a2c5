import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./folders";
import { guestScript } from "./guestScript";
import { type Progress, runInRoot } from "./root";

/** A small Debian 12 for undercloud and BMC VMs: the files to upload, absolute paths in the cache. */
export interface Guest {
  /** Name of the image on the devcloud. */
  name: string;
  /** qcow2, an ext4 file system without a partition table: the kernel comes from outside. */
  disk: string;
  kernel: string;
  initrd: string;
  /** Glance's os_command_line. */
  commandLine: string;
  /** Of everything the guest is made of. */
  hash: string;
}

/*
 * What boots fastest under emulation: the kernel started by QEMU itself, and few lines on the emulated serial port,
 * where each character costs an exit from the guest. Errors and cloud-init's lines still reach Nova's console log.
 * random.trust_cpu spares the wait for entropy; the mitigations guard against nobody here.
 */
const commandLine = [
  "root=/dev/vda rw console=ttyS0 net.ifnames=0",
  "quiet loglevel=4 systemd.show_status=false",
  "mitigations=off nomodeset random.trust_cpu=on cryptomgr.notests audit=0",
  // Drivers that udev would load for what QEMU emulates and no lab needs; they cost seconds.
  "modprobe.blacklist=powernow_k8,psmouse,pcspkr,floppy,i2c_piix4,bochs,sg,parport_pc,serio_raw",
].join(" ");

/**
 * Returns the guest image; builds it in the cache when it is missing (2 minutes on two cores, needs Debian's
 * packages). `root` is the Debian root that has mmdebstrap and the image tools.
 */
export async function ensureGuest({ root, report, signal }: Progress & { root: string }): Promise<Guest> {
  const hash = createHash("sha256").update(guestScript).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(), `guest-${hash}`);
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const work = `${folder}.new-${process.pid}`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    try {
      report("building the guest image (Debian 12 with cloud-init)");
      const onLine = (line: string): void => {
        // mmdebstrap's phases: "I: installing remaining packages inside the chroot..."
        const phase = /^I: (.*?)\.*$/.exec(line)?.[1];
        if (phase !== undefined) report(`  ${phase}`);
      };
      await runInRoot(root, guestScript, work, { signal, onLine });
      if (!existsSync(folder)) renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const file = (name: string): string => join(folder, name);
  return {
    name: "debian-12",
    disk: file("disk.qcow2"),
    kernel: file("kernel"),
    initrd: file("initrd"),
    commandLine,
    hash,
  };
}
