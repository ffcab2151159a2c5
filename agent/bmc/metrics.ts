import type { Row } from "../service/metricsText";
import type { CloudMetrics } from "./cloud/labCloud";
import type { Health } from "./health";
import type { IpmiServers } from "./ipmiServers";

/** The BMC's; counters are since the agent's start. */
export function bmcMetrics(
  cloud: CloudMetrics,
  { sessions, dropped }: ReturnType<IpmiServers["counts"]>,
  { nodes, listening, ok }: Health,
): readonly Row[] {
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  return [
    ["ovb_bmc_healthy", "gauge", ok ? 1 : 0],
    ["ovb_bmc_nodes", "gauge", nodes],
    ["ovb_bmc_nodes_listening", "gauge", listening],
    ["ovb_bmc_ipmi_sessions", "gauge", sessions],
    ["ovb_bmc_ipmi_dropped_total", "counter", dropped],
    ["ovb_bmc_operations", "gauge", cloud.operations],
    ["ovb_bmc_actions_total", "counter", cloud.actions],
    ["ovb_bmc_action_failures_total", "counter", cloud.actionFailures],
    ["ovb_bmc_polls_total", "counter", cloud.polls],
    ["ovb_bmc_poll_failures_total", "counter", cloud.pollFailures],
    ["ovb_bmc_poll_seconds", "gauge", seconds(cloud.pollMs)],
    ["ovb_bmc_poll_age_seconds", "gauge", seconds(cloud.age)],
  ];
}
