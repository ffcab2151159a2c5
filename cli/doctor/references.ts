import { listNetworking } from "../../openstack/neutron";
import { listCommands, type Reference, references } from "../../plan/lab/references";
import { type Check, checking, fail, ok } from "./check";
import type { Tenant } from "./tenant";

/** Everything that the configuration names: it must be there, once, and usable. */
export async function checkReferences(tenant: Tenant): Promise<Check[]> {
  const all = references(tenant.plan, tenant.config).map((reference) => {
    const name = nameOf(reference);
    return checking(name, tenant.signal, async () => judge(reference, await candidates(tenant, reference)));
  });
  return (await Promise.all(all)).flat();
}

interface Candidate {
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
      return listNetworking(tenant.session, "routers", {}, tenant.signal);
    case "image":
      return (await tenant.images()).map(({ name, status, disk_format, min_disk }) => ({
        ...{ name, status: status === "active" ? undefined : status },
        facts: `${disk_format}, ${min_disk ? `wants ${min_disk} GiB of disk` : "any disk"}`,
      }));
    case "flavor":
      return (await tenant.flavors()).map(({ name, vcpus, ram, disk }) => ({
        name,
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
  const found = all.filter((one) => one.name === name);
  const shown = `\`${listCommands[kind]}\` lists them`;
  if (found.length > 1) {
    return fail(
      check,
      `${found.length} have this name, ${asked}`,
      `Rename all but one, or name another; ${shown}.`,
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
  // Networks and routers may be DOWN while nothing uses them; only an image must be ready.
  if (kind === "image" && one.status !== undefined) {
    return fail(check, `is ${one.status}, ${asked}`, "Upload it again, or name another.");
  }
  return ok(check, one.facts ?? "there");
}
