import type { MemoryCloud } from "./cloud";
import type { MemoryLab, State } from "./lab";

type Properties = Record<string, unknown>;
type Resource = {
  urn: string;
  type: string;
  id?: string;
  inputs?: Properties;
  outputs?: Properties;
  dependencies?: string[];
  propertyDependencies?: Record<string, string[]>;
};

/**
 * Turns a lab into one that version 0.1 has made, in state and cloud: the ctlplane's subnet has its gateway, and the router is
 * on it by the subnet, with a port of Neutron's own.
 */
export async function asOfVersion01(cloud: MemoryCloud, lab: MemoryLab, gateway: string): Promise<void> {
  const state = JSON.parse(JSON.stringify(await lab.state())) as State;
  const all = state.deployment.resources as unknown as Resource[];
  const find = (type: string, end: string) =>
    all.find((one) => one.type.endsWith(`:${type}`) && one.urn.endsWith(end))!;
  const port = find("Port", "-router-ctlplane");
  const subnet = find("Subnet", "-ctlplane");
  const connection = find("RouterInterface", "-router-ctlplane");
  const { neutron } = cloud;
  neutron.resources.subnets.get(subnet.id!).gateway_ip = gateway;
  Object.assign(neutron.resources.ports.get(port.id!), { name: "", tags: [], description: "" });
  change(subnet, ["noGateway"], { gatewayIp: gateway }, { noGateway: false });
  change(connection, ["portId"], { subnetId: subnet.id });
  connection.dependencies = connection.dependencies!.map((urn) => (urn === port.urn ? subnet.urn : urn));
  connection.propertyDependencies = {
    routerId: connection.propertyDependencies!.routerId!,
    subnetId: [subnet.urn],
  };
  (state.deployment as { resources: unknown[] }).resources = all.filter((one) => one !== port);
  await lab.restore(state);
}

/** Without the raw state of the provider's own, which fits what was there and nothing else. */
function change(
  resource: Resource,
  away: readonly string[],
  inputs: Properties,
  outputs: Properties = {},
): void {
  const without = (properties: Properties = {}) =>
    Object.fromEntries(
      Object.entries(properties).filter(([key]) => !away.includes(key) && key !== "__pulumi_raw_state_delta"),
    );
  resource.inputs = { ...without(resource.inputs), ...inputs };
  resource.outputs = { ...without(resource.outputs), ...inputs, ...outputs };
}
