import type { CloudContext } from "../cloud/context";

type Cloud = Pick<CloudContext, "session" | "signal">;

interface Port {
  readonly id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
}

/** Ids of a server's ports that are up. @throws Error where none is, or has the MAC address */
export async function portsOf({ session, signal }: Cloud, server: string, mac?: string): Promise<string[]> {
  const query = { device_id: server };
  const { ports } = await session.request<{ ports: Port[] }>("network", "GET", "/ports", {
    query,
    signal,
    field: "ports",
  });
  const chosen = ports.filter((port) => mac === undefined || port.mac_address === mac.toLowerCase());
  const up = chosen.filter((port) => port.admin_state_up);
  if (up.length === 0)
    throw new Error(`The node has no port ${mac ? `with MAC address ${mac} ` : ""}that is up.`);
  return up.map(({ id }) => id);
}

/** As its cable: down, nothing goes through. One that is gone is as good as up. */
export async function setPort({ session, signal }: Cloud, id: string, isUp: boolean): Promise<void> {
  const okStatus = isUp ? [200, 404] : [200];
  await session.request("network", "PUT", `/ports/${id}`, {
    json: { port: { admin_state_up: isUp } },
    okStatus,
    signal,
  });
}
