import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../plan/config/parseConfig";
import { overlaps, parseCidr } from "../../../plan/lab/ipv4";
import { planLab } from "../../../plan/lab/planLab";

/** Every stack file on the page, in its order: stack name and plan. */
const plans = [
  ...readFileSync("docs/two-labs.md", "utf8").matchAll(/```yaml\n# Pulumi\.(\w+)\.yaml\n(.*?)```/gs),
].map(([, stack, text]) => {
  const { config } = parse(text!) as { config: Record<string, unknown> };
  const keys = Object.entries(config).map(([key, value]) => [key.replace(/^ovb:/, ""), value]);
  return planLab(parseConfig(Object.fromEntries(keys), stack!));
});

const subnets = ({ access, ctlplane }: (typeof plans)[number]) =>
  [access, ctlplane].flatMap((network) => ("subnet" in network ? [parseCidr(network.subnet.cidr)!] : []));

test("a stack file for a router each makes one of its own", () => {
  expect(plans[0]).toMatchObject({ name: "ovb-two", router: { kind: "create" } });
});

test("those for one router join it with subnets of which no two overlap, and names of which no two are the same", () => {
  const [, dev, two] = plans;
  for (const plan of [dev!, two!]) expect(plan.router).toMatchObject({ kind: "existing", name: "labs" });
  expect([dev!.name, two!.name]).toEqual(["ovb-dev", "ovb-two"]);
  const all = [...subnets(dev!), ...subnets(two!)];
  expect(all).toHaveLength(4);
  for (const [i, one] of all.entries())
    for (const other of all.slice(i + 1)) expect(overlaps(one, other)).toBe(false);
});
