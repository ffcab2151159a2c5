import { dropAdoptMark } from "./adopt";
import type { IronicClient } from "./client";
import { getNode, isBeingDeployed, manage, setProvisionState, waitForState } from "./node";

/** An image for Ironic's `direct` deploy interface, as the undercloud and the nodes can fetch it. */
export interface DeployImage {
  readonly url: string;
  /** SHA-256 in hexadecimal, or the URL of a file that has it. */
  readonly checksum: string;
  readonly format: "raw" | "qcow2";
}

export interface ConfigDrive {
  readonly meta_data: Readonly<Record<string, unknown>>;
  /** Text for cloud-init. */
  readonly user_data?: string;
  readonly network_data?: object;
}

export interface DeployOptions {
  readonly image: DeployImage;
  readonly configDrive: ConfigDrive;
  /** Whether to inspect it first. */
  readonly inspect: boolean;
  /** For each of the steps. */
  readonly timeoutMs: number;
  /** Told each state, with the seconds since the beginning. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes a node that is enrolled to `active`, by whatever steps are missing. One that is active already is left alone.
 * @returns whether anything was done or waited for
 * @throws NodeFailed
 */
export async function deployNode(
  client: IronicClient,
  name: string,
  options: DeployOptions,
): Promise<boolean> {
  const { image, timeoutMs, signal } = options;
  const waiting = { timeoutMs, signal, report: (state: string) => options.report(`${name}: ${state}`) };
  const step = async (target: Parameters<typeof setProvisionState>[2], wanted: string, more?: object) => {
    await setProvisionState(client, name, target, more);
    return waitForState(client, name, wanted, waiting);
  };
  const node = await getNode(client, name);
  let { provision_state: state } = node;
  if (state === "active") return false;
  // Under way, by us before a Ctrl-C or by somebody else: it is seen to its end.
  if (isBeingDeployed(node)) {
    await waitForState(client, name, "active", waiting);
    return true;
  }
  if (state === "enroll" || state === "inspect failed" || state === "clean failed")
    ({ provision_state: state } = await manage(client, name, waiting));
  if (state === "manageable" && options.inspect) await step("inspect", "manageable");
  if (state === "manageable") await step("provide", "available");
  const isUrl = /^https?:/.test(image.checksum);
  const instanceInfo = {
    image_source: image.url,
    image_disk_format: image.format,
    ...(isUrl
      ? { image_checksum: image.checksum }
      : { image_os_hash_algo: "sha256", image_os_hash_value: image.checksum }),
  };
  await client.call("PATCH", `/v1/nodes/${name}`, [
    { op: "replace", path: "/instance_info", value: instanceInfo },
    ...dropAdoptMark(node),
  ]);
  await step("active", "active", { configdrive: options.configDrive });
  return true;
}
