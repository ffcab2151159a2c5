import type { Flavor } from "../../openstack/flavors";
import type { Image } from "../../openstack/glance";
import type { NodePlan, ServerPlan } from "../../plan/lab/labPlan";
import { serversOf } from "../../plan/lab/servers";
import type { Setting } from "../../plan/lab/setting";
import { flavorsFor } from "../offer/flavors";
import { needOf, pathOf } from "../offer/replacement";
import { wordFor } from "../offer/word";
import { type Check, fail, ok, withFix } from "./check";
import { isAtLeast } from "./microversions";
import { pick } from "./pick";
import type { Tenant } from "./tenant";

/** Whether Glance takes what the lab uploads. */
export async function checkImageFormats({ plan, imageFormats }: Tenant): Promise<Check[]> {
  const taken = await imageFormats();
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
  const pairs = new Map<string, [Image, Flavor, Set<string>]>();
  for (const server of serversOf(tenant.plan)) {
    const wanted = server.image ?? existing;
    const image = wanted === undefined ? undefined : pick(images, wanted);
    const flavor = pick(flavors, server.flavor);
    if (!image || !flavor) continue;
    const pair = `${image.name} on ${flavor.name}`;
    const [, , keys] = pairs.get(pair) ?? [image, flavor, new Set<string>()];
    pairs.set(pair, [image, flavor, keys.add(flavorKey(tenant, server))]);
  }
  return [...pairs].map(([name, [image, flavor, keys]]) => {
    const check = judgeFit(name, image, flavor);
    if (check.status === "ok") return check;
    return withFix(
      check,
      otherFlavors(tenant, flavors, [...keys], (one) => judgeFit("", image, one).status === "ok"),
    );
  });
}

/** The key that a server's flavor stands in. */
function flavorKey({ plan, config }: Tenant, server: ServerPlan): string {
  if (server === plan.undercloud) return "undercloud.flavor";
  if (server === plan.bmc) return "bmc.flavor";
  return `nodes[${config.nodes.findIndex(({ name }) => name === (server as NodePlan).group)}].flavor`;
}

/** For each of these keys the smallest flavor that does. */
function otherFlavors(
  tenant: Tenant,
  flavors: readonly Flavor[],
  keys: readonly string[],
  fits: (flavor: Flavor) => boolean,
): Setting[] {
  return keys.flatMap((key) => {
    const [best] = flavorsFor(flavors, needOf(tenant, key), (one) => one.disk > 0 && fits(one));
    return best ? [{ path: pathOf(key), value: wordFor(flavors, best) }] : [];
  });
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

/** Of Rocky. Since Stein only an administrator may boot an image on a flavor whose disk is as large as the image. */
const beforeStein = "2.65";

/** Whether servers of images may be on the plan's flavors of no disk (Nova's policy create:zero_disk_flavor). */
export async function checkZeroDisks(tenant: Tenant): Promise<Check[]> {
  const { plan, session, signal } = tenant;
  const flavors = await tenant.flavors();
  const names = [...new Set(serversOf(plan).map(({ flavor }) => flavor))];
  const zero = names.filter((name) => pick(flavors, name)?.disk === 0);
  if (zero.length === 0) return [];
  const [{ newest }, servers, identity] = await Promise.all([
    tenant.microversions(),
    tenant.servers(),
    session.identity(signal),
  ]);
  const isAllowed =
    !isAtLeast(newest, nextAfter(beforeStein)) ||
    identity.roles?.some(({ name }) => name === "admin") ||
    servers.some((server) => server.flavor.disk === 0 && server.image !== "");
  return zero.map((name) => {
    const check = `disk of ${name}`;
    if (isAllowed) return ok(check, "as large as the image, and this Nova lets us");
    const message = "the flavor has a disk of 0, which a member may boot from a volume only";
    const keys = "ovb:undercloud.flavor, ovb:bmc.flavor, ovb:nodes[].flavor";
    const asking = serversOf(plan).filter(({ flavor }) => flavor === name);
    return fail(
      check,
      message,
      `Name a flavor with a disk (${keys}): this program makes no volumes.`,
      otherFlavors(tenant, flavors, [...new Set(asking.map((one) => flavorKey(tenant, one)))], () => true),
    );
  });
}

function nextAfter(version: string): string {
  const [major, minor] = version.split(".");
  return `${major}.${Number(minor) + 1}`;
}
