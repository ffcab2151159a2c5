import { stringify } from "yaml";
import { type CloudConfigInput, cloudConfig } from "../userData";
import { osNetConfig, type TripleoInput, undercloudConf } from "./tripleo";

export interface CustomInput extends Pick<CloudConfigInput, "hostname" | "authorizedKeys"> {
  readonly lab: string;
  /** The user's own: #cloud-config, a #! script or whatever else cloud-init takes as text. Absent: the image does it all. */
  readonly userData?: string;
  readonly tripleo: TripleoInput;
  readonly bootUrl: string;
  /** Absent in a lab without BMC. */
  readonly bmc?: string;
}

/**
 * An undercloud of the user's own: the given user data, and files in /etc/ovb that say what the lab is, for
 * whatever is installed there. None of them names a node, so that nodes come and go without a new undercloud:
 * `npx ovb inventory` has them.
 */
export function customUserData({ lab, userData, tripleo, bootUrl, bmc, ...host }: CustomInput): string {
  const facts = {
    lab,
    ctlplane: { cidr: tripleo.cidr, gateway: tripleo.gateway, mtu: tripleo.mtu, dns: tripleo.dns },
    undercloud: tripleo.address,
    vips: tripleo.vips,
    ...(bmc && { bmc }),
    bootUrl,
    dhcpRange: tripleo.dhcpRange,
    inspectionRange: tripleo.inspectionRange,
  };
  const ours = cloudConfig({
    ...host,
    files: [
      { path: "/etc/ovb/lab.json", content: `${JSON.stringify(facts, null, 2)}\n` },
      { path: "/etc/ovb/undercloud.conf", content: undercloudConf(tripleo) },
      { path: "/etc/ovb/os-net-config.yaml", content: osNetConfig(tripleo) },
    ],
  });
  if (userData === undefined) return ours;
  // cloud-init's default keeps the first write_files and drops the second; this appends ours.
  const merging = `${ours}merge_how: dict(recurse_array)+list(append)\n`;
  const parts = [{ content: userData }, { type: "text/cloud-config", content: merging }];
  return `#cloud-config-archive\n${stringify(parts, { lineWidth: 0 })}`;
}
