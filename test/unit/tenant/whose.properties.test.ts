import { expect, test } from "vitest";
import { Dice, World } from "../../support/ownershipWorld";

/** OVB_OWNERSHIP_STEPS=1000000 OVB_OWNERSHIP_SEED=1 for the long one. */
const steps = Number(process.env.OVB_OWNERSHIP_STEPS ?? 20_000);
const seed = Number(process.env.OVB_OWNERSHIP_SEED ?? 1);
const stepsPerWorld = 200;

test(`whatever ups, kills, failures, destroys, sweeps and lost states come upon a tenant, no command touches what another stack's state knows (${steps} steps, seed ${seed})`, () => {
  const counts = new Map<string, number>();
  const dice = new Dice(seed);
  for (let done = 0; done < steps; done += stepsPerWorld) {
    const worldSeed = dice.upTo(2 ** 31);
    const world = new World(new Dice(worldSeed));
    for (let i = 0; i < stepsPerWorld; i++) {
      try {
        world.step();
        world.checkStale();
      } catch (error) {
        throw new Error(`world ${worldSeed}, step ${i}: ${(error as Error).message}`);
      }
    }
    for (const [what, count] of world.counts) counts.set(what, (counts.get(what) ?? 0) + count);
  }
  if (process.env.OVB_OWNERSHIP_STEPS) console.log(Object.fromEntries([...counts].sort()));
  // The property is about something: all of this came to pass.
  const all = [
    ...["up", "up failed", "up killed", "up refused", "orphan removed", "destroyed", "power"],
    ...["power refused", "swept", "sweep refused", "state lost", "taken over", "stale state refused"],
  ];
  expect(all.filter((what) => (counts.get(what) ?? 0) < steps / 20_000)).toEqual([]);
}, 1_800_000);
