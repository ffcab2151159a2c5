import { undercloudMode } from "../../plan/lab/dhcpFindings";
import type { TestLab } from "./testLab";

/** How the undercloud serves the nodes' DHCP on this cloud, as doctor finds out: the mode to take. */
export async function nodeDhcpMode(lab: TestLab) {
  const { stdout } = await lab.ovb("doctor", ["--format", "json"]);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; message: string }[] };
  const found = checks.find((one) => one.name === "Neutron's backend")!.message;
  const isOvn = found.startsWith("OVN");
  const dhcpServer = undercloudMode(isOvn ? "ovn" : "agents");
  console.log(`${found}: ${dhcpServer}`);
  return { isOvn, ctlplane: { dhcpServer } };
}
