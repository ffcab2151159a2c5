import { afterAll, expect, test } from "vitest";
import { killUp } from "./killUp";
import { inventory } from "./tenant";
import { succeeded, TestLab } from "./testLab";

const lab = new TestLab("killed", {
  lab: "ovb-killed",
  nodes: [{ count: 1 }],
  bmc: { readinessTimeout: 0 }, // what is proven here is what the cloud holds
});

afterAll(async () => {
  await lab.destroy();
  lab.remove();
});

async function killedAt(moment: RegExp): Promise<void> {
  expect(await killUp(lab, (text) => moment.test(text))).toBe(true);
}

test("an up that is killed can be repeated, and destroy then leaves nothing of the killed ones either", async () => {
  const before = await inventory();
  await killedAt(/networking:Network \S+ creating/);
  await killedAt(/networking:SecGroupRule \S+ creating/);
  await killedAt(/networking:SubnetRoute \S+ creating/);
  await killedAt(/networking:Port \S+ creating/);
  await killedAt(/compute:Instance \S+ creating/);
  succeeded(await lab.up());
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
}, 1_800_000);
