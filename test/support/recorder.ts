import { runtime } from "@pulumi/pulumi";

/*
 * Pulumi's mocks see a resource's type, name and inputs. They do not see its parent or its options, and two
 * resources with one URN pass silently. This recorder sits between the program and the mocks and sees the
 * requests themselves, as the engine would.
 */

/** What the program asked the engine for. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** As the engine would form it, with all parents' types. */
  readonly urn: string;
  /** URN; absent at the top. */
  readonly parent?: string;
  readonly custom: boolean;
  /** Of the plugin that it asks for; absent for a component. */
  readonly version?: string;
  readonly inputs: Record<string, unknown>;
  readonly options: Record<string, unknown>;
  /** Names of what it waits for, sorted. */
  readonly waitsFor: readonly string[];
}

export interface Call {
  readonly token: string;
  readonly inputs: Record<string, unknown>;
  /** Of the plugin that it asks for. */
  readonly version: string;
}

/** What the mocked Keystone makes of a credential. */
export const credentialSecret = "secret-that-keystone-made";

/** What the mocked cloud makes of a new resource where its inputs say nothing. An unknown type is an error. */
const computed: Record<string, Record<string, unknown>> = {
  "openstack:compute/instance:Instance": {},
  "openstack:identity/applicationCredential:ApplicationCredential": { secret: credentialSecret },
  "openstack:images/image:Image": {},
  "openstack:networking/floatingIp:FloatingIp": { address: "198.18.0.7" },
  "openstack:networking/floatingIpAssociate:FloatingIpAssociate": {},
  "openstack:networking/network:Network": {},
  "openstack:networking/port:Port": {
    macAddress: "fa:16:3e:00:00:07",
    allFixedIps: ["2001:db8::7", "203.0.113.7"],
  },
  "openstack:networking/router:Router": {},
  "openstack:networking/routerInterface:RouterInterface": {},
  "openstack:networking/secGroup:SecGroup": {},
  "openstack:networking/secGroupRule:SecGroupRule": {},
  "openstack:networking/subnet:Subnet": {},
  "openstack:networking/subnetRoute:SubnetRoute": {},
  "pulumi:index:Stash": {},
};

/** Type tokens of all cloud resources that components may register, sorted. */
export const resourceTypes: readonly string[] = Object.keys(computed).sort();

const components = [
  "VirtualBaremetalLab",
  "ProvisioningNetwork",
  "AccessNetwork",
  "ExtraNetwork",
  "Undercloud",
  "Bmc",
  "BaremetalNode",
  "IpxeImage",
].map((type) => `ovb:index:${type}`);

export interface Recording<T> {
  readonly result: T;
  readonly registrations: readonly Registration[];
  readonly calls: readonly Call[];
}

/**
 * Runs a program on the mocks and returns all that it registered, once everything has settled.
 * @param preview whether new resources have no ids yet
 * @param seen told the type of each resource that the mocked cloud is asked for, also where the program fails
 * @param answers the mocked cloud's answer to each look-up, by token; it throws for what the cloud does not have.
 * @throws Error naming every type and token that nobody expects and every URN that two resources have. Not
 *   from within the mocks: Pulumi would turn that into a dozen unhandled rejections.
 */
