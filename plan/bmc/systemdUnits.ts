import { hardening } from "../hardening";
import type { BmcPlan } from "../labPlan";

/** Where the agent, Node.js and the certificate are on the VM; for root alone to write. */
export const agentFolder = "/usr/local/lib/ovb";
export const configFolder = "/etc/ovb";

export function setupUnit(): string {
  return `[Unit]
Description=OVB: Node.js and a certificate for the BMC's agent
After=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${agentFolder}/bmc-setup.sh
TimeoutStartSec=infinity
StandardOutput=journal+console
StandardError=journal+console
`;
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
  // What ends the agent is said on the console, as systemd's own words are in the journal only.
  const tls = ["redfish-cert", "redfish-key"].map(
    (name) => `LoadCredential=${name}:${agentFolder}/${name}.pem`,
  );
  return `[Unit]
Description=OVB: IPMI and Redfish for the lab's baremetal nodes
Requires=${after.join(" ")}
After=network.target ${after.join(" ")}
StartLimitIntervalSec=0

[Service]
ExecStart=${agentFolder}/node ${agentFolder}/bmc-agent.js ${configFolder}/bmc.json
ExecStopPost=/bin/sh -c '[ "$SERVICE_RESULT" = success ] || echo "ovb-bmc: the agent ended: $SERVICE_RESULT, $EXIT_CODE $EXIT_STATUS"'
Restart=always
RestartSec=1
StandardOutput=journal+console
StandardError=journal+console
DynamicUser=yes
StateDirectory=ovb-bmc
StateDirectoryMode=0700
LoadCredential=password:${configFolder}/bmc-password
LoadCredential=cloud:${configFolder}/bmc-cloud
${certificate ? `${tls.join("\n")}\n` : ""}${environment.map((one) => `Environment=${one}\n`).join("")}${hardening(lowPorts ? ["CAP_NET_BIND_SERVICE"] : [])}
[Install]
WantedBy=multi-user.target
`;
}
