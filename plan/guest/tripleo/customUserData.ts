import { stringify } from "yaml";
import type { LabPlan } from "../../lab/labPlan";
import { cloudConfig } from "../cloudConfig";
import { mimeMessage } from "./mimeMessage";
import { osNetConfig, tripleoInput, undercloudConf } from "./undercloudFiles";
import { userDataFormat } from "./userDataFormat";

/**
 * An undercloud of the user's own: the given user data, and files in /etc/ovb that say what the lab is, for
 * whatever is installed there. None of them names a node, so that nodes come and go without a new undercloud:
 * `npx ovb inventory` has them.
 */
export function customUserData(plan: LabPlan): string {
  const { name: hostname, authorizedKeys, custom } = plan.undercloud!;
  const tripleo = tripleoInput(plan);
  if (!custom || !tripleo) throw new Error(`${hostname} is no undercloud of the user's own`);
  const facts = {
    lab: plan.name,
    ctlplane: { cidr: tripleo.cidr, gateway: tripleo.gateway, mtu: tripleo.mtu, dns: tripleo.dns },
    undercloud: tripleo.address,
    vips: tripleo.vips,
    ...(plan.bmc && { bmc: plan.bmc.address }),
    bootUrl: plan.ctlplane.bootUrl,
    dhcpRange: tripleo.dhcpRange,
    inspectionRange: tripleo.inspectionRange,
  };
  const ours = cloudConfig({
    ...{ hostname, authorizedKeys },
    files: [
      { path: "/etc/ovb/lab.json", content: `${JSON.stringify(facts, null, 2)}\n` },
      { path: "/etc/ovb/undercloud.conf", content: undercloudConf(tripleo) },
      { path: "/etc/ovb/os-net-config.yaml", content: osNetConfig(tripleo) },
    ],
  });
  if (custom.userData === undefined) return ours;
  // cloud-init's default keeps the first write_files and drops the second; this appends ours.
  const merging = `${ours}merge_how: dict(recurse_array)+list(append)\n`;
  if (userDataFormat(custom.userData) === "container")
    return mimeMessage([
      { type: "text/plain", content: custom.userData }, // cloud-init looks what it is
      { type: "text/cloud-config", content: merging },
    ]);
  const parts = [{ content: custom.userData }, { type: "text/cloud-config", content: merging }];
  return `#cloud-config-archive\n${stringify(parts, { lineWidth: 0 })}`;
}
