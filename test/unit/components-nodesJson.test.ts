import { expect, test } from "vitest";
import { parseConfig } from "../../plan/config";
import { nodesJson } from "../../plan/nodesJson";
import { planLab } from "../../plan/planLab";

const flavors = { baremetal: { vcpus: 4, ram: 8192, disk: 50 }, big: { vcpus: 8, ram: 16384, disk: 100 } };
const plan = (raw: Record<string, unknown>) => planLab(parseConfig(raw, "dev"));

test("each node as Ironic's tools read it, with its flavor's size", () => {
  const lab = plan({
    nodes: [
      { name: "control", count: 1 },
      { name: "compute", count: 1, flavor: "big", image: "own" },
    ],
  });
  const text = nodesJson(lab, flavors);
  expect(text.endsWith("}\n")).toBe(true);
  expect(JSON.parse(text)).toEqual({
    nodes: [
      {
        name: "ovb-dev-control-0",
        arch: "x86_64",
        cpu: 4,
        memory: 8192,
        disk: 50,
        ports: [{ address: lab.nodes[0]?.mac, physical_network: "ctlplane" }],
        pm_type: "ipmi",
        pm_addr: "192.0.2.241",
        pm_port: lab.nodes[0]?.ipmiPort,
        capabilities: "boot_option:local,boot_mode:bios",
      },
      expect.objectContaining({
        name: "ovb-dev-compute-0",
        cpu: 8,
        // The firmware of an image that is not the lab's own is not known.
        capabilities: "boot_option:local",
      }),
    ],
  });
});

test("without a BMC there is no power management to name", () => {
  const { nodes } = JSON.parse(nodesJson(plan({ bmc: { enabled: false } }), flavors));
  expect(Object.keys(nodes[0]).filter((key) => key.startsWith("pm_"))).toEqual([]);
});

test("UEFI is said", () => {
  const { nodes } = JSON.parse(nodesJson(plan({ images: { disk: { firmware: "uefi" } } }), flavors));
  expect(nodes[0].capabilities).toBe("boot_option:local,boot_mode:uefi");
});

test("a flavor of unknown size is named", () => {
  expect(() => nodesJson(plan({}), {})).toThrow(
    'The size of flavor "baremetal" of node ovb-dev-node-0 is not known',
  );
});
