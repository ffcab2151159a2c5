import type { Agent } from "./agent";

/** Name, kind, help, value. */
type Row = readonly [name: string, kind: "gauge" | "counter", help: string, value: number | undefined];

/** Prometheus's text format, version 0.0.4; counters are since the agent's start. */
export function metricsText({ cloud, ipmi, health }: Pick<Agent, "cloud" | "ipmi" | "health">): string {
  const now = cloud.metrics();
  const { sessions, dropped } = ipmi.counts();
  const { nodes, listening, ok } = health();
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  const rows: readonly Row[] = [
    ["ovb_bmc_healthy", "gauge", "1 when /healthz answers 200", ok ? 1 : 0],
    ["ovb_bmc_nodes", "gauge", "nodes of the lab", nodes],
    ["ovb_bmc_nodes_listening", "gauge", "nodes whose IPMI port is bound", listening],
    ["ovb_bmc_ipmi_sessions", "gauge", "IPMI sessions, those being set up included", sessions],
    ["ovb_bmc_ipmi_dropped_total", "counter", "datagrams that got no answer", dropped],
    ["ovb_bmc_operations", "gauge", "power changes under way", now.operations],
    ["ovb_bmc_actions_total", "counter", "requests to change a server", now.actions],
    [
      "ovb_bmc_action_failures_total",
      "counter",
      "those that the cloud refused or did not answer",
      now.actionFailures,
    ],
    ["ovb_bmc_polls_total", "counter", "requests for the list of servers", now.polls],
    ["ovb_bmc_poll_failures_total", "counter", "those that failed", now.pollFailures],
    ["ovb_bmc_poll_seconds", "gauge", "duration of the last one", seconds(now.pollMs)],
    ["ovb_bmc_poll_age_seconds", "gauge", "since the last good one; absent before it", seconds(now.age)],
    ["process_resident_memory_bytes", "gauge", "resident memory", process.memoryUsage.rss()],
    ["process_cpu_seconds_total", "counter", "user and system CPU time", cpuSeconds()],
  ];
  return rows
    .filter(([, , , value]) => value !== undefined)
    .map(([name, kind, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name} ${value}\n`)
    .join("");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
