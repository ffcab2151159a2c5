import { images } from "@pulumi/openstack";
import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import { openstackPlugin } from "../openstack/plugin";
import type { LabOwner } from "./labOwner";
import { imageTimeouts } from "./timeouts";

/** What is uploaded, and as what. */
export interface ImageContent {
  /** The local file; relative: to the program's folder. Exactly one of this and `url`. */
  path?: string;
  /** Downloaded by the machine that runs Pulumi, then uploaded. */
  url?: string;
  /** "qcow2", "raw" or "iso": what the content really is, or Nova refuses to boot it. */
  format: string;
  /** SHA-256 of a file that the user brings: another content under the same path is another image. */
  sha256?: string;
  /** Glance properties: firmware, shutdown timeout, rescue device. */
  properties: Record<string, string>;
}

export interface IpxeImageArgs {
  /** Its name in Glance. */
  imageName: string;
  content: ImageContent;
  owner: LabOwner;
  tags: string[];
}

/** The image that network-boots a node: a disk, or a CD-ROM for rescue. Private to the tenant. */
export class IpxeImage extends ComponentResource {
  readonly imageId: Output<string>;

  constructor(name: string, args: IpxeImageArgs, opts?: ComponentResourceOptions) {
    super("ovb:index:IpxeImage", name, {}, opts);
    const { content } = args;
    const image = new images.Image(
      name,
      {
        name: args.imageName,
        containerFormat: "bare",
        diskFormat: content.format,
        localFilePath: content.path,
        imageSourceUrl: content.url,
        // The provider's default is in the HOME of whoever runs it, so two users would change it to and fro.
        imageCachePath: "build/image-cache",
        visibility: "private",
        properties: { ...content.properties },
        tags: args.owner.tags(args.tags),
      },
      {
        ...openstackPlugin,
        parent: this,
        // The provider sees a file by its path alone. Not ignoreChanges of the path: Pulumi would then upload
        // the old path's file when it replaces the image for another reason.
        replacementTrigger: content.sha256,
        customTimeouts: imageTimeouts,
      },
    );
    this.imageId = image.id;
    this.registerOutputs({ imageId: this.imageId });
  }
}
