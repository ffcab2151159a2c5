import { createReadStream, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { request } from "node:http";
import { pipeline } from "node:stream/promises";
import { endpoints, endpointUrl } from "../config/settings";
import { type Account, patienceSeconds, Session, waitForApi } from "./session";

const { glance } = endpoints;

/** A guest to offer to every tenant; the paths are the host's. */
export interface GuestImage {
  name: string;
  disk: string;
  /** With them QEMU starts the kernel itself: no boot loader, and seconds less under emulation. */
  kernel?: string;
  initrd?: string;
  commandLine?: string;
}

type DiskFormat = "qcow2" | "raw" | "aki" | "ari";

/** What a disk file really is: Nova refuses an image whose content does not match its declared format. */
async function diskFormat(path: string): Promise<DiskFormat> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString("latin1") === "QFI\xfb" ? "qcow2" : "raw";
  } finally {
    await file.close();
  }
}

async function upload(
  session: Session,
  path: string,
  format: DiskFormat,
  properties: object,
): Promise<string> {
  // Kernel and RAM disk go in a container of their own kind; Glance insists on it.
  const container_format = format === "aki" || format === "ari" ? format : "bare";
  const { id } = await session.call<{ id: string }>(glance, "POST", "/v2/images", {
    disk_format: format,
    container_format,
    visibility: "public",
    ...properties,
  });
  await new Promise<void>((resolve, reject) => {
    const put = request(
      `${endpointUrl(glance)}/v2/images/${id}/file`,
      {
        method: "PUT",
        headers: {
          ...session.headers(),
          "Content-Type": "application/octet-stream",
          "Content-Length": statSync(path).size,
        },
      },
      (response) => {
        response.resume();
        if (response.statusCode === 204) resolve();
        else
          reject(new Error(`Glance answered the upload of ${path} with HTTP status ${response.statusCode}`));
      },
    );
    put.on("error", reject);
    pipeline(createReadStream(path), put).catch(reject);
  });
  return id;
}

/** Uploads the guest as a public image. The administrator's account, because only that may publish. */
export async function uploadGuest(admin: Account, guest: GuestImage): Promise<void> {
  const session = await Session.loginWhenReady(admin, patienceSeconds);
  await waitForApi(glance, patienceSeconds);
  const properties: Record<string, string> = { name: guest.name };
  if (guest.kernel !== undefined) {
    properties.kernel_id = await upload(session, guest.kernel, "aki", { name: `${guest.name}-kernel` });
  }
  if (guest.initrd !== undefined) {
    properties.ramdisk_id = await upload(session, guest.initrd, "ari", { name: `${guest.name}-initrd` });
  }
  if (guest.commandLine !== undefined) properties.os_command_line = guest.commandLine;
  await upload(session, guest.disk, await diskFormat(guest.disk), properties);
}