export async function record<T>(
  program: () => T | Promise<T>,
  answers: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>> = {},
  { preview = false, seen = () => {} }: { preview?: boolean; seen?: (type: string) => void } = {},
): Promise<Recording<T>> {
  const registrations: Registration[] = [];
  const calls: Call[] = [];
  const problems: string[] = [];
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        seen(type);
        if (!custom) {
          if (!components.includes(type)) problems.push(`Unknown component type ${type} (${name})`);
          return { id: undefined, state: inputs };
        }
        const more = computed[type];
        if (!more) problems.push(`Unknown resource type ${type} (${name})`);
        // With its type, because a network, its subnet and its security group have one name.
        const kept = type === "pulumi:index:Stash" ? { output: inputs.input } : {};
        return { id: idOf(type, name), state: { ...more, ...inputs, ...kept } };
      },
      call: ({ token, inputs }) => {
        const answer = answers[token];
        if (!answer) problems.push(`Unknown look-up ${token}`);
        return answer?.(inputs) ?? {};
      },
    },
    "ovb",
    "dev",
    preview,
  );
  intercept(registrations, calls, problems);
  let result: T;
  try {
    result = await program();
  } finally {
    await (runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs(); // also what a program has started before it threw
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  registrations.sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return { result, registrations, calls };
}

/** The id that the mocked cloud gives a resource, as in "Port:ovb-dev-node-0-ctlplane". */
function idOf(type: string, name: string): string {
  return `${type.split(":").at(-1)}:${name}`;
}

/** URNs of the mocks know one parent's type only; the engine's know them all. */
function intercept(registrations: Registration[], calls: Call[], problems: string[]): void {
  // biome-ignore lint/suspicious/noExplicitAny: the mock monitor has no public type
  const monitor = runtime.getMonitor() as any;
  const engineUrns = new Map<string, string>();
  const original = monitor.registerResource.bind(monitor);
  // biome-ignore lint/suspicious/noExplicitAny: a gRPC message
  monitor.registerResource = (request: any, callback: any) => {
    const mockParent: string = request.getParent();
    const parent = engineUrns.get(mockParent);
    const type = [...(parent ? [parent.split("::")[2]] : []), request.getType()].join("$");
    const urn = `urn:pulumi:dev::ovb::${type}::${request.getName()}`;
    const mockUrn = monitor.newUrn(mockParent, request.getType(), request.getName());
    if (engineUrns.has(mockUrn)) problems.push(`Two resources have the URN ${urn}`);
    engineUrns.set(mockUrn, urn);
    const engineUrn = (other: string) => engineUrns.get(other) ?? other;
    registrations.push({
      type: request.getType(),
      name: request.getName(),
      urn,
      ...(parent && { parent }),
      custom: request.getCustom(),
      ...(request.getVersion() && { version: request.getVersion() }),
      inputs: runtime.deserializeProperties(request.getObject(), true),
      options: options(request, engineUrn),
      waitsFor: [...new Set<string>(request.getDependenciesList())]
        .map((dependency) => shortName(engineUrn(dependency)))
        .sort(),
    });
    original(request, callback);
  };
  const invoke = monitor.invoke.bind(monitor);
  // biome-ignore lint/suspicious/noExplicitAny: a gRPC message
  monitor.invoke = (request: any, callback: any) => {
    const inputs = runtime.deserializeProperties(request.getArgs());
    calls.push({ token: request.getTok(), inputs, version: request.getVersion() });
    return invoke(request, callback);
  };
}

/** Type and name of a URN, as in "Port ovb-dev-node-0-ctlplane". */
export function shortName(urn: string): string {
  const [, , type, name] = urn.split("::");
  return `${type!.split(":").at(-1)} ${name}`;
}

/** The options that are set, in the words of the SDK. */
// biome-ignore lint/suspicious/noExplicitAny: a gRPC message
function options(request: any, engineUrn: (mockUrn: string) => string): Record<string, unknown> {
  const timeouts = request.getCustomtimeouts();
  const trigger = request.getReplacementTrigger?.()?.getStringValue?.();
  const all: [string, unknown][] = [
    ["ignoreChanges", request.getIgnorechangesList()],
    ["replaceOnChanges", request.getReplaceonchangesList()],
    ["deleteBeforeReplace", request.getDeletebeforereplace()],
    ["deletedWith", request.getDeletedwith() && shortName(engineUrn(request.getDeletedwith()))],
    ["protect", request.getProtect()],
    ["retainOnDelete", request.getRetainondelete()],
    [
      "timeouts",
      timeouts &&
        set({ create: timeouts.getCreate(), update: timeouts.getUpdate(), delete: timeouts.getDelete() }),
    ],
    ["replacementTrigger", trigger],
  ];
  return set(Object.fromEntries(all)) ?? {};
}

/** What is set; undefined when nothing is. */
function set(all: Record<string, unknown>): Record<string, unknown> | undefined {
  const entries = Object.entries(all).filter(
    ([, value]) => value && !(Array.isArray(value) && value.length === 0),
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
