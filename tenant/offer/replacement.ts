import type { Reference } from "../../plan/lab/references";
import type { Setting } from "../../plan/lab/setting";
import { picked } from "../fit/pick";
import type { Tenant } from "../fit/tenant";
import { flavorsFor, needs } from "./flavors";
import { systemsOf } from "./images";
import { nearest } from "./nearest";
import { wordFor } from "./word";

interface Candidate {
  readonly id: string;
  readonly name: string | null;
}

/**
 * What to name instead of something that is not there, or that several things are called: each key that asks for it.
 * @param all of its kind that the tenant is shown
 */
export async function replacement(
  tenant: Tenant,
  reference: Reference,
  all: readonly Candidate[],
): Promise<Setting[]> {
  const { kind, name } = reference;
  const found = picked(all, name);
  if (found.length === 1) return [];
  if (found.length > 1) {
    const one = await meant(tenant, reference, found);
    return one === undefined ? [] : settings(reference, one);
  }
  const close = nearest(all.map((one) => one.name ?? "").filter(Boolean), name);
  const closest = close === undefined ? undefined : all.find((one) => one.name === close);
  if (closest) return settings(reference, wordFor(all, closest));
  switch (kind) {
    case "external network":
      return all.length === 1 ? settings(reference, wordFor(all, all[0]!)) : [];
    case "image": {
      const [best] = systemsOf(await tenant.images());
      // The lab's own images are no system's.
      const isSystem = reference.keys.every((key) => /^(undercloud|bmc)\./.test(key));
      return best && isSystem ? settings(reference, wordFor(all, best.image)) : [];
    }
    case "flavor": {
      const flavors = await tenant.flavors();
      return reference.keys.flatMap((key) => {
        const [best] = flavorsFor(flavors, needOf(tenant, key));
        return best ? settings({ ...reference, keys: [key] }, wordFor(flavors, best)) : [];
      });
    }
    default:
      return [];
  }
}

/** What a server needs whose flavor that key names. */
export function needOf({ plan }: Pick<Tenant, "plan">, key: string) {
  if (key.startsWith("nodes")) return needs.node;
  if (key.startsWith("bmc")) return needs.bmc;
  return plan.undercloud?.kind === "ironic" ? needs.ironic : needs.bootServer;
}

/** Of several of a name: the newest image, or what is the project's own alone. */
async function meant(tenant: Tenant, { kind }: Reference, found: readonly Candidate[]) {
  const ids = found.map(({ id }) => id);
  if (kind === "image") {
    const active = (await tenant.images()).filter(
      ({ id, status }) => ids.includes(id) && status === "active",
    );
    return active.sort((a, b) => b.created_at.localeCompare(a.created_at))[0]?.id;
  }
  if (kind === "flavor") return undefined;
  const project = await tenant.session.projectId(tenant.signal);
  const own = (await (kind === "router" ? tenant.routers() : tenant.networks())).filter(
    (one) => ids.includes(one.id) && one.project_id === project,
  );
  return own.length === 1 ? own[0]!.id : undefined;
}

function settings({ keys }: Reference, value: string): Setting[] {
  // Images of the lab go by name.
  return keys.filter((key) => !key.startsWith("images.")).map((key) => ({ path: pathOf(key), value }));
}

/** "nodes[0].flavor" as a path. */
export function pathOf(key: string): Setting["path"] {
  return key
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
