import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import type { Secret } from "../../openstack/secret";
import { AgentConfigError, readConfigFile } from "../service/configFile";
import { Fields } from "../service/fields";

/** What an agent is told. Its nodes are not in here: it reads them from their servers' tags. */
export interface AgentConfig {
  readonly lab: string;
  /** Where everything but the metrics listens, unless a node's tag names an address of its own. */
  readonly address: string;
  readonly username: string;
  readonly password: Secret;
  readonly stateFile: string;
  readonly redfish: {
    readonly httpPort?: number;
    readonly https?: { readonly port: number; readonly cert: string; readonly key: Secret };
  };
  /** Of /metrics and /healthz, on 127.0.0.1 only. Absent: none. */
  readonly metricsPort?: number;
  /** Whether faults may be wished for, at /faults beside the metrics. */
  readonly faults?: boolean;
  /** Glance names; see `BootImagesOptions`. */
  readonly images: { readonly iso?: string; readonly disk?: string };
  /** Lines of NAME=VALUE with the cloud's credentials, beside the environment's. */
  readonly credentialsFile?: string;
}

/** @throws AgentConfigError */
export function readAgentConfig(file: string, env: NodeJS.ProcessEnv = process.env): AgentConfig {
  return checkAgentConfig(readConfigFile(file), file, env);
}

/**
 * Checks by hand rather than by zod, which alone is larger than what cloud-init's user data has room for.
 * @param source how to call it in a message
 * @throws AgentConfigError
 */
export function checkAgentConfig(raw: unknown, source: string, env: NodeJS.ProcessEnv): AgentConfig {
  const problems: string[] = [];
  const top = new Fields(raw, "", problems, env);
  const lab = top.text("lab") ?? top.missing("lab", "the lab's name, as its servers' tag ovb:lab has it");
  const address = top.text("address") ?? "0.0.0.0";
  if (!isIP(address)) top.note("address", `is "${address}", no IP address: 0.0.0.0 is all of this machine's`);
  const username = top.text("username") ?? "admin";
  top.bytes("username", username, 16);
  const password = top.secretFile("passwordFile") ?? top.missing("passwordFile", "a file with the password");
  if (password !== undefined) top.bytes("passwordFile", password.reveal(), 20);
  const stateFile =
    top.text("stateFile") ?? top.missing("stateFile", "where to remember what is under way, across restarts");
  const metricsPort = top.port("metricsPort");
  const credentialsFile = top.path("credentialsFile");
  const faults = top.take("faults") ?? false;
  if (typeof faults !== "boolean") top.note("faults", "must be true or false");
  if (faults && metricsPort === undefined) top.note("faults", "are asked for at metricsPort: give that too");
  const images = top.inner("images");
  const names = { iso: images.text("iso"), disk: images.text("disk") };
  const redfish = top.inner("redfish");
  const httpPort = redfish.port("httpPort");
  const https = httpsOf(redfish);
  for (const fields of [images, redfish, top]) fields.end();
  if (problems.length > 0 || lab === undefined || password === undefined || stateFile === undefined) {
    throw new AgentConfigError(source, problems);
  }
  return {
    ...{ lab, address, username, password, stateFile, metricsPort, credentialsFile },
    faults: faults === true,
    images: names,
    redfish: { httpPort, https },
  };
}

function httpsOf(redfish: Fields): AgentConfig["redfish"]["https"] {
  const port = redfish.port("httpsPort");
  const cert = redfish.file("certFile");
  const key = redfish.secretFile("keyFile");
  if (port === undefined) return undefined;
  if (cert === undefined) redfish.missing("certFile", "the certificate for httpsPort, PEM");
  if (key === undefined) redfish.missing("keyFile", "the certificate's key for httpsPort, PEM");
  if (cert === undefined || key === undefined) return undefined;
  try {
    createSecureContext({ cert, key: key.reveal() });
  } catch (error) {
    redfish.note(
      "certFile",
      `and keyFile are no certificate and its key in PEM (${(error as Error).message})`,
    );
  }
  return { port, cert, key };
}
