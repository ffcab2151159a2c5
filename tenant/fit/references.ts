import { listCommands, type Reference, references } from "../../plan/lab/references";
import { replacement } from "../offer/replacement";
import { type Check, checking, fail, ok, withFix } from "./check";
import { pick, picked } from "./pick";
import type { Tenant } from "./tenant";

/** Everything that the configuration names, by id or name: it must be there, once, and usable. */
export async function checkReferences(tenant: Tenant): Promise<Check[]> {
  const all = references(tenant.plan, tenant.config).map((reference) => {
    const name = nameOf(reference);
    return checking(name, tenant.signal, async () => {
      const found = await candidates(tenant, reference);
      const check = judge(reference, found);
      return check.status === "fail" ? withFix(check, await replacement(tenant, reference, found)) : check;
    });
  });
  return [...(await Promise.all(all)).flat(), ...(await checkPool(tenant))];
}

/** Pulumi's provider finds the pool of a floating IP by its name alone: the first network that has it, external or not. */
async function checkPool(tenant: Tenant): Promise<Check[]> {
  const { plan, signal } = tenant;
  if (!plan.undercloud?.floatingIp) return [];
  const name = "pool of floating IPs";
  return checking(name, signal, async () => {
    const networks = await tenant.networks();
    const external = pick(
      networks.filter((network) => network["router:external"]),
      plan.publicNetwork,
    );
    const others = networks.filter((one) => one.name === external?.name && one.id !== external.id);
    if (external === undefined || others.length === 0) return [];
    const message = `${others.length} other networks are called ${external.name} (${others.map(({ id }) => id).join(", ")}), and Pulumi's provider may take one of them for the pool`;
    return fail(
      name,
      message,
      "Rename them, name another ovb:publicNetwork, or set ovb:undercloud.floatingIp to false.",
    );
  });
}

interface Candidate {
  readonly id: string;
  readonly name: string | null;
  readonly status?: string;
  /** Shown where it is found. */
  readonly facts?: string;
}

function nameOf({ kind, name }: Reference): string {
  return `${kind} ${name}`;
}

async function candidates(tenant: Tenant, { kind }: Reference): Promise<readonly Candidate[]> {
  switch (kind) {
    case "external network":
      return (await tenant.networks()).filter((network) => network["router:external"]);
    case "network":
      return tenant.networks();
    case "router":
      return tenant.routers();
    case "image":
      return (await tenant.images()).map(({ id, name, status, disk_format, min_disk }) => ({
        ...{ id, name, status: status === "active" ? undefined : status },
        facts: `${disk_format}, ${min_disk ? `wants ${min_disk} GiB of disk` : "any disk"}`,
      }));
    case "flavor":
      return (await tenant.flavors()).map(({ id, name, vcpus, ram, disk }) => ({
        ...{ id, name },
        facts: `${vcpus} cores, ${ram} MiB, ${disk} GiB`,
      }));
  }
}

/** Names in an advice; more than these are a list of their own. */
const mostNames = 8;

export function judge(reference: Reference, all: readonly Candidate[]): Check {
  const { kind, name, keys } = reference;
  const check = nameOf(reference);
  const asked = `asked for by ${keys.map((key) => `ovb:${key}`).join(", ")}`;
  const found = picked(all, name);
  const shown = `\`${listCommands[kind]}\` lists them`;
  if (found.length > 1) {
    return fail(
      check,
      `${found.length} have this name, ${asked}`,
      `Give the id of the one that you mean (${found.map(({ id }) => id).join(", ")}), or another; ${shown}.`,
    );
  }
  const [one] = found;
  if (one === undefined) {
    const names = [...new Set(all.map((other) => other.name ?? ""))].filter(Boolean).sort();
    const some = names.slice(0, mostNames).join(", ") || "none";
    const more = names.length > mostNames ? ", …" : "";
    return fail(
      check,
      `not there, or not shown to this project; ${asked}`,
      `There is: ${some}${more}; ${shown}.`,
    );
  }
  // The BMC's agent, which boots nodes from these, knows names alone.
  const byName = keys.filter((key) => key.startsWith("images."));
  if (one.name !== name && byName.length > 0) {
    return fail(
      check,
      `is an id, and ${byName.map((key) => `ovb:${key}`).join(", ")} takes a name`,
      `Its name is ${one.name}.`,
    );
  }
  // Networks and routers may be DOWN while nothing uses them; only an image must be ready.
  if (kind === "image" && one.status !== undefined) {
    return fail(check, `is ${one.status}, ${asked}`, "Upload it again, or name another.");
  }
  return ok(check, one.facts ?? "there");
}
