import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { ovb } from "../../cli/stack/environment";
import { median, onBenchCloud } from "./benchCloud";

/*
 * `npm run bench:rebuild [-- --nodes 8 --parallel 1,8 --runs 3]`: how long `ovb rebuild --all` takes with so many nodes
 * at a time, on a devcloud of its own. Prints a Markdown table of medians, with the range behind, and the ratio of the
 * first row to each. `--inside`: on the cloud that the environment names.
 */
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "8" },
    parallel: { type: "string", default: "1,8" },
    runs: { type: "string", default: "3" },
    inside: { type: "boolean", default: false },
  },
});

const name = "ovb-bench-rebuild";

async function inside(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-bench-"));
  const file = join(folder, `Pulumi.${name}.yaml`);
  const config = {
    "ovb:lab": name,
    "ovb:bmc": { enabled: false },
    "ovb:undercloud": { kind: "none", address: "192.0.2.240" },
    "ovb:nodes": [{ count: Number(options.nodes) }],
  };
  writeFileSync(file, stringify({ config }));
  const stack = ["--stack", name, "--config-file", file];
  const levels = options.parallel.split(",");
  const seconds = new Map<string, number[]>(levels.map((level) => [level, []]));
  try {
    await ovb(["up", ...stack, "--no-boot"]);
    // Interleaved: what else the machine does then falls on all alike.
    for (let run = 0; run < Number(options.runs); run++) {
      for (const level of levels) {
        const began = performance.now();
        await ovb(["rebuild", ...stack, "--all", "--yes", "--parallel", level]);
        const took = (performance.now() - began) / 1000;
        seconds.get(level)!.push(took);
        process.stderr.write(`${level} at a time: ${took.toFixed(1)} s (load ${loadavg()[0]!.toFixed(1)})\n`);
      }
    }
  } finally {
    await ovb(["destroy", ...stack, "--yes"]);
    rmSync(folder, { recursive: true });
  }
  const middle = (level: string) => Number.parseFloat(median(seconds.get(level)!));
  console.log(`| at a time | ${options.nodes} nodes | ratio |\n|---|---|---|`);
  for (const level of levels) {
    const ratio = (middle(levels[0]!) / middle(level)).toFixed(1);
    console.log(`| ${level} | ${median(seconds.get(level)!)} | ${ratio} |`);
  }
}

const main = options.inside ? inside() : onBenchCloud(name, __filename);
main.catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
