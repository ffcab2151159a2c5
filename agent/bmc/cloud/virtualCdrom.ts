import { randomUUID } from "node:crypto";
import { createImage, deleteImage, streamImage } from "../../../openstack/glance";
import type { Firmware } from "../../../plan/lab/labPlan";
import { cdromTag, labTag, ovbTag } from "../../../plan/lab/tags";
import { MachineBusy, type MediaTrust, Unsupported, type VirtualMedia } from "../../nova/machine";
import type { CloudContext } from "./context";
import { openIso } from "./isoStream";
import type { Medium } from "./medium";

/** As large as a DVD with two layers; installers' images are a tenth to a half of that. */
const mostBytes = 9 * 2 ** 30;

export interface CdromSlot {
  readonly key: string;
  firmware(): Firmware;
  medium(): Medium | undefined;
  trust(): MediaTrust;
  /** Written to disk before it returns. */
  save(change: { medium: Medium | undefined } | { trust: MediaTrust }): Promise<void>;
}

/**
 * A drive that Nova's rescue boots from. The image goes through the BMC into Glance, not by Glance's web-download: what
 * Ironic offers is on the lab's own network, where the cloud's services are not.
 */
export class VirtualCdrom implements VirtualMedia {
  #busy = false;
  readonly #slot: CdromSlot;
  readonly #cloud: Pick<CloudContext, "session" | "lab" | "log" | "signal" | "refusals">;

  constructor(slot: CdromSlot, cloud: Pick<CloudContext, "session" | "lab" | "log" | "signal" | "refusals">) {
    this.#slot = slot;
    this.#cloud = cloud;
  }

  image(): string | undefined {
    const medium = this.#slot.medium();
    return medium?.ready ? medium.url : undefined;
  }

  trust(): MediaTrust {
    return this.#slot.trust();
  }

  setTrust(trust: MediaTrust): Promise<void> {
    return this.#slot.save({ trust });
  }

  /** Glance's id of what a boot from the drive boots; undefined when it is empty. */
  bootable(): string | undefined {
    const medium = this.#slot.medium();
    return medium?.ready && medium.url !== undefined ? medium.image : undefined;
  }

  /** Returns when the whole image is in Glance. What was in the drive before is ejected. */
  insert(url: string): Promise<void> {
    return this.#alone(async () => {
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
        throw new Unsupported(`${this.#slot.key}: the image of its CD-ROM must be an http or https URL.`);
      }
      if (this.image() === url) return;
      const cloud = this.#cloud;
      const slot = this.#slot;
      const began = performance.now();
      await this.#remove();
      const { verify, certificates } = this.trust();
      const trust = { verify, certificates: Object.values(certificates) };
      const iso = await openIso(url, mostBytes, trust, cloud.signal);
      const medium: Medium = { url, image: randomUUID(), ready: false };
      try {
        await slot.save({ medium });
        await createImage(cloud.session, this.#newImage(medium.image), cloud.signal);
        const content = once(iso.content);
        await streamImage(cloud.session, medium.image, { content, size: iso.size }, { signal: cloud.signal });
        await slot.save({ medium: { ...medium, ready: true } });
      } catch (error) {
        await iso.content.cancel().catch(() => {});
        await this.#remove().catch(() => {});
        throw iso.wrong() ?? cloud.refusals.explain(slot.key, "uploading the CD-ROM's image", error);
      }
      cloud.log("cdrom-inserted", {
        node: slot.key,
        bytes: iso.size,
        ms: Math.round(performance.now() - began),
      });
    });
  }

  eject(): Promise<void> {
    return this.#alone(async () => {
      const had = this.image() !== undefined;
      await this.#remove();
      if (had) this.#cloud.log("cdrom-ejected", { node: this.#slot.key });
    });
  }

  /** Clears away what a crash, or an image in use, has left. */
  async tidy(): Promise<void> {
    const medium = this.#slot.medium();
    if (this.#busy || medium === undefined || (medium.ready && medium.url !== undefined)) return;
    await this.#alone(() => this.#remove());
  }

  /** The drive is empty from here on, even where Glance cannot let go of the image yet. */
  async #remove(): Promise<void> {
    const cloud = this.#cloud;
    const slot = this.#slot;
    const medium = slot.medium();
    if (medium === undefined) return;
    if (medium.url !== undefined) await slot.save({ medium: { image: medium.image, ready: false } });
    try {
      await deleteImage(cloud.session, medium.image, cloud.signal);
    } catch (error) {
      // 409: a server that is rescued with it may be a clone of it, on Ceph. tidy() comes again.
      cloud.log("cdrom-image-left", { node: slot.key, image: medium.image, error: (error as Error).message });
      throw new MachineBusy(
        `${slot.key}: the image of its CD-ROM is still in use: power the machine off first.`,
      );
    }
    await slot.save({ medium: undefined });
  }

  #newImage(id: string) {
    const { key } = this.#slot;
    const firmware = this.#slot.firmware();
    return {
      id,
      name: `${this.#cloud.lab}-${key}-cdrom`,
      disk_format: "iso" as const,
      container_format: "bare" as const,
      tags: [ovbTag, labTag(this.#cloud.lab), cdromTag],
      // The same as the lab's own iPXE ISO has, and for the same reasons: images/imageProperties.ts.
      properties: {
        hw_firmware_type: firmware,
        ...(firmware === "uefi" && { hw_machine_type: "q35" }),
        hw_rescue_bus: "sata",
        hw_rescue_device: "cdrom",
        os_shutdown_timeout: "1",
      },
    };
  }

  async #alone(act: () => Promise<void>): Promise<void> {
    if (this.#busy) throw new MachineBusy(`${this.#slot.key}: its CD-ROM is being changed.`, 10);
    this.#busy = true;
    try {
      await act();
    } finally {
      this.#busy = false;
    }
  }
}

/** A stream can be sent once only; an attempt after that must not send the rest of it as if it were all. */
function once(content: ReadableStream<Uint8Array>): () => ReadableStream<Uint8Array> {
  let sent = false;
  return () => {
    if (sent) throw new Error("the upload broke off");
    sent = true;
    return content;
  };
}
