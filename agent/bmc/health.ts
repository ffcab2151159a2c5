/** As /healthz says it. */
export interface Health {
  /** The cloud's answers are fresh, every port is bound. */
  readonly ok: boolean;
  /** Whether the cloud's last answer is fresh enough to tell a client. */
  readonly cloud: boolean;
  readonly nodes: number;
  /** Nodes whose IPMI port is bound. */
  readonly listening: number;
  /** What is not bound: "node-1", "redfish http". */
  readonly notListening: readonly string[];
}
