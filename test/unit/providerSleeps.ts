import type { Registration } from "./recorder";

/*
 * Seconds that provider 3.15.2 sleeps whatever the cloud does: Delay of each StateChangeConf, then MinTimeout
 * between polls (terraform-provider-openstack v1.54.1, openstack/resource_openstack_*.go). Subnets, router
 * interfaces and security groups send their DELETE from inside the poll, so they need a second one.
 */
const sleeps: Record<string, { create: number; delete: number }> = {
  Network: { create: 5, delete: 5 },
  Subnet: { create: 5, delete: 8 },
  SubnetRoute: { create: 0, delete: 0 },
  Port: { create: 5, delete: 5 },
  Router: { create: 5, delete: 5 },
  RouterInterface: { create: 5, delete: 8 },
  FloatingIp: { create: 5, delete: 5 },
  FloatingIpAssociate: { create: 0, delete: 0 },
  SecGroup: { create: 0, delete: 8 },
  SecGroupRule: { create: 0, delete: 5 },
  Instance: { create: 10, delete: 10 }, // create: 10 more to stop a server that is born shut off
  Image: { create: 10, delete: 0 },
  ApplicationCredential: { create: 0, delete: 0 },
};

/** The least seconds that creating and deleting a lab can take: the longest chain of sleeps. */
export function sleepFloor(registrations: readonly Registration[]): { create: number; delete: number } {
  const resources = registrations.filter(({ custom }) => custom);
  const byName = new Map(resources.map((r) => [short(r), r]));
  const dependents = new Map<string, Registration[]>();
  for (const resource of resources) {
    for (const dependency of resource.waitsFor) {
      dependents.set(dependency, [...(dependents.get(dependency) ?? []), resource]);
    }
  }
  const created = (r: Registration): number =>
    own(r).create + most(r.waitsFor.map((n) => created(byName.get(n)!)));
  const deleted = (r: Registration): number =>
    own(r).delete + most((dependents.get(short(r)) ?? []).map(deleted));
  return { create: most(resources.map(created)), delete: most(resources.map(deleted)) };
}

/**
 * The waves in which the engine deletes a lab, each with the seconds of sleep that it waits for; the first wave first.
 * It goes by the longest way down from the top, through parents as well as dependencies, and deletes the deepest
 * first (`ScheduleDeletes` in pkg/resource/deploy/step_generator.go of Pulumi 3.246.0).
 */
export function deletionWaves(registrations: readonly Registration[]): readonly number[] {
  const byUrn = new Map(registrations.map((r) => [r.urn, r]));
  const byName = new Map(registrations.map((r) => [short(r), r]));
  const depth = (r: Registration): number => {
    const parent = r.parent === undefined ? undefined : byUrn.get(r.parent);
    const others = [...r.waitsFor, ...(r.options.deletedWith ? [String(r.options.deletedWith)] : [])];
    return 1 + most([...(parent ? [parent] : []), ...others.map((name) => byName.get(name)!)].map(depth));
  };
  const waves: number[] = [];
  for (const resource of registrations) {
    const seconds = resource.custom ? own(resource).delete : 0;
    waves[depth(resource)] = Math.max(waves[depth(resource)] ?? 0, seconds);
  }
  return waves.filter((seconds) => seconds > 0).reverse();
}

function own({ type, inputs, options }: Registration): { create: number; delete: number } {
  if (type.startsWith("pulumi:")) return { create: 0, delete: 0 }; // the engine's own
  const base = sleeps[type.split(":").at(-1)!];
  if (!base) throw new Error(`How long does the provider sleep for ${type}?`);
  return {
    create: base.create + (inputs.powerState === "shutoff" ? 10 : 0),
    delete: options.deletedWith ? 0 : base.delete,
  };
}

function short({ type, name }: Registration): string {
  return `${type.split(":").at(-1)} ${name}`;
}

function most(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}
