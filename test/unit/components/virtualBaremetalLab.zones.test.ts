import { expect, it } from "vitest";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import { diffPlans } from "../../../plan/review/planDiff";
import { planText } from "../../../plan/review/planText";
import { inputsOf, recordLab } from "../../support/recordLab";

const zones = { availabilityZones: { servers: "az1", networks: ["n1", "n2"], routers: ["r1"] } };

it("unset, no input names a zone", async () => {
  const all = JSON.stringify(inputsOf(await recordLab()));
  expect(all).not.toMatch(/zone/i);
});

it("servers have their own zone or the lab's, networks and router their hints; URNs and all else stay", async () => {
  const plain = inputsOf(await recordLab());
  const raw = {
    ...zones,
    nodes: [{ name: "node", count: 2, flavor: "baremetal", availabilityZone: "edge" }],
  };
  const zoned = inputsOf(await recordLab(raw));
  expect(Object.keys(zoned)).toEqual(Object.keys(plain));
  const named = Object.entries(zoned).flatMap(([name, { availabilityZone, availabilityZoneHints }]) =>
    availabilityZone || availabilityZoneHints ? [[name, availabilityZone ?? availabilityZoneHints]] : [],
  );
  expect(Object.fromEntries(named)).toEqual({
    "Instance ovb-dev-bmc": "az1",
    "Instance ovb-dev-undercloud": "az1",
    "Instance ovb-dev-node-0": "edge",
    "Instance ovb-dev-node-1": "edge",
    "Network ovb-dev-access": ["n1", "n2"],
    "Network ovb-dev-ctlplane": ["n1", "n2"],
    "Router ovb-dev-router": ["r1"],
  });
  const without = Object.fromEntries(
    Object.entries(zoned).map(([name, { availabilityZone: _, availabilityZoneHints: __, ...rest }]) => [
      name,
      rest,
    ]),
  );
  expect(JSON.parse(JSON.stringify(without))).toEqual(JSON.parse(JSON.stringify(plain)));
});

it("the plan shows them, and a change of one is a replacement", () => {
  const plan = (raw: object) => planLab(parseConfig({ ...raw }, "dev"));
  const text = planText(plan(zones));
  expect(text).toMatch(/ZONE|Zone/);
  expect(text.replace(/\s+/g, " ")).toContain("Availability zones of networks: n1, n2; of the router: r1.");
  expect(planText(plan({}))).not.toMatch(/zone/i);
  const to = (raw: object) =>
    diffPlans(plan(zones), plan(raw)).changes.map(({ name, action }) => `${action} ${name}`);
  const moved = to({ availabilityZones: { ...zones.availabilityZones, servers: "az2" } });
  expect(moved.filter((one) => one.startsWith("replace"))).toEqual(
    expect.arrayContaining(
      ["bmc", "undercloud", "node-0", "node-1"].map((name) => `replace ovb-dev-${name}`),
    ),
  );
});

it("a zone is a name, once, without a host", () => {
  const parse = (availabilityZones: object) => () => parseConfig({ availabilityZones }, "dev");
  expect(parse({ servers: "az1:host" })).toThrow('ovb:availabilityZones.servers "az1:host": must be a zone');
  expect(parse({ networks: ["a", "a"] })).toThrow("must name each zone once");
});
