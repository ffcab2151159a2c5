import { listAll } from "./paging";
import type { Session } from "./session";

export interface AvailabilityZone {
  name: string;
  isAvailable: boolean;
}

/** Nova's. */
export async function computeZones(session: Session, signal?: AbortSignal): Promise<AvailabilityZone[]> {
  const { availabilityZoneInfo } = await session.request<{
    availabilityZoneInfo: { zoneName: string; zoneState: { available: boolean } }[];
  }>("compute", "GET", "/os-availability-zone", { signal, field: "availabilityZoneInfo" });
  return availabilityZoneInfo.map(({ zoneName, zoneState }) => ({
    name: zoneName,
    isAvailable: zoneState.available,
  }));
}

/** Neutron's. A Neutron without the extension `availability_zone` answers 404. */
export async function networkZones(
  session: Session,
  signal?: AbortSignal,
): Promise<(AvailabilityZone & { resource: "network" | "router" })[]> {
  const all = await listAll<{ name: string; resource: "network" | "router"; state: string }>(
    session,
    "network",
    "/availability_zones",
    "availability_zones",
    { signal },
  );
  return all.map(({ name, resource, state }) => ({ name, resource, isAvailable: state === "available" }));
}
