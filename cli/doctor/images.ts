import type { Flavor } from "../../openstack/flavors";
import { type Image, imageFormats } from "../../openstack/glance";
import { serversOf } from "../../plan/lab/servers";
import { type Check, fail, ok } from "./check";
import type { Tenant } from "./tenant";

/** Whether Glance takes what the lab uploads. */
export async function checkImageFormats({ session, signal, plan }: Tenant): Promise<Check[]> {
  const taken = await imageFormats(session, signal);
  return (["disk", "iso"] as const).flatMap((kind) => {
    const image = plan.images[kind];
    if (image === undefined || image.kind === "existing") return [];
    const format = image.format ?? (kind === "disk" ? "qcow2" : "iso");
    const name = `image format of the iPXE ${kind}`;
    if (taken.includes(format)) return [ok(name, `${format}, and Glance takes ${taken.join(", ")}`)];
    const advice = `Bring a file in one of these formats (ovb:images.${kind}.source: file), or name an image of the cloud (existing).`;
    return [fail(name, `${format} is not among what Glance takes: ${taken.join(", ")}`, advice)];
  });
}

/** Whether each image of the cloud that servers boot fits their flavor; Nova refuses the server otherwise. */
export async function checkImagesFit(tenant: Tenant): Promise<Check[]> {
  const [images, flavors] = await Promise.all([tenant.images(), tenant.flavors()]);
  const { disk } = tenant.plan.images;
  const existing = disk.kind === "existing" ? disk.name : undefined;
  const pairs = new Map<string, [Image, Flavor]>();
  for (const server of serversOf(tenant.plan)) {
    const image = images.find(({ name }) => name === (server.image ?? existing));
    const flavor = flavors.find(({ name }) => name === server.flavor);
    if (image && flavor) pairs.set(`${image.name} on ${flavor.name}`, [image, flavor]);
  }
  return [...pairs].map(([name, [image, flavor]]) => judgeFit(name, image, flavor));
}

export function judgeFit(
  pair: string,
  { min_disk, min_ram, size }: Pick<Image, "min_disk" | "min_ram" | "size">,
  { disk, ram }: Pick<Flavor, "disk" | "ram">,
): Check {
  const name = `image ${pair}`;
  const problems = [
    // A flavor's disk of 0 is as large as the image.
    ...(disk > 0 && disk < min_disk
      ? [`the image wants ${min_disk} GiB of disk, the flavor has ${disk}`]
      : []),
    ...(ram < min_ram ? [`the image wants ${min_ram} MiB of RAM, the flavor has ${ram}`] : []),
    ...(disk > 0 && (size ?? 0) > disk * 2 ** 30
      ? [`the image is larger than the flavor's ${disk} GiB`]
      : []),
  ];
  if (problems.length === 0) return ok(name, "fits");
  return fail(name, problems.join("; "), "Name a larger flavor or another image.");
}
