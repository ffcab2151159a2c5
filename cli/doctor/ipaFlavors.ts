import type { Flavor } from "../../openstack/flavors";
import { type Check, ok, warn } from "../../tenant/fit/check";
import { pick } from "../../tenant/fit/pick";
import type { Tenant } from "../../tenant/fit/tenant";

/** IPA's own limit: below it no disk is taken for the root disk (ironic-python-agent's guess_root_disk). */
const leastDiskGiB = 4;
/** 640 MiB was deployed; with 512 the RAM disk that we build does not unpack (docs/ironic.md, `npm run bench:flavor`). */
const leastRamMiB = 640;

/** Whether IPA runs in the nodes' flavors and takes their disks, where the undercloud is our Ironic. */
export async function checkIpaFlavors({ plan, flavors }: Tenant): Promise<Check[]> {
  if (plan.undercloud?.kind !== "ironic") return [];
  const known = await flavors();
  return [...new Set(plan.nodes.map(({ flavor }) => flavor))].flatMap((name) => {
    const flavor = pick(known, name);
    return flavor ? [judgeIpaFlavor(flavor)] : [];
  });
}

export function judgeIpaFlavor({ name, disk, ram }: Pick<Flavor, "name" | "disk" | "ram">): Check {
  const check = `IPA on ${name}`;
  const problems = [
    // 0: as large as the image, and the iPXE disk is small.
    ...(disk < leastDiskGiB ? [`it takes no disk below ${leastDiskGiB} GiB, the flavor has ${disk}`] : []),
    ...(ram < leastRamMiB
      ? [`it was seen with ${leastRamMiB} MiB of RAM and more, the flavor has ${ram}`]
      : []),
  ];
  if (problems.length === 0) return ok(check, `${ram} MiB, ${disk} GiB`);
  return warn(check, problems.join("; "), "Name a larger flavor (ovb:nodes[].flavor), or deploy nothing.");
}
