import { authFromEnvironment } from "../../openstack/auth";
import { listImages } from "../../openstack/glance";
import { listApplicationCredentials, tokenInfo } from "../../openstack/keystone";
import { type Collection, listNetworking } from "../../openstack/neutron";
import { listServers } from "../../openstack/nova";
import { Session } from "../../openstack/session";

/** The tests run where the devcloud's API is reachable, with the tenant's credentials in the environment. */
export const session = new Session(authFromEnvironment());

const collections: Collection[] = [
  "networks",
  "subnets",
  "ports",
  "routers",
  "floatingips",
  "security-groups",
];

/** Every resource of the tenant by kind: sorted "name (id)". What a lab leaves behind shows as a difference. */
export async function inventory(): Promise<Record<string, string[]>> {
  const project = (await tokenInfo(session)).project!.id;
  const lists = await Promise.all(
    collections.map(
      async (collection) =>
        [collection, await listNetworking(session, collection, { project_id: project })] as const,
    ),
  );
  const all = [
    ...lists,
    ["servers", await listServers(session)] as const,
    [
      "application credentials",
      (await listApplicationCredentials(session)).filter(({ project_id }) => project_id === project),
    ] as const,
    ["images", await listImages(session, { owner: project })] as const,
  ];
  return Object.fromEntries(
    all.map(([kind, items]) => [
      kind,
      (items as { id: string; name?: string }[]).map(({ id, name }) => `${name ?? ""} (${id})`).sort(),
    ]),
  );
}
