import { serversMicroversion, stableRescueMicroversion } from "../../openstack/nova";
import { type Check, fail, ok, warn } from "./check";
import type { Tenant } from "./tenant";

/** Whether this Nova can do what a lab's BMC asks of it. */
export async function checkMicroversions({ plan, microversions }: Tenant): Promise<Check[]> {
  const { newest } = await microversions();
  const spoken = `Nova speaks up to ${newest}`;
  const tooOld = "The cloud's Nova is too old; another region or cloud is the way out.";
  const servers = isAtLeast(newest, serversMicroversion)
    ? ok("microversion of servers and rebuild", `${spoken}, ${serversMicroversion} is needed`)
    : fail("microversion of servers and rebuild", `${spoken}, ${serversMicroversion} is needed`, tooOld);
  const name = "microversion of rescue";
  const rescue = `${stableRescueMicroversion} keeps the node's disk in a rescue`;
  if (isAtLeast(newest, stableRescueMicroversion)) return [servers, ok(name, `${spoken}, ${rescue}`)];
  if (!plan.images.iso) return [servers, ok(name, `${spoken}, and the lab has no rescue image`)];
  const advice = "Network-boot the nodes by rebuild, or by their iPXE disk alone; see docs/bmc.md.";
  return [servers, warn(name, `${spoken}, ${rescue}`, advice)];
}

/** "2.9" comes before "2.10". */
export function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
