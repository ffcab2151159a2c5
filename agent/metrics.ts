import type { Agent } from "./agent";

/** A value that is not known is left out. */
export type Row = readonly [name: string, kind: "gauge" | "counter", value: number | undefined];

/** The BMC's; counters are since the agent's start. */
export function bmcMetrics({
  cloud,
  ipmi,
  health,
}: Pick<Agent, "cloud" | "ipmi" | "health">): readonly Row[] {
  const now = cloud.metrics();
  const { sessions, dropped } = ipmi.counts();
  const { nodes, listening, ok } = health();
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return [
    ["ovb_bmc_healthy", "gauge", ok ? 1 : 0],
    ["ovb_bmc_nodes", "gauge", nodes],
    ["ovb_bmc_nodes_listening", "gauge", listening],
    ["ovb_bmc_ipmi_sessions", "gauge", sessions],
    ["ovb_bmc_ipmi_dropped_total", "counter", dropped],
    ["ovb_bmc_operations", "gauge", now.operations],
    ["ovb_bmc_actions_total", "counter", now.actions],
    ["ovb_bmc_action_failures_total", "counter", now.actionFailures],
    ["ovb_bmc_polls_total", "counter", now.polls],
    ["ovb_bmc_poll_failures_total", "counter", now.pollFailures],
    ["ovb_bmc_poll_seconds", "gauge", seconds(now.pollMs)],
    ["ovb_bmc_poll_age_seconds", "gauge", seconds(now.age)],
  ];
}

/**
 * Prometheus's text format, version 0.0.4, with the process's own. What each is stands in docs/bmc.md and docs/sync.md
 * rather than in HELP lines, which would take a hundredth of the bundle.
 */
export function metricsText(rows: readonly Row[]): string {
  const all: readonly Row[] = [
    ...rows,
    ["process_resident_memory_bytes", "gauge", process.memoryUsage.rss()],
    ["process_cpu_seconds_total", "counter", cpuSeconds()],
  ];
  return all
    .filter(([, , value]) => value !== undefined)
    .map(([name, kind, value]) => `# TYPE ${name} ${kind}\n${name} ${value}\n`)
    .join("");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
