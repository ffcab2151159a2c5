import type { AuthOptions } from "../../openstack/auth";
import type { Log } from "../service/log";
import { MetricsServer } from "../service/metricsServer";
import { RetryingListener } from "../service/retryingListener";
import type { SyncConfig } from "./config";
import { openSync } from "./openSync";
import { SyncWatch } from "./watch";

/** Sync until the signal's abort, with its metrics where they are wanted. */
export async function watchSync(
  config: SyncConfig,
  who: { readonly host: AuthOptions; readonly undercloud?: AuthOptions },
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { intervalSeconds, metricsPort: port } = config;
  const watch = new SyncWatch(openSync(config, who, log).syncer, log, intervalSeconds * 1000);
  const server = new MetricsServer({ metrics: () => watch.metrics(), health: () => watch.health() });
  const listener = { listen: () => server.listen(port!), close: () => server.close() };
  const said = { protocol: "metrics", address: "127.0.0.1", port };
  const binding = port === undefined ? undefined : new RetryingListener(listener, log, said);
  await watch.run(signal);
  await binding?.close();
  log("stopped", {});
}
