import { userDataFormat } from "../guest/tripleo/userDataFormat";
import { isHost, toNumber } from "../lab/ipv4";
import type { Layout } from "../lab/layout";
import type { LabConfig } from "../lab/schema/configSchema";
import { fixedHolders, meets } from "./addressBook";
import type { Note, Path } from "./problem";

/** Checks what belongs to one kind of undercloud and not to another. */
export function checkUndercloud(config: LabConfig, where: Layout, note: Note): void {
  const { kind, userData, userDataFile } = config.undercloud;
  const only = (keys: readonly (keyof LabConfig["undercloud"])[], kinds: readonly string[]) => {
    for (const key of keys) {
      if (config.undercloud[key] !== undefined && !kinds.includes(kind))
        note(["undercloud", key], `is for ovb:undercloud.kind ${kinds.join(" and ")} only, not ${kind}`);
    }
  };
  only(["userData", "userDataFile"], ["custom"]);
  only(["dhcpRange", "inspectionRange"], ["custom", "none"]);
  if (userData !== undefined && userDataFile !== undefined)
    note(["undercloud", "userDataFile"], "is given beside ovb:undercloud.userData; leave one of them out");
  const format = kind === "custom" && userData !== undefined ? userDataFormat(userData) : "part";
  if (typeof format === "object") note(["undercloud", "userData"], format.problem);
  if (kind === "none" && !config.undercloud.address)
    note(["undercloud", "address"], "is required when ovb:undercloud.kind is none: nodes boot from there");
  if (kind === "ironic" && !config.bmc.enabled && config.undercloud.ironic.password === undefined)
    note(
      ["undercloud", "ironic", "password"],
      "is required without a BMC, whose credential it is made of otherwise: npx ovb pulumi -- config set --secret --path " +
        "ovb:undercloud.ironic.password; or set ovb:undercloud.kind to boot-server",
    );
  for (const name of ["kernel", "ramdisk", "image"] as const) {
    if (config.undercloud.ironic[name] && config.undercloud.ironic.files[name] !== undefined)
      note(
        ["undercloud", "ironic", "files", name],
        `is given beside ovb:undercloud.ironic.${name}; leave one of them out`,
      );
  }
  if (kind === "custom" || kind === "none") checkRanges(config, where, note);
}

function checkRanges(config: LabConfig, where: Layout, note: Note): void {
  const dhcp: Path = ["undercloud", "dhcpRange"];
  const inspection: Path = ["undercloud", "inspectionRange"];
  const holders = fixedHolders(config, where);
  for (const [path, range] of [
    [dhcp, where.dhcpRange],
    [inspection, where.inspectionRange],
  ] as const) {
    const shown = `${range.start} to ${range.end}`;
    if (!isHost(where.ctlplane, range.start) || !isHost(where.ctlplane, range.end))
      note(path, `${shown} is not within the hosts of ovb:ctlplane.cidr ${config.ctlplane.cidr}`);
    else if (toNumber(range.start) > toNumber(range.end))
      note(path, `${shown} ends before it starts; swap the two`);
    else if (meets(range, where.pool))
      note(path, `${shown} meets ovb:ctlplane.pool, from which the cloud gives addresses; choose another`);
    const holder = holders.find(({ address }) => meets(range, { start: address, end: address }));
    if (holder) note(path, `${shown} holds ${holder.address}, the address of ${holder.name}; choose another`);
  }
  if (meets(where.dhcpRange, where.inspectionRange))
    note(inspection, "meets ovb:undercloud.dhcpRange; a TripleO undercloud refuses that");
}
