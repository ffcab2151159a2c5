import { isIPv4 } from "node:net";
import { apiPort } from "../../plan/guest/ironic/conf";
import type { LabPlan } from "../../plan/lab/labPlan";
import { serversOf, shortName } from "../../plan/lab/servers";
import { bullets } from "../../plan/problemsError";

/** A TCP port of the lab, and where it is to be on this machine. */
export interface Target {
  /** As it was asked for, without the local port: "redfish", "bmc:22". */
  readonly name: string;
  /** On this machine; 0: any that is free. */
  readonly localPort: number;
  /** A server of the lab by its short name, or an address. */
  readonly host: string;
  readonly port: number;
  /** What to give to a client, for a service that is known. */
  readonly scheme?: "http" | "https";
  readonly path?: string;
}

type Service = Omit<Target, "name" | "localPort">;

/** The services that a lab has, by name. */
export function servicesOf(plan: Pick<LabPlan, "undercloud" | "bmc" | "ctlplane">): Map<string, Service> {
  const { undercloud, bmc, ctlplane } = plan;
  const services = new Map<string, Service>();
  // Plain HTTP, as on the ctlplane: SSH is around it, so that clients need not be told of a certificate that nobody has signed.
  if (undercloud?.ironic)
    services.set("ironic", { host: "undercloud", port: apiPort, scheme: "http", path: "" });
  if (bmc) {
    const { httpsPort, httpPort } = bmc.redfish;
    const redfish = { host: "bmc", path: "/redfish/v1" };
    if (httpsPort !== undefined) services.set("redfish", { ...redfish, port: httpsPort, scheme: "https" });
    else if (httpPort !== undefined) services.set("redfish", { ...redfish, port: httpPort, scheme: "http" });
  }
  if (undercloud && !undercloud.custom) {
    const { port } = new URL(ctlplane.bootUrl);
    services.set("boot", {
      host: "undercloud",
      port: Number(port || 80),
      scheme: "http",
      path: "/boot.ipxe",
    });
  }
  return services;
}

/**
 * What the command line asks for: `[LOCAL:]SERVICE` or `[LOCAL:]SERVER:PORT`.
 * @throws Error naming all that cannot be
 */
export function readTargets(texts: readonly string[], plan: LabPlan): Target[] {
  const problems: string[] = [];
  const targets = texts.flatMap((text) => {
    const read = readTarget(text, plan);
    if (typeof read !== "string") return [read];
    problems.push(`${text}: ${read}`);
    return [];
  });
  const taken = targets.map(({ localPort }) => localPort).filter((port) => port !== 0);
  for (const port of new Set(taken.filter((one, i) => taken.indexOf(one) !== i)))
    problems.push(`local port ${port}: two are to have it; LOCAL:${"TARGET"} gives one another`);
  if (problems.length > 0) throw new Error(`These cannot be forwarded:\n${bullets(problems)}`);
  return targets;
}

/** @returns what is wrong, for a text that is no target */
function readTarget(text: string, plan: LabPlan): Target | string {
  const parts = text.split(":");
  const local = /^\d+$/.test(parts[0]!) ? parts.shift()! : undefined;
  const localPort = local === undefined ? undefined : portOf(local);
  if (local !== undefined && localPort === undefined) return "a port is 1 to 65535";
  const [host = "", portText, ...rest] = parts;
  const services = servicesOf(plan);
  if (portText === undefined) {
    const service = services.get(host);
    const known = [...services.keys()].join(", ");
    return service
      ? { ...service, name: host, localPort: localPort ?? service.port }
      : `no service of this lab (${known || "it has none"}); a server's port is SERVER:PORT, such as bmc:22`;
  }
  const port = portOf(portText);
  if (port === undefined || rest.length > 0)
    return "it is [LOCAL:]SERVICE or [LOCAL:]SERVER:PORT; a port is 1 to 65535";
  const servers = serversOf(plan);
  const server = servers.find((one) => one.name === host || shortName(plan, one) === host);
  if (!server && !isIPv4(host))
    return `no server of this lab (${servers.map((one) => shortName(plan, one)).join(", ")}), and no IPv4 address`;
  const key = server ? shortName(plan, server) : host;
  // Ports below 1024 are root's here.
  return { name: `${key}:${port}`, host: key, port, localPort: localPort ?? (port < 1024 ? 0 : port) };
}

function portOf(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65535 ? port : undefined;
}
