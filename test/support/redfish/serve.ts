import { RedfishServer } from "../../../agent/bmc/redfish/server";
import type { FakeNode } from "./fakeNode";

export const testUser = "admin";
export const testPassword = "not-for-any-log";

export interface Served {
  readonly url: string;
  readonly port: number;
  /** Lines of the log. */
  readonly log: string[];
  /** May be changed while the service runs. */
  readonly nodes: FakeNode[];
  /** Nodes whose manager was reset. */
  readonly resets: string[];
  readonly close: () => Promise<void>;
}

export async function serve(nodes: FakeNode[], tls?: { cert: string; key: string }): Promise<Served> {
  const log: string[] = [];
  const resets: string[] = [];
  const server = new RedfishServer({
    machines: () => nodes,
    username: testUser,
    password: testPassword,
    tls,
    resetManager: (node) => void resets.push(node),
    log: (event, fields) => void log.push(JSON.stringify({ event, ...fields })),
  });
  const { port } = await server.listen({ address: "127.0.0.1", port: 0 });
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    log,
    nodes,
    resets,
    close: () => server.close(),
  };
}
