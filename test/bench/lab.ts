import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { labEnvironment, project } from "../../cli/stack/environment";
import { LabStack } from "../../cli/stack/labStack";
import { openstackPluginVersion } from "../../openstack/plugin";
import { median, onBenchCloud } from "./benchCloud";

/*
 * `npm run bench:lab [-- --nodes 2,8 --runs 3 --fake-compute --plugins FILE,FILE]`: how long Pulumi takes to preview, make,
 * leave alone and destroy a lab, on a devcloud of its own. Prints a Markdown table of medians, with the range behind.
 *
 * --plugins: the OpenStack plugins to compare, each the file pulumi-resource-openstack of a build; their runs take turns, so
 * that an hour on which the machine is slow is slow for each. Default: the one that the program gets.
 */
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "2,8" },
    runs: { type: "string", default: "3" },
    "fake-compute": { type: "boolean", default: false },
    plugins: { type: "string" },
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

interface Plugin {
  /** As it says itself; empty for the one that the program gets. */
  readonly version: string;
  readonly file?: string;
}

function plugins(): Plugin[] {
  return (options.plugins?.split(",") ?? []).map((name) => {
    const file = resolve(name);
    return { file, version: execFileSync(file, ["-version"], { encoding: "utf8" }).trim() };
  });
}

/** A PULUMI_HOME in which the release that the program asks for is this file, whatever it is. */
function pulumiHome(folder: string, { file }: Plugin): Record<string, string> {
  if (file === undefined) return {};
  const place = join(folder, "home", "plugins", `resource-openstack-v${openstackPluginVersion}`);
  mkdirSync(place, { recursive: true });
  symlinkSync(file, join(place, "pulumi-resource-openstack"));
  return { PULUMI_HOME: join(folder, "home"), PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
}

/** Seconds of each step for one lab. */
async function measure(
  nodes: number,
  plugin: Plugin,
): Promise<{ seconds: Record<string, number>; resources: number }> {
  const folder = mkdtempSync(join(tmpdir(), "ovb-bench-"));
  try {
    const configFile = join(folder, "Pulumi.bench.yaml");
    const config = {
      "ovb:lab": "ovb-bench",
      "ovb:ctlplane": { cidr: "192.0.0.0/20" }, // planned addresses for hundreds of nodes
      "ovb:nodes": [{ count: nodes }],
      "ovb:undercloud": { kind: "boot-server" },
      // What is measured is Pulumi and the cloud: not the boot of a guest that then waits for its BMC's agent.
      "ovb:bmc": { readinessTimeout: 0 },
    };
    writeFileSync(configFile, stringify({ config }));
    const env = { ...process.env, ...(await labEnvironment()), ...pulumiHome(folder, plugin) };
    const stack = new LabStack(project, "bench", configFile, join(folder, "lab"), env, true);
    await stack.prepare();
    const seconds: Record<string, number> = {};
    let resources = 0;
    for (const [step, args] of Object.entries(steps)) {
      const began = performance.now();
      await stack.pulumi(args); // shown: its progress, and why it fails
      seconds[step] = (performance.now() - began) / 1000;
      if (step === "up") resources = await countResources(stack);
      process.stderr.write(
        `${nodes} nodes, ${plugin.version ? `plugin ${plugin.version}, ` : ""}${step}: ${seconds[step]!.toFixed(1)} s (load ${loadavg()[0]!.toFixed(1)})\n`,
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
  const compared = options.plugins ? plugins() : [{ version: "" }];
  console.log(`| nodes | plugin | resources | ${Object.keys(steps).join(" | ")} |\n|${"---|".repeat(7)}`);
  for (const nodes of options.nodes.split(",").map(Number)) {
    const runs = compared.map((plugin) => ({
      plugin,
      measured: [] as Awaited<ReturnType<typeof measure>>[],
    }));
    for (let run = 0; run < Number(options.runs); run++)
      for (const { plugin, measured } of runs) measured.push(await measure(nodes, plugin));
    for (const { plugin, measured } of runs) {
      const cells = Object.keys(steps).map((step) => median(measured.map((one) => one.seconds[step]!)));
      const name = plugin.version || openstackPluginVersion;
      console.log(`| ${nodes} | ${name} | ${measured[0]!.resources} | ${cells.join(" | ")} |`);
    }
  }
}

const main = options.inside
  ? inside()
  : onBenchCloud(cloud, __filename, { up: options["fake-compute"] ? ["--fake-compute"] : [] });
main.catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
