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
