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
    { signal },
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

/** Quotas of the project and what is used of them, reservations counted as used. */
export async function networkQuotas(session: Session, signal?: AbortSignal): Promise<NetworkQuotas> {
  const project = await session.projectId(signal);
  const { quota } = await session.request<{
    quota: Record<string, { limit: number; used: number; reserved: number }>;
  }>("network", "GET", `/quotas/${project}/details`, { signal });
  return Object.fromEntries(
    Object.entries(quota).map(([name, { limit, used, reserved }]) => [
      name,
      { limit: limit < 0 ? null : limit, used: used + reserved },
    ]),
  ) as NetworkQuotas;
}
