import { createNetworking } from "../../openstack/neutron";
import { listAll } from "../../openstack/paging";
import { type Endpoint, endpoints, endpointUrl, publicNetwork, region } from "../config/settings";
import type { Account } from "../credentials";
import { loginWhenReady, waitForApi } from "./login";

const { keystone, nova, neutron } = endpoints;

interface Named {
  id: string;
  name: string;
}

/** RAM in MiB, disk in GiB. `baremetal` is what a node of a lab gets. */
const flavors = [
  { name: "m1.tiny", ram: 256, vcpus: 1, disk: 1 },
  { name: "m1.small", ram: 512, vcpus: 1, disk: 4 },
  { name: "m1.medium", ram: 2048, vcpus: 1, disk: 8 },
  // For the image ovb-undercloud: Ironic, and room for what it deploys.
  { name: "undercloud", ram: 1024, vcpus: 1, disk: 8 },
  { name: "baremetal", ram: 1024, vcpus: 1, disk: 4 },
];

/**
 * The accounts the services need to start (users, roles, catalog) and the tenant: an ordinary user with the role
 * `member` of one project, who is no administrator.
 */
export async function seedAccounts(admin: Account, servicePassword: string, tenant: Account): Promise<void> {
  const session = await loginWhenReady(admin);
  const create = async (kind: string, properties: object): Promise<Named> => {
    const answer = await session.request<Record<string, Named>>("identity", "POST", `/${kind}s`, {
      json: { [kind]: properties },
      field: kind,
    });
    return answer[kind]!;
  };
  const roles = await listAll<Named>(session, "identity", "/roles", "roles");
  const role = (name: string): Named => {
    const found = roles.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`keystone-manage bootstrap made no role "${name}"`);
    return found;
  };
  const grant = (project: Named, user: Named, granted: Named): Promise<void> =>
    session.request("identity", "PUT", `/projects/${project.id}/users/${user.id}/roles/${granted.id}`);
  const domain_id = "default";

  const service = await create("project", { name: "service", domain_id });
  const addService = async (endpoint: Endpoint): Promise<void> => {
    const user = await create("user", { name: endpoint.name, password: servicePassword, domain_id });
    await Promise.all([grant(service, user, role("admin")), grant(service, user, role("service"))]);
    const { id } = await create("service", { name: endpoint.name, type: endpoint.type });
    const url = endpointUrl(endpoint);
    for (const visibility of ["public", "internal", "admin"]) {
      await create("endpoint", { service_id: id, interface: visibility, url, region_id: region });
    }
  };
  const addTenant = async (): Promise<void> => {
    const project = await create("project", { name: tenant.project, domain_id });
    const { user: name, password } = tenant;
    const user = await create("user", { name, password, domain_id, default_project_id: project.id });
    await grant(project, user, role("member"));
  };
  // keystone-manage bootstrap has put Keystone itself into the catalog.
  const others = Object.values(endpoints).filter((endpoint) => endpoint !== keystone);
  await Promise.all([...others.map(addService), addTenant()]);
}

/** What every tenant finds on a cloud: flavors and a way out. */
export async function seedResources(admin: Account): Promise<void> {
  const session = await loginWhenReady(admin);
  const addFlavors = async (): Promise<void> => {
    await waitForApi(nova);
    for (const flavor of flavors) await session.request("compute", "POST", "/flavors", { json: { flavor } });
  };
  const addPublicNetwork = async (): Promise<void> => {
    await waitForApi(neutron);
    const { name, cidr, gateway, pool } = publicNetwork;
    const { id } = await createNetworking(session, "networks", {
      name,
      "router:external": true,
      "provider:network_type": "flat",
      "provider:physical_network": name,
    });
    await createNetworking(session, "subnets", {
      name,
      network_id: id,
      ip_version: 4,
      cidr,
      gateway_ip: gateway,
      enable_dhcp: false,
      allocation_pools: [pool],
    });
  };
  await Promise.all([addFlavors(), addPublicNetwork()]);
}
