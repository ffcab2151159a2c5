import { isAddress } from "../../plan/lab/ipv4";
import { mostAddressPairs } from "../../plan/lab/neutronLimits";
import { AgentConfigError } from "../service/configFile";
import { Fields } from "../service/fields";

export type SyncSource =
  | {
      readonly kind: "undercloud-neutron";
      /** Lines of NAME=VALUE with the undercloud's OS_* variables. */
      readonly credentialsFile?: string;
      /** Of clouds.yaml instead, where that is read: by `npx ovb sync` only. */
      readonly cloud?: string;
      readonly network: string;
      readonly vipName?: string;
    }
  | { readonly kind: "dnsmasq"; readonly hosts?: string; readonly leases?: string };

/** What sync is told. The lab's nodes are not in here: it finds them by their ports' tags. */
export interface SyncConfig {
  readonly lab: string;
  readonly source: SyncSource;
  /** Lines of NAME=VALUE with the host cloud's credentials, beside the environment's. */
  readonly credentialsFile?: string;
  /** VIPs beside those that the source knows. */
  readonly vips: readonly string[];
  /** Nodes (GROUP-INDEX) and groups whose ports may hold the VIPs. None: all. */
  readonly vipHolders: readonly string[];
  readonly ownsPlanned: boolean;
  readonly pairLimit: number;
  readonly intervalSeconds: number;
  /** Of /metrics and /healthz, on 127.0.0.1 only. Absent: none. */
  readonly metricsPort?: number;
}

/**
 * @param source how to call it in a message
 * @throws AgentConfigError with every problem
 */
export function checkSyncConfig(raw: unknown, source: string, env: NodeJS.ProcessEnv): SyncConfig {
  const problems: string[] = [];
  const top = new Fields(raw, "", problems, env);
  const lab = top.text("lab") ?? top.missing("lab", "the lab's name, as its ports' tag ovb:lab has it");
  const vips = texts(top, "vips") ?? [];
  for (const vip of vips.filter((one) => !isAddress(one))) {
    top.note("vips", `has "${vip}", no IPv4 address: give one such as 192.0.2.50`);
  }
  const config = {
    credentialsFile: top.path("credentialsFile"),
    vips,
    vipHolders: texts(top, "vipHolders") ?? [],
    ownsPlanned: flag(top, "ownsPlanned") ?? false,
    pairLimit: count(top, "pairLimit", 1, 1000) ?? mostAddressPairs,
    // Each pass is four requests; a day is more than anybody waits for.
    intervalSeconds: count(top, "intervalSeconds", 1, 86_400) ?? 15,
    metricsPort: top.port("metricsPort"),
  };
  const from = sourceOf(top.inner("source"));
  top.end();
  if (problems.length > 0 || lab === undefined || from === undefined) {
    throw new AgentConfigError(source, problems);
  }
  return { lab, source: from, ...config };
}

function sourceOf(fields: Fields): SyncSource | undefined {
  const kind = fields.text("kind");
  let source: SyncSource | undefined;
  if (kind === "undercloud-neutron") {
    const network = fields.text("network") ?? "ctlplane";
    const [credentialsFile, cloud] = [fields.path("credentialsFile"), fields.text("cloud")];
    if ((credentialsFile === undefined) === (cloud === undefined)) {
      const what = "a file with the OS_* variables of the undercloud's Neutron, or a cloud of clouds.yaml";
      if (cloud === undefined) fields.missing("credentialsFile", what);
      else fields.note("cloud", "and credentialsFile are both given: give one of them");
    }
    source = { kind, network, credentialsFile, cloud, vipName: fields.text("vipName") };
  } else if (kind === "dnsmasq") {
    const [hosts, leases] = [fields.path("hosts"), fields.path("leases")];
    if (hosts === undefined && leases === undefined) {
      fields.missing(
        "hosts",
        "dnsmasq's dhcp-hostsdir or dhcp-hostsfile, or as leases its dhcp-leasefile, or both",
      );
    }
    source = { kind, hosts, leases };
  } else {
    const is = kind === undefined ? "is missing" : `is "${kind}"`;
    fields.note("kind", `${is}: give undercloud-neutron or dnsmasq`);
    return undefined;
  }
  fields.end();
  return source;
}

function flag(fields: Fields, field: string): boolean | undefined {
  const value = fields.take(field);
  if (value === undefined || typeof value === "boolean") return value;
  return fields.note(field, "must be true or false");
}

function texts(fields: Fields, field: string): string[] | undefined {
  const value = fields.take(field);
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "");
  if (value === undefined || isList) return value;
  return fields.note(field, "must be a list of texts, none of them empty");
}

function count(fields: Fields, field: string, least: number, most: number): number | undefined {
  const value = fields.take(field);
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  return fields.note(field, `must be a whole number from ${least} to ${most}`);
}
