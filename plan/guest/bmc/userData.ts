import { randomBytes } from "node:crypto";
import { labKey, withLabKey } from "../../lab/labKey";
import type { LabPlan } from "../../lab/labPlan";
import { type CloudConfigInput, cloudConfig } from "../cloudConfig";
import { type AgentCloud, cloudVariables } from "../cloudVariables";
import { compressedUserData, mostUserDataCharacters } from "../compressed";
import { packagesSetup } from "../packages/packages";
import { networkSetup } from "./network";
import { setupScript } from "./setupScript";
import { agentFolder, agentUnit, configFolder, needsLowPorts, setupUnit } from "./units";

export interface BmcSecrets {
  readonly credential: { readonly id: string; readonly secret: string };
  /** Of IPMI and Redfish. */
  readonly password: string;
}

export interface BmcUserDataInput extends BmcSecrets {
  /** The agent as one file for Node.js. */
  readonly agent: string;
  readonly cloud: AgentCloud;
}

/** Of /metrics and /healthz, on the VM's loopback. */
const metricsPort = 9623;

/**
 * The BMC VM's user data, as Nova takes it: base64 of gzip of a cloud-config. The same text for the same input, because a
 * changed one replaces the VM; in modes `port` and `address` the lab's nodes are no part of it. It holds secrets.
 */
export function bmcUserData(plan: LabPlan, input: BmcUserDataInput): string {
  return compressedUserData(bmcCloudConfig(plan, input));
}

/**
 * Whether Nova would refuse the user data for its size, tried with secrets as long as Keystone's.
 * @returns what is wrong and the way out
 */
export function bmcUserDataProblem(
  plan: LabPlan,
  input: Omit<BmcUserDataInput, keyof BmcSecrets>,
): string | undefined {
  // Random, as real ones are: they do not compress.
  const credential = { id: randomBytes(16).toString("hex"), secret: randomBytes(64).toString("base64url") };
  const keyed = withLabKey(plan, labKey(credential.secret, plan.name).publicKey);
  const { length } = bmcUserData(keyed, { ...input, credential, password: "0123456789abcdef" });
  if (length <= mostUserDataCharacters) return undefined;
  return (
    `The BMC's user data has ${length} characters, more than Nova's ${mostUserDataCharacters}: ` +
    "shorten ovb:authorizedKeys, or the certificate in OS_CACERT. Nothing was created."
  );
}

/** The same before compression. */
export function bmcCloudConfig(plan: LabPlan, input: BmcUserDataInput): string {
  const bmc = plan.bmc!;
  const { agent, cloud, credential, password } = input;
  const https = bmc.redfish.httpsPort !== undefined;
  const network = networkSetup(plan);
  const certificate = https ? { name: bmc.name, addresses: [bmc.address] } : undefined;
  const after = ["ovb-bmc-setup.service", ...(network ? ["ovb-bmc-network.service"] : [])];
  const caFile = `${agentFolder}/cloud-ca.pem`;
  const environment = [
    ...(cloud.caCertificate ? [`NODE_EXTRA_CA_CERTS=${caFile}`] : []),
    ...(cloud.insecure ? ["NODE_TLS_REJECT_UNAUTHORIZED=0"] : []),
  ];
  const unit = agentUnit({ lowPorts: needsLowPorts(bmc), certificate: https, after, environment });
  const setup = setupScript({ folder: agentFolder, nodePath: bmc.nodePath, certificate });
  const script = (name: string, content: string) => ({ path: `${agentFolder}/${name}`, content });
  const service = (name: string, content: string) => ({
    path: `/etc/systemd/system/${name}.service`,
    content,
  });
  const secret = (name: string, content: string) => ({
    path: `${configFolder}/${name}`,
    content,
    permissions: "0600",
  });
  const packages = packagesSetup(plan.packages);
  const files: CloudConfigInput["files"] = [
    script("bmc-agent.js", agent),
    script("bmc-setup.sh", setup),
    ...(network?.script ? [script("bmc-nics.sh", network.script)] : []),
    ...(cloud.caCertificate ? [{ path: caFile, content: cloud.caCertificate }] : []),
    { path: `${configFolder}/bmc.json`, content: agentConfig(plan) },
    secret("bmc-password", `${password}\n`),
    secret("bmc-cloud", cloudVariables(cloud, credential)),
    service("ovb-bmc-setup", setupUnit()),
    ...(network ? [service("ovb-bmc-network", network.unit)] : []),
    service("ovb-bmc", unit),
    ...packages.files,
  ];
  return cloudConfig({
    hostname: bmc.name,
    authorizedKeys: bmc.authorizedKeys,
    files,
    commands: [
      ...packages.commands,
      ["systemctl", "daemon-reload"],
      // Not waiting: an installation of Node.js takes its time, and is no part of the boot.
      ["systemctl", "enable", "--now", "--no-block", "ovb-bmc.service"],
    ],
  });
}

/** agent/bmc/config.ts reads it. Names without a slash are systemd's credentials. */
function agentConfig({ name, bmc, images }: LabPlan): string {
  const { address, username, redfish } = bmc!;
  const config = {
    lab: name,
    address,
    username,
    passwordFile: "password",
    credentialsFile: "cloud",
    stateFile: "/var/lib/ovb-bmc/state.json",
    redfish: {
      httpPort: redfish.httpPort,
      ...(redfish.httpsPort !== undefined && {
        httpsPort: redfish.httpsPort,
        certFile: "redfish-cert",
        keyFile: "redfish-key",
      }),
    },
    metricsPort,
    faults: bmc!.faults || undefined,
    // Its own images the agent finds by the lab's tag.
    images: {
      iso: images.iso?.kind === "existing" ? images.iso.name : undefined,
      disk: images.disk.kind === "existing" ? images.disk.name : undefined,
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
