import type { Registration } from "./recorder";

/*
 * When plugin 5.5.1 looks at what it waits for (terraform-provider-openstack v3.4.0, openstack/resource_openstack_*.go: Delay 0
 * and MinTimeout 3 s in each StateChangeConf; terraform-plugin-sdk's helper/retry/state.go makes the waits longer): at once,
 * and so many seconds after; from there on every 10 s.
 */
const looks = [0, 3, 9, 19, 29];

/** When the provider sees what is so after `seconds`. */
function seenAt(seconds: number): number {
  const look = looks.find((one) => one >= seconds);
  return look ?? 29 + 10 * Math.ceil((seconds - 29) / 10);
}

/** Seconds that a cloud takes for a server. */
export interface ServerTimes {
  readonly build: number;
  readonly stop: number;
  readonly gone: number;
}

/** A cloud that does everything at once; but a server's first look comes while it is being built, stopped or deleted. */
const ideal: ServerTimes = { build: 1, stop: 1, gone: 1 };

/** What is ready, or gone, at the first look. */
const immediate = [
  ...[
    "Network",
    "Subnet",
    "SubnetRoute",
    "Port",
    "Router",
    "RouterInterface",
    "FloatingIp",
    "FloatingIpAssociate",
  ],
  ...["SecGroup", "SecGroupRule", "Image", "ApplicationCredential", "Stash"],
];

/** The least seconds that creating and deleting a lab can take: the longest chain of waits for a look. */
export function pollFloor(
  registrations: readonly Registration[],
  times: ServerTimes = ideal,
): { create: number; delete: number } {
  const resources = registrations.filter(({ custom }) => custom);
  const byName = new Map(resources.map((r) => [short(r), r]));
  const dependents = new Map<string, Registration[]>();
  for (const resource of resources) {
    for (const dependency of resource.waitsFor) {
      dependents.set(dependency, [...(dependents.get(dependency) ?? []), resource]);
    }
  }
  const created = (r: Registration): number =>
    own(r, times).create + most(r.waitsFor.map((n) => created(byName.get(n)!)));
  const deleted = (r: Registration): number =>
    own(r, times).delete + most((dependents.get(short(r)) ?? []).map(deleted));
  return { create: most(resources.map(created)), delete: most(resources.map(deleted)) };
}

function own({ type, inputs }: Registration, times: ServerTimes): { create: number; delete: number } {
  const kind = type.split(":").at(-1)!;
  if (immediate.includes(kind)) return { create: 0, delete: 0 };
  if (kind !== "Instance") throw new Error(`When does the provider look at ${type}?`);
  const stop = inputs.powerState === "shutoff" ? seenAt(times.stop) : 0;
  return { create: seenAt(times.build) + stop, delete: seenAt(times.gone) };
}

function short({ type, name }: Registration): string {
  return `${type.split(":").at(-1)} ${name}`;
}

function most(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}
