import { parseConfig } from "../../plan/config/parseConfig";
import { type Inventory, type InventoryFacts, labInventory } from "../../plan/inventory/inventory";
import { planLab } from "../../plan/lab/planLab";

/** What a derived password looks like: base64url, 16 characters. */
export const bmcPassword = "dGVzdC1f_3NlY3Jl";

/** A TripleO lab with a second NIC a controller, as the stack's output would hold it. */
export function tripleoLab(
  raw: Record<string, unknown> = {},
  outside: Partial<InventoryFacts> = { undercloudFloatingIp: "198.51.100.9" },
): Inventory {
  const config = {
    networks: [{ name: "storage" }, { name: "office", network: "of-others" }],
    nodes: [
      { name: "control", count: 3, profile: "control", networks: ["storage", "office"] },
      { name: "big-compute", count: 1, profile: "compute", flavor: "big" },
    ],
    ...raw,
  };
  const plan = planLab(parseConfig(config, "dev"));
  const chosen = plan.nodes.flatMap(({ ports }) => ports).filter(({ mac }) => mac === undefined);
  return labInventory(plan, {
    flavors: {
      baremetal: { vcpus: 4, ram: 8192, disk: 50 },
      big: { vcpus: 8, ram: 16384, disk: 0 },
    },
    macs: Object.fromEntries(chosen.map(({ name }, i) => [name, `fa:16:3e:00:00:${10 + i}`])),
    ...outside,
    bmcPassword,
  });
}
