import { Cloud } from "./cloud";
import { authUrl } from "./config/settings";
import { networkKinds } from "./network/kinds";
import { openstackRelease } from "./packages";

export type CloudState = "up" | "starting" | "degraded" | "dead";

export interface CloudStatus {
  name: string;
  /** up: all services run; degraded: some do not; starting: an `up` is at it; dead: only files are left. */
  state: CloudState;
  /** Such as "2025.1", and Neutron's backend. */
  release?: string;
  network?: string;
  fakeCompute?: boolean;
  /** ISO 8601. */
  startedAt?: string;
  authUrl?: string;
  /** Service → supervisord's word for its state. */
  services: Record<string, string>;
}

/** The state of one cloud that has files. */
async function cloudStatus(name: string): Promise<CloudStatus> {
  const cloud = new Cloud(name);
  const first = cloud.process();
  const record = cloud.record();
  const kind = record && networkKinds[record.network];
  const known = {
    release: kind && openstackRelease,
    network: kind?.title,
    fakeCompute: record?.fakeCompute,
    startedAt: record?.startedAt,
  };
  if (cloud.starter() !== undefined) return { name, state: "starting", ...known, services: {} };
  if (first === undefined || !record?.ready) return { name, state: "dead", ...known, services: {} };
  const services = Object.fromEntries(await cloud.services(first));
  const states = Object.values(services);
  const good = states.length > 0 && states.every((state) => state === "RUNNING");
  return { name, state: good ? "up" : "degraded", ...known, authUrl, services };
}

/** Prints all clouds; JSON is an array of CloudStatus. The exit status is 1 when one is degraded or dead. */
export async function showStatus(json: boolean): Promise<number> {
  const all = await Promise.all(Cloud.names().map(cloudStatus));
  if (json) console.log(JSON.stringify(all, null, 2));
  else if (all.length === 0) console.log("no cloud is there: devcloud up starts one");
  if (!json) {
    for (const { name, state, release, network, fakeCompute, startedAt, services } of all) {
      const facts = [
        `${name}: ${state}`,
        ...(release === undefined ? [] : [`OpenStack ${release}`, network]),
        ...(fakeCompute ? ["fake compute"] : []),
        ...(startedAt === undefined ? [] : [`since ${startedAt}`]),
      ];
      console.log(facts.join(", "));
      for (const [service, word] of Object.entries(services)) console.log(`  ${service.padEnd(20)} ${word}`);
    }
  }
  return all.every(({ state }) => state === "up" || state === "starting") ? 0 : 1;
}
