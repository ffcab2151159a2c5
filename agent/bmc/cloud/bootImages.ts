import { type Image, listImages } from "../../../openstack/glance";
import type { Session } from "../../../openstack/session";
import { labTag } from "../../../plan/lab/tags";
import { Unsupported } from "../../nova/machine";

export interface BootImagesOptions {
  readonly session: Session;
  readonly lab: string;
  /** Names of the lab's iPXE images @default the newest with the lab's tag that has the kind's format */
  readonly names?: { readonly iso?: string; readonly disk?: string };
  /** Carried by the ISOs of virtual CD-ROMs, which are no boot images. */
  readonly notTag?: string;
}

/** An image found is asked for again after this long: `pulumi up` may have replaced it. */
const keepMs = 300_000;

/** The lab's iPXE images: `iso` for rescue, `disk` for rebuild. */
export class BootImages {
  readonly #found = new Map<string, { id: Promise<string>; at: number }>();
  readonly #options: BootImagesOptions;

  constructor(options: BootImagesOptions) {
    this.#options = options;
  }

  /** Glance's id. @throws Unsupported when there is none; OpenStackError when Glance does not answer */
  async find(kind: "iso" | "disk", signal?: AbortSignal): Promise<string> {
    const known = this.#found.get(kind);
    if (known !== undefined && performance.now() - known.at < keepMs) return known.id;
    const id = this.#look(kind, signal);
    this.#found.set(kind, { id, at: performance.now() });
    id.catch(() => this.#found.delete(kind));
    return id;
  }

  /** Nova did not know it. */
  forget(): void {
    this.#found.clear();
  }

  async #look(kind: "iso" | "disk", signal?: AbortSignal): Promise<string> {
    const { session, lab, names, notTag } = this.#options;
    const name = names?.[kind];
    const images = await listImages(session, name === undefined ? { tag: labTag(lab) } : { name }, signal);
    const fits = (image: Image) =>
      image.status === "active" &&
      (name !== undefined || (image.disk_format === "iso") === (kind === "iso")) &&
      !(notTag !== undefined && image.tags.includes(notTag));
    const newest = images
      .filter(fits)
      .sort((a, b) => String(b.created_at ?? "").localeCompare(String(a.created_at ?? "")))[0];
    if (newest === undefined) {
      throw new Unsupported(
        `The cloud has no active iPXE ${kind === "iso" ? "ISO" : "disk image"} ` +
          `${name === undefined ? `with the tag ${labTag(lab)}` : `named ${name}`}: run \`pulumi up\` with ovb:images.${kind} set.`,
      );
    }
    return newest.id;
  }
}
