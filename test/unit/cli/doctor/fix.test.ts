import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../../../../cli/main";
import { authFromEnvironment } from "../../../../openstack/auth";
import { Session } from "../../../../openstack/session";
import { imageCalled, type MemoryCloud } from "../../../support/memoryCloud/cloud";
import { flavorCalled } from "../../../support/memoryCloud/nova";
import { realRules } from "../../../support/memoryCloud/rules";
import { cloudOf, existing } from "../../../support/memoryCloud/worlds";
import { type Printed, takePrinted } from "../../../support/printed";

let cloud: MemoryCloud;
let folder: string;
let file: string;
let printed: Printed;
beforeEach(async () => {
  cloud = await cloudOf({});
  for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
  folder = mkdtempSync(join(tmpdir(), "ovb-fix-"));
  file = join(folder, "Pulumi.qa.yaml");
  printed = takePrinted();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await cloud.stop();
});

const head = "# mine\nconfig:\n";
/** A lab that fits, but for what a test changes. */
const fitting = {
  undercloud:
    "  ovb:undercloud:\n    # what deploys\n    kind: boot-server\n    image: debian-13\n    flavor: m1.small # small\n",
  bmc: "  ovb:bmc:\n    enabled: false\n",
  nodes: "  ovb:nodes:\n    - count: 2 # both\n      flavor: baremetal\n",
};
const text = (change: Partial<typeof fitting> = {}, more = "") =>
  head + Object.values({ ...fitting, ...change }).join("") + more;

async function doctor(of: string, ...options: string[]): Promise<number> {
  writeFileSync(file, of);
  const session = () => new Session(authFromEnvironment(), { sleep: async () => {} });
  return main(["doctor", "--stack", "qa", "--config-file", file, ...options], { session });
}
const fix = (of: string) => doctor(of, "--fix", "--yes");
const now = () => readFileSync(file, "utf8");

describe("doctor --fix", () => {
  test("leaves alone what fits", async () => {
    expect(await fix(text())).toBe(0);
    expect(now()).toBe(text());
  });

  test("names what is there: by a slip, the only one, or what does; comments stay, and the difference is shown", async () => {
    const wrong = text(
      {
        undercloud: fitting.undercloud.replace("debian-13", "debian-11").replace("m1.small #", "m1.smal #"),
        nodes: fitting.nodes.replace("baremetal", "huge"),
      },
      "  ovb:publicNetwork: external\n",
    );
    expect(await fix(wrong), printed.said).toBe(0);
    expect(now()).toBe(text({}, "  ovb:publicNetwork: public\n"));
    for (const line of [
      "-    flavor: m1.smal # small",
      "+    flavor: m1.small # small",
      "+  ovb:publicNetwork: public",
    ])
      expect(printed.out).toContain(`\n${line}\n`);
  });

  test("gives the id of the newest of images of one name", async () => {
    const id = "00000000-0000-4000-8000-000000000001";
    cloud.offers.images!.push({ ...imageCalled("debian-13"), id, created_at: "2999-01-01T00:00:00Z" });
    expect(await fix(text()), printed.said).toBe(0);
    expect(now()).toBe(text().replace("debian-13", id));
  });

  test("takes a flavor that the image fits, and one with a disk", async () => {
    cloud.offers.flavors!.push({ ...flavorCalled("large"), disk: 80, ram: 8192 });
    Object.assign(cloud.offers.images!.find(({ name }) => name === "debian-13")!, { min_disk: 40 });
    Object.assign(cloud.offers.flavors!.find(({ name }) => name === "baremetal")!, { disk: 0 });
    expect(await fix(text()), printed.said).toBe(0);
    expect(now()).toBe(text().replace("m1.small", "large").replace("baremetal", "m1.small"));
  });

  test("plans as many nodes as the quota leaves room for", async () => {
    cloud.nova.limits = { maxTotalInstances: 2, maxTotalCores: 5 };
    expect(await fix(text()), printed.said).toBe(0);
    expect(now()).toBe(text().replace("count: 2", "count: 1"));
  });

  test("writes what only trying shows", async () => {
    cloud.refuse = realRules(cloud, { mostMtu: 1300 });
    cloud.neutron.portSecurity = false;
    expect(await fix(text()), printed.said).toBe(0);
    expect(now()).toBe(
      text(
        {},
        "  ovb:ctlplane:\n    mtu: 1300\n    portSecurity: enabled\n  ovb:access:\n    portSecurity: enabled\n",
      ),
    );
  });

  test("what an attribute, a network or a router of the cloud does not allow is left out", async () => {
    cloud.neutron.extensions = cloud.neutron.extensions.filter((one) => one !== "port-security");
    existing.router(cloud);
    const more = "  ovb:access:\n    router: gate\n    portSecurity: enabled\n    dns: []\n";
    expect(await fix(text({}, more)), printed.said).toBe(0);
    expect(now()).toBe(text({}, "  ovb:access:\n    dns: []\n"));
  });

  test("names the availability zone that was meant", async () => {
    cloud.nova.zones = [
      ["az-one", true],
      ["az-two", true],
    ];
    const more = (zone: string) => text({}, `  ovb:availabilityZones:\n    servers: ${zone}\n`);
    expect(await fix(more("AZ_Two")), printed.said).toBe(0);
    expect(now()).toBe(more("az-two"));
  });

  test("writes nothing where no key helps, and says so", async () => {
    cloud.nova.limits = { maxTotalInstances: 1 };
    expect(await fix(text())).toBe(1);
    expect(printed.said).toContain("no key of the stack's file settles any of it");
    expect(now()).toBe(text());
  });

  test("settles what it can and says what it cannot", async () => {
    cloud.nova.limits = { maxTotalInstances: 1 };
    const wrong = text({ nodes: fitting.nodes.replace("baremetal", "baremetall") });
    expect(await fix(wrong)).toBe(1);
    expect(printed.said).toMatch(/not settled by it: quota of instances: .* needed, 1 of 1 left/);
    expect(now()).toBe(text());
  });

  test("is wrong usage where nobody can be asked, and without it doctor says that it may help", async () => {
    const wrong = text({ nodes: fitting.nodes.replace("baremetal", "baremetall") });
    expect(await doctor(wrong, "--fix")).toBe(2);
    expect(await doctor(wrong)).toBe(1);
    expect(printed.said).toContain("npx ovb doctor --fix");
    expect(now()).toBe(wrong);
  });
});
