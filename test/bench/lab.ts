import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { openStack } from "../../cli/environment";
import type { LabStack } from "../../cli/labStack";
import { median, onBenchCloud } from "./benchCloud";

/*
 * `npm run bench:lab [-- --nodes 2,8 --runs 3 --fake-compute]`: how long Pulumi takes to preview, make, leave alone
 * and destroy a lab, on a devcloud of its own. Prints a Markdown table of medians, with the range behind.
 */
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "2,8" },
    runs: { type: "string", default: "3" },
    "fake-compute": { type: "boolean", default: false },
    inside: { type: "boolean", default: false },
  },
});
const cloud = options["fake-compute"] ? "ovb-bench-fake" : "ovb-bench";

const steps: Readonly<Record<string, readonly string[]>> = {
  preview: ["preview", "--non-interactive"],
  up: ["up", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"],
  "up, nothing changed": ["up", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"],
  destroy: ["destroy", "--yes", "--skip-preview", "--non-interactive", "--parallel", "64"],
};

/** Seconds of each step for one lab. */
async function measure(nodes: number): Promise<{ seconds: Record<string, number>; resources: number }> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-bench-"));
  try {
    const configFile = join(folder, "Pulumi.bench.yaml");
    // A /22 has planned addresses for 80 nodes.
    const config = {
      "ovb:lab": "ovb-bench",
      "ovb:ctlplane": { cidr: "192.0.0.0/22" },
      "ovb:nodes": [{ count: nodes }],
      "ovb:undercloud": { kind: "boot-server" },
      // What is measured is Pulumi and the cloud: not the boot of a guest that then waits for its BMC's agent.
      "ovb:bmc": { readinessTimeout: 0 },
    };
    writeFileSync(configFile, stringify({ config }));
    const stack = await openStack({ stack: "bench", configFile });
    await stack.prepare();
    const seconds: Record<string, number> = {};
    let resources = 0;
    for (const [step, args] of Object.entries(steps)) {
      const began = performance.now();
      await stack.pulumi(args); // shown: its progress, and why it fails
      seconds[step] = (performance.now() - began) / 1000;
      if (step === "up") resources = await countResources(stack);
      process.stderr.write(
        `${nodes} nodes, ${step}: ${seconds[step]!.toFixed(1)} s (load ${loadavg()[0]!.toFixed(1)})\n`,
      );
    }
    return { seconds, resources };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As Pulumi counts them: all but the providers. */
async function countResources(stack: LabStack): Promise<number> {
  const state = JSON.parse(await stack.pulumi(["stack", "export"], { output: "capture" })) as {
    deployment: { resources: { type: string }[] };
  };
  return state.deployment.resources.filter(({ type }) => !type.startsWith("pulumi:providers:")).length;
}

async function inside(): Promise<void> {
  console.log(`| nodes | resources | ${Object.keys(steps).join(" | ")} |\n|${"---|".repeat(6)}`);
  for (const nodes of options.nodes.split(",").map(Number)) {
    const runs: Awaited<ReturnType<typeof measure>>[] = [];
    for (let run = 0; run < Number(options.runs); run++) runs.push(await measure(nodes));
    const cells = Object.keys(steps).map((step) => median(runs.map((run) => run.seconds[step]!)));
    console.log(`| ${nodes} | ${runs[0]!.resources} | ${cells.join(" | ")} |`);
  }
}

const main = options.inside
  ? inside()
  : onBenchCloud(cloud, __filename, { up: options["fake-compute"] ? ["--fake-compute"] : [] });
main.catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
