import { hasStatus } from "./error";
import { type Collection, listNetworking } from "./neutron";
import type { Session } from "./session";

/** `limit` is null where there is none. */
export interface Quota {
  limit: number | null;
  used: number;
}

export interface ComputeQuotas {
  instances: Quota;
  cores: Quota;
  /** MiB */
  ram: Quota;
}

export type NetworkQuotas = Record<
  "network" | "subnet" | "port" | "router" | "floatingip" | "security_group" | "security_group_rule",
  Quota
>;

/** Quotas of the project and what is used of them. */
export async function computeQuotas(session: Session, signal?: AbortSignal): Promise<ComputeQuotas> {
  const { limits } = await session.request<{ limits: { absolute: Record<string, number> } }>(
    "compute",
    "GET",
    "/limits",
    { signal, field: "limits" },
  );
  const quota = (limit: string, used: string): Quota => {
    const most = limits.absolute[limit] ?? -1;
    return { limit: most < 0 ? null : most, used: limits.absolute[used] ?? 0 };
  };
  return {
    instances: quota("maxTotalInstances", "totalInstancesUsed"),
    cores: quota("maxTotalCores", "totalCoresUsed"),
    ram: quota("maxTotalRAMSize", "totalRAMUsed"),
  };
}

/** Neutron's word for each quota that a lab uses, and the collection that it counts. */
const counted = {
  network: "networks",
  subnet: "subnets",
  port: "ports",
  router: "routers",
  floatingip: "floatingips",
  security_group: "security-groups",
  security_group_rule: "security-group-rules",
} as const satisfies Record<keyof NetworkQuotas, Collection>;

/**
 * Quotas of the project and what is used of them, reservations counted as used. A Neutron without the extension
 * quota_details tells the limits alone: there what the project has is counted.
 */
export async function networkQuotas(session: Session, signal?: AbortSignal): Promise<NetworkQuotas> {
  const project = await session.projectId(signal);
  const ask = async <T>(path: string) =>
    (await session.request<{ quota: Record<string, T> }>("network", "GET", path, { signal, field: "quota" }))
      .quota;
  const limited = (limit: number) => (limit < 0 ? null : limit);
  try {
    const details = await ask<{ limit: number; used: number; reserved: number }>(
      `/quotas/${project}/details`,
    );
    return quotasOf((kind) => {
      const { limit, used, reserved } = details[kind] ?? { limit: -1, used: 0, reserved: 0 };
      return { limit: limited(limit), used: used + reserved };
    });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
  const limits = await ask<number>(`/quotas/${project}`);
  const lists = Object.entries(counted).map(async ([kind, collection]) => {
    const own = await listNetworking(session, collection, { project_id: project }, signal);
    return [kind, own.length] as const;
  });
  const used: Record<string, number> = Object.fromEntries(await Promise.all(lists));
  return quotasOf((kind) => ({ limit: limited(limits[kind] ?? -1), used: used[kind]! }));
}

function quotasOf(quota: (kind: keyof NetworkQuotas) => Quota): NetworkQuotas {
  const kinds = Object.keys(counted) as (keyof NetworkQuotas)[];
  return Object.fromEntries(kinds.map((kind) => [kind, quota(kind)])) as NetworkQuotas;
}
