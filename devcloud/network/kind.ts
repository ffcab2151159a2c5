import type { CloudFile } from "../config/cloudFile";
import type { Ini } from "../config/ini";
import type { CloudSettings } from "../config/settings";
import type { Service } from "../service";

/**
 * Neutron's backend, and all that tells one from the other. The kinds share the Debian root, the switch (switch.ts)
 * and every other service.
 */
export interface NetworkKind {
  /** As `status` calls it. */
  title: string;
  /** What neutron.conf has beside what it has with each. */
  neutron: Ini;
  /** ml2.ini, the configuration of Neutron's core plugin. */
  ml2: Ini;
  /** Those of its agents. */
  files(settings: CloudSettings): CloudFile[];
  /** Beside the switch and neutron-api. */
  services: readonly Service[];
  /** Bridges beside br-int and the external network's. */
  bridges: readonly string[];
  /** Columns of the switch's table Open_vSwitch, such as "external_ids:ovn-encap-type". */
  switchSettings: Readonly<Record<string, string>>;
  /** `binary` of each agent that Neutron is to have heard from before a cloud is ready. */
  agents: readonly string[];
  /** Shell, in the box, tried again and again in one shell: succeeds once the agents do what they are asked. */
  agentsAnswer: string;
  /** Shell, in the box: prints the ports of br-int that are in the network whose id is $1, a name a line. */
  portsOfNetwork: string;
  /** Shell, in the box: makes anew what was lost when ovs-vswitchd was started again. */
  mend: string;
}
