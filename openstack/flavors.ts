import { listAll } from "./paging";
import type { Session } from "./session";

export interface Flavor {
  id: string;
  name: string;
  vcpus: number;
  /** MiB */
  ram: number;
  /** GiB; 0 means as large as the image */
  disk: number;
}

export function listFlavors(session: Session, signal?: AbortSignal): Promise<Flavor[]> {
  return listAll<Flavor>(session, "compute", "/flavors/detail", "flavors", { signal });
}

/** By id, or else by name, as `openstack` takes them. Undefined when there is none. */
export async function findFlavor(
  session: Session,
  nameOrId: string,
  signal?: AbortSignal,
): Promise<Flavor | undefined> {
  const flavors = await listFlavors(session, signal);
  return (
    flavors.find((flavor) => flavor.id === nameOrId) ?? flavors.find((flavor) => flavor.name === nameOrId)
  );
}
