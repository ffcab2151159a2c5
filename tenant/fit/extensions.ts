import type { LabPlan } from "../../plan/lab/labPlan";
import type { Setting } from "../../plan/lab/setting";
import { type Check, fail, ok } from "./check";
import type { Tenant } from "./tenant";

/** Neutron's extensions that a lab is made of, and what each is for. */
const extensions: Readonly<Record<string, string>> = {
  extra_dhcp_opt: "tells nodes what to boot",
  "allowed-address-pairs": "lets the undercloud hold VIPs and 169.254.169.254",
  router: "joins the lab to the outside",
  "security-group": "the firewall of the lab's ports",
  "net-mtu-writable": "lets the lab choose its MTU",
  "standard-attr-tag": "marks what is the lab's",
};

/** Whether this Neutron has what the plan uses. */
export async function checkExtensions({ plan, extensions: ask }: Tenant): Promise<Check[]> {
  const has = await ask();
  const checks = Object.entries(extensions).map(([alias, use]) =>
    has.has(alias)
      ? ok(`extension ${alias}`, use)
      : fail(
          `extension ${alias}`,
          `missing; it ${use}`,
          "A lab needs it: ask the operator, or take another cloud.",
        ),
  );
  return [...checks, judgePortSecurity(plan, has.has("port-security"))];
}

/** The attribute may be missing as long as the plan never sends it. */
export function judgePortSecurity(plan: LabPlan, isThere: boolean): Check {
  const name = "extension port-security";
  const keys = [
    ...(plan.ctlplane.portSecurity === "unset" ? [] : ["ovb:ctlplane.portSecurity"]),
    ...(plan.access.kind === "existing" || plan.access.portSecurity === "unset"
      ? []
      : ["ovb:access.portSecurity"]),
    ...plan.networks.flatMap((network) =>
      network.kind === "create" && network.portSecurity !== "unset"
        ? [`portSecurity of ovb:networks ${network.key}`]
        : [],
    ),
  ];
  if (isThere) return ok(name, "there");
  const fix: Setting[] = [
    ...(plan.ctlplane.portSecurity === "unset" ? [] : [unset("ctlplane")]),
    ...(plan.access.kind === "existing" || plan.access.portSecurity === "unset" ? [] : [unset("access")]),
  ];
  const onPort = plan.ctlplane.dhcpServer === "undercloud" && plan.undercloud !== undefined;
  const advice = [
    ...(keys.length > 0 ? [`Set ${keys.join(", ")} to unset.`] : []),
    ...(onPort ? ["Set ovb:ctlplane.dhcpServer to undercloud-ovn or cloud."] : []),
  ];
  if (advice.length === 0) return ok(name, "missing, and the plan never sends its attribute");
  return fail(name, "missing, so its attribute is refused", advice.join(" "), [
    ...fix,
    ...(onPort ? [{ path: ["ctlplane", "dhcpServer"], value: "cloud" }] : []),
  ]);
}

function unset(section: string): Setting {
  return { path: [section, "portSecurity"], value: undefined };
}
