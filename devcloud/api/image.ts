import { detectImageFormat } from "../../images/detectFormat";
import { createImage, type NewImage, uploadImage } from "../../openstack/glance";
import type { Session } from "../../openstack/session";
import { endpoints } from "../config/settings";
import type { Account } from "../credentials";
import { loginWhenReady, waitForApi } from "./login";

/** A guest to offer to every tenant; the paths are the host's. */
export interface GuestImage {
  name: string;
  disk: string;
  /** With them QEMU starts the kernel itself: no boot loader, and seconds less under emulation. */
  kernel?: string;
  initrd?: string;
  commandLine?: string;
}

async function upload(
  session: Session,
  path: string,
  image: Omit<NewImage, "container_format" | "visibility">,
): Promise<string> {
  const { disk_format } = image;
  // Kernel and RAM disk go in a container of their own kind; Glance insists on it.
  const container_format = disk_format === "aki" || disk_format === "ari" ? disk_format : "bare";
  const { id } = await createImage(session, { ...image, container_format, visibility: "public" });
  await uploadImage(session, id, path);
  return id;
}

/** Uploads the guest as a public image. The administrator's account, because only that may publish. */
export async function uploadGuest(admin: Account, guest: GuestImage): Promise<void> {
  const session = await loginWhenReady(admin);
  await waitForApi(endpoints.glance);
  const { name, disk, kernel, initrd, commandLine } = guest;
  const properties: Record<string, string> = {};
  if (kernel !== undefined) {
    properties.kernel_id = await upload(session, kernel, { name: `${name}-kernel`, disk_format: "aki" });
  }
  if (initrd !== undefined) {
    properties.ramdisk_id = await upload(session, initrd, { name: `${name}-initrd`, disk_format: "ari" });
  }
  if (commandLine !== undefined) properties.os_command_line = commandLine;
  // Nova refuses an image whose content does not match its declared format.
  const disk_format = (await detectImageFormat(disk)) === "qcow2" ? "qcow2" : "raw";
  await upload(session, disk, { name, disk_format, properties });
}
