import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ImageContent } from "../../components/ipxeImage";
import { LabOwner } from "../../components/labOwner";
import { type BmcSource, VirtualBaremetalLab } from "../../components/virtualBaremetalLab";
import { parseConfig } from "../../plan/config/parseConfig";
import type { LabPlan } from "../../plan/lab/labPlan";
import { planLab } from "../../plan/lab/planLab";
import { type Recording, type Registration, record, shortName } from "./recorder";

/** The tests' own lab. */
const devConfig = Object.fromEntries(
  Object.entries(parse(readFileSync(join(__dirname, "dev.yaml"), "utf8")).config).map(([key, value]) => [
    key.replace(/^ovb:/, ""),
    value,
  ]),
);

/** Ids of everything that the tests' configurations name. */
const cloud = {
  networks: { public: "id-of-public", private: "id-of-private", storage: "id-of-storage" },
  routers: { router: "id-of-router" },
  flavors: {
    "m1.small": "id-of-m1.small",
    undercloud: "id-of-undercloud",
    baremetal: "id-of-baremetal",
    big: "id-of-big",
  },
  images: {
    "debian-13": "id-of-debian-13",
    "ovb-undercloud": "id-of-ovb-undercloud",
    "own-ipxe": "id-of-own-ipxe",
  },
};

export const diskContent: ImageContent = {
  path: "build/ipxe-disk.qcow2",
  format: "qcow2",
  properties: { hw_firmware_type: "bios", os_shutdown_timeout: "1" },
};

const isoContent: ImageContent = {
  path: "build/ipxe.iso",
  format: "iso",
  properties: { hw_rescue_bus: "ide", hw_rescue_device: "cdrom" },
};

/** What the lab's BMC is given; the agent is a stand-in, as no VM runs here. */
export const bmcSource: BmcSource = {
  agent: "// the agent\n",
  cloud: { authUrl: "https://cloud.example:5000/v3", region: "RegionOne", insecure: false },
  accessRules: [{ service: "compute", method: "GET", path: "/v2.1/servers/detail" }],
};

export interface RecordedLab extends Recording<VirtualBaremetalLab> {
  readonly plan: LabPlan;
  /** By type and name: "Port ovb-dev-node-0-ctlplane". */
  readonly byName: ReadonlyMap<string, Registration>;
}

/** Registers, on the mocks, the dev lab with some keys of its configuration replaced. */
export async function recordLab(
  raw: Record<string, unknown> = {},
  disk = diskContent,
  bmc = bmcSource,
  ironicPassword?: string,
): Promise<RecordedLab> {
  const plan = planLab(parseConfig({ ...devConfig, ...raw }, "dev"));
  const images = {
    disk: plan.images.disk.kind === "existing" ? undefined : disk,
    iso: plan.images.iso && isoContent,
  };
  const recording = await record(
    // As the program does it: the owner first.
    () => {
      const owner = new LabOwner(plan.name);
      return new VirtualBaremetalLab(plan.name, { plan, cloud, images, bmc, ironicPassword, owner });
    },
  );
  const byName = new Map(recording.registrations.map((r) => [shortName(r.urn), r]));
  return { ...recording, plan, byName };
}

/** Type, name and inputs of each cloud resource, sorted. */
export function inputsOf(lab: RecordedLab): Record<string, Record<string, unknown>> {
  const resources = [...lab.byName].filter(([, { custom }]) => custom);
  return Object.fromEntries(resources.sort().map(([name, { inputs }]) => [name, inputs]));
}
