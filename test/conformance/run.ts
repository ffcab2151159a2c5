import { checks } from "./checks";
import { prepareClients } from "./clients";
import { startWorld } from "./world";

/*
 * `npm run check:conformance [-- WORDS]`: the real agent on loopback, with a Nova whose tasks take seconds, against clients that
 * were written by others: DMTF's validators, FreeIPMI, fence-agents, ipmitool. They come from PyPI and Debian into the cache.
 * @param WORDS run only the checks whose names have them
 */
async function main(): Promise<void> {
  const words = process.argv.slice(2).join(" ");
  const clients = prepareClients();
  const world = await startWorld();
  let faults = 0;
  try {
    for (const check of checks(world, clients)) {
      if (!check.name.includes(words)) continue;
      if (check.missing !== undefined) {
        console.log(`skip  ${check.name}: ${check.missing}`);
        continue;
      }
      const began = performance.now();
      const wrong = await check.run();
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${wrong.length === 0 ? "ok   " : "FAULT"} ${check.name} (${seconds} s)`);
      for (const line of wrong) console.log(`        ${line.replaceAll("\n", "\n        ")}`);
      faults += wrong.length;
    }
  } finally {
    await world.stop();
  }
  console.log(faults === 0 ? "No faults." : `${faults} faults.`);
  process.exitCode = faults === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
