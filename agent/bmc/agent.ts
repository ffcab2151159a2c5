import type { Session } from "../../openstack/session";
import { Listeners } from "../service/listeners";
import type { Log } from "../service/log";
import { MetricsServer } from "../service/metricsServer";
import type { Pauses } from "../service/retryingListener";
import { LabCloud } from "./cloud/labCloud";
import type { NovaMachine } from "./cloud/novaMachine";
import type { Times } from "./cloud/times";
import type { AgentConfig } from "./config";
import { faultPages } from "./faults/faultPages";
import type { Health } from "./health";
import { IpmiServers } from "./ipmiServers";
import { bmcMetrics } from "./metrics";
import { credentials } from "./redfish/credentials";
import { RedfishServer } from "./redfish/server";
import { RedfishViews } from "./redfishViews";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly session: Session;
  readonly log: Log;
  /** Its abort is the agent's end. */
  readonly signal: AbortSignal;
  /** What tests shrink. */
  readonly times?: Partial<Times>;
  readonly pauses?: Pauses;
}

export interface Agent {
  readonly cloud: LabCloud;
  readonly ipmi: IpmiServers;
  /** Absent: no Redfish. */
  readonly views?: RedfishViews;
  /** The ports bound; 0 in the configuration means that one was chosen. */
  readonly ports: { readonly http?: number; readonly https?: number; readonly metrics?: number };
  health(): Health;
  /** Resolves once the signal has ended it and every socket is closed. */
  readonly stopped: Promise<void>;
}

/**
 * The BMC of every node of a lab: one poll of the cloud, an IPMI server for each node as it comes and goes, one Redfish
 * service. Returns when the ports that need no node have been tried; nodes come with the cloud's first answer.
 * @throws Error when the state file cannot be read
 */
export async function startAgent({
  config,
  session,
  log,
  signal,
  times,
  pauses,
}: AgentOptions): Promise<Agent> {
  const { lab, address, username, password, stateFile, images, redfish, metricsPort, faults } = config;
  const ipmi = new IpmiServers({ address, username, password, log, pauses });
  const machines = () => cloud.machines().values();
  const redfishServer = (tls?: { cert: string; key: string }) =>
    new RedfishServer({
      ...{ machines, username, password: password.reveal(), tls, log },
      resetManager: (node) => ipmi.reset(node),
    });
  const http = redfish.httpPort === undefined ? undefined : redfishServer();
  const https = redfish.https && redfishServer({ cert: redfish.https.cert, key: redfish.https.key.reveal() });
  const primary = https ?? http;
  const views =
    primary && new RedfishViews({ server: primary, ownPort: https ? 443 : 80, address, log, pauses });
  const cloud: LabCloud = await LabCloud.start({
    ...{ session, lab, stateFile, log, images, times },
    onAdded: (machine: NovaMachine) => {
      ipmi.add(machine);
      views?.add(machine);
    },
    onRemoved: (machine: NovaMachine) => {
      ipmi.remove(machine);
      views?.remove(machine);
    },
  });

  const ports: { http?: number; https?: number; metrics?: number } = {};
  const listeners = new Listeners<string>(log, pauses);
  const bind = (
    name: keyof typeof ports,
    at: { readonly address: string; readonly port: number },
    server: { listen(): Promise<{ port: number }>; close(): Promise<void> },
  ) => {
    const listener = {
      close: () => server.close(),
      listen: async () => {
        ports[name] = (await server.listen()).port;
      },
    };
    const protocol = name === "metrics" ? name : `redfish ${name}`;
    listeners.add(protocol, listener, { protocol, ...at });
  };
  const bindRedfish = (name: "http" | "https", port: number, server: RedfishServer) => {
    const at = { address, port };
    bind(name, at, { listen: () => server.listen(at), close: () => server.close() });
  };

  const health = (): Health => {
    const endpoints = ipmi.endpoints();
    const nodes = endpoints.filter(({ listening }) => !listening).map(({ node }) => node);
    const waiting = [...nodes, ...listeners.waiting()];
    const isKnown = cloud.isKnown();
    return {
      ok: isKnown && waiting.length === 0,
      cloud: isKnown,
      nodes: endpoints.length,
      listening: endpoints.filter(({ listening }) => listening).length,
      notListening: waiting,
    };
  };

  if (http) bindRedfish("http", redfish.httpPort!, http);
  if (https) bindRedfish("https", redfish.https!.port, https);
  if (metricsPort !== undefined) {
    const watched = { metrics: () => bmcMetrics(cloud.metrics(), ipmi.counts(), health()), health };
    const pages = faults ? faultPages(cloud, credentials(username, password.reveal())) : undefined;
    const watch = new MetricsServer(watched, pages);
    const at = { address: "127.0.0.1", port: metricsPort };
    bind("metrics", at, { listen: () => watch.listen(metricsPort), close: () => watch.close() });
  }
  await listeners.tried();

  const stopped = ended(signal).then(async () => {
    const began = performance.now();
    log("stopping", {});
    // The cloud first: what is under way is written down before clients lose their sessions.
    await cloud.stop();
    await views?.close();
    await Promise.all([ipmi.close(), listeners.close()]);
    log("stopped", { ms: Math.round(performance.now() - began) });
  });
  return { cloud, ipmi, views, ports, health, stopped };
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
