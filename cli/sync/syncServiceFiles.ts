import { bundleAgent } from "../../agent/service/bundle";
import type { AgentCloud } from "../../plan/guest/cloudVariables";
import { type InstalledFile, installScript } from "../../plan/guest/sync/installScript";
import { serviceName, settingsFolder, syncUnit } from "../../plan/guest/sync/serviceUnit";
import type { SyncServiceChoice } from "./syncServiceConfig";

export interface SyncServiceInput {
  readonly lab: string;
  readonly options: SyncServiceChoice;
  /** Of `syncServiceConfig`. */
  readonly config: object;
  readonly cloud: AgentCloud;
  /** The text of --undercloud-env. */
  readonly undercloudEnv?: string;
}

/** What the undercloud needs, by file name, but for the cloud's credentials, which are made last. */
export async function syncServiceFiles(input: SyncServiceInput): Promise<Record<string, string>> {
  const { lab, options, config, cloud, undercloudEnv } = input;
  const { groups, reads } = { groups: options.group ?? [], reads: [options.hosts, options.leases] };
  const unit = syncUnit({
    lab,
    groups,
    undercloudEnv: undercloudEnv ? `${settingsFolder}/undercloud.env` : options.undercloudEnvPath,
    environment: [
      ...(cloud.caCertificate ? [`NODE_EXTRA_CA_CERTS=${settingsFolder}/ca.pem`] : []),
      ...(cloud.insecure ? ["NODE_TLS_REJECT_UNAUTHORIZED=0"] : []),
    ],
  });
  const files: Partial<Record<InstalledFile, string>> = {
    "ovb-sync.js": (await bundleAgent("sync/main.ts")).code,
    "ovb-sync.json": `${JSON.stringify(config, undefined, 2)}\n`,
    [serviceName]: unit,
    ...(cloud.caCertificate && { "ca.pem": cloud.caCertificate }),
    ...(undercloudEnv && { "undercloud.env": undercloudEnv }),
  };
  const script = installScript({
    lab,
    groups,
    undercloudEnv: options.undercloudEnvPath,
    files: [...(Object.keys(files) as InstalledFile[]), "cloud.env"],
    reads: reads.filter((path) => path !== undefined),
  });
  return { ...files, "install.sh": script };
}
