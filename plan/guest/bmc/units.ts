import type { BmcPlan } from "../../lab/labPlan";
import { nodeSandbox } from "../hardening";
import { onConsole, restarting, setup, unit } from "../unit";

/** Where the agent, Node.js and the certificate are on the VM; for root alone to write. */
export const agentFolder = "/usr/local/lib/ovb";
export const configFolder = "/etc/ovb";

export function setupUnit(): string {
  return unit({
    description: "OVB: Node.js and a certificate for the BMC's agent",
    unit: { After: "network.target" },
    service: setup(`${agentFolder}/bmc-setup.sh`),
  });
}
/** Ports below 1024 take a capability; the agent gets no other. */
export function needsLowPorts({ mode, redfish }: Pick<BmcPlan, "mode" | "redfish">): boolean {
  const ports = [redfish.httpPort, redfish.httpsPort].filter((port) => port !== undefined);
  return mode !== "port" || ports.some((port) => port < 1024);
}

export interface AgentUnitOptions {
  readonly lowPorts: boolean;
  /** Whether there is a certificate to hand over. */
  readonly certificate: boolean;
  /** Units that must have run before. */
  readonly after: readonly string[];
  /** NAME=VALUE for the agent's environment. */
  readonly environment: readonly string[];
}

/**
 * As a user that exists only while it runs. Passwords reach it by systemd's credentials, which no other process can
 * read; LoadCredential= is in systemd 247 and later (Debian 11, Ubuntu 22.04, CentOS Stream 9).
 */
export function agentUnit({ lowPorts, certificate, after, environment }: AgentUnitOptions): string {
  const tls = ["redfish-cert", "redfish-key"].map((name) => `${name}:${agentFolder}/${name}.pem`);
  return unit({
    description: "OVB: IPMI and Redfish for the lab's baremetal nodes",
    unit: {
      Requires: after.join(" "),
      After: `network.target ${after.join(" ")}`,
      StartLimitIntervalSec: 0,
    },
    service: {
      ExecStart: `${agentFolder}/node ${agentFolder}/bmc-agent.js ${configFolder}/bmc.json`,
      // What ends the agent is said on the console, as systemd's own words are in the journal only.
      ExecStopPost: `/bin/sh -c '[ "$SERVICE_RESULT" = success ] || echo "ovb-bmc: the agent ended: $SERVICE_RESULT, $EXIT_CODE $EXIT_STATUS"'`,
      ...restarting(1),
      ...onConsole,
      DynamicUser: "yes",
      StateDirectory: "ovb-bmc",
      StateDirectoryMode: "0700",
      LoadCredential: [
        `password:${configFolder}/bmc-password`,
        `cloud:${configFolder}/bmc-cloud`,
        ...(certificate ? tls : []),
      ],
      Environment: environment,
      ...nodeSandbox(lowPorts ? ["CAP_NET_BIND_SERVICE"] : []),
    },
    atBoot: true,
  });
}
