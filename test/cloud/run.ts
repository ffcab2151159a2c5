import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type NetworkName, networkNames } from "../../devcloud/config/settings";
import { ironicTests, leftOut, machineLeftOut, type TestRun, takeRun, testRuns } from "./testRuns";

/*
 * `npm run test:cloud [-- NAME… [--network ovn|ovs]]`: first what a user does on a machine with nothing on it (test/devcloud),
 * then the tests that run inside a cloud, where its API is reachable (test/cloud), each on the kinds of network that testRuns.ts
 * says. Those share out over two clouds, because a lab is mostly waited for; on one cloud they run one after another. Names choose
 * files of the latter.
 */
const project = join(__dirname, "..", "..");
const clouds: ReadonlyArray<readonly [name: string, first: NetworkName]> = [
  ["ovb-test-1", "ovn"],
  ["ovb-test-2", "ovs"],
];
const stopped = new AbortController();

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());

/** @returns whether it succeeded. @param label in front of each of its lines */
function run(label: string, ...args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    // A group of its own, so that Ctrl-C reaches it once, by us.
    const child = spawn(process.execPath, args, {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const stop = () => child.kill("SIGTERM");
    stopped.signal.addEventListener("abort", stop);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => console.log(`${label}${line}`));
    }
    child.on("close", (status) => {
      stopped.signal.removeEventListener("abort", stop);
      resolve(status === 0);
    });
  });
}

/** @param report name of its JSON report, in the folder that OVB_TEST_REPORTS names, when CI wants one */
function vitest(project: "devcloud" | "cloud", report: string): string[] {
  const folder = process.env.OVB_TEST_REPORTS;
  return [
    ...["node_modules/vitest/vitest.mjs", "run", "--project", project, "--reporter=verbose"],
    ...(folder ? ["--reporter=json", `--outputFile.json=${join(folder, `${report}.json`)}`] : []),
  ];
}

const devcloud = (label: string, ...args: string[]) => run(label, "cli/ovb.mjs", "devcloud", ...args);

/** Works until the queue is empty, on a cloud of its own, which is gone afterwards; @returns what failed */
async function onCloud(name: string, first: NetworkName, queue: TestRun[]): Promise<string[]> {
  const label = `${name}: `;
  const failed: string[] = [];
  let network: NetworkName | undefined;
  try {
    let run = takeRun(queue, first);
    for (; run && !stopped.signal.aborted; run = takeRun(queue, run.network)) {
      if (network !== run.network) {
        if (network !== undefined) await devcloud(label, "down", "--name", name);
        network = run.network;
        const ironic = [run, ...queue].some(({ file }) => ironicTests.includes(file));
        const options = ["--network", network, ...(ironic ? ["--ironic"] : [])];
        if (!(await devcloud(label, "up", "--name", name, ...options))) {
          return [...failed, `the cloud ${name}, ${network}, for ${run.file}.test.ts`];
        }
      }
      const report = `${run.file}-${network}`;
      const command = [process.execPath, ...vitest("cloud", report), `test/cloud/${run.file}.test.ts`];
      console.log(`${label}${run.file}.test.ts on ${network}`);
      if (!(await devcloud(label, "exec", "--name", name, "--", ...command))) failed.push(shown(run));
    }
  } finally {
    await devcloud(label, "down", "--name", name);
  }
  return failed;
}

const shown = ({ file, network }: TestRun): string => `${file}.test.ts on ${network}`;

/** @throws what is wrong with them */
function readArguments(args: readonly string[]): { names: string[]; network?: NetworkName } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { network: { type: "string" } },
    allowPositionals: true,
  });
  const network = networkNames.find((name) => name === values.network);
  if (values.network !== undefined && network === undefined)
    throw new Error(`--network ${values.network}: there is ${networkNames.join(" and ")}.`);
  return { names: positionals, network };
}

async function main(): Promise<number> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    console.error(
      "The cloud tests start a devcloud, which takes Linux and root: run them as root on such a machine.",
    );
    return 1;
  }
  let wanted: { names: string[]; network?: NetworkName };
  try {
    wanted = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    return 2;
  }
  const { names, network } = wanted;
  const files = readdirSync(__dirname).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? []);
  const queue = testRuns(files, names, network);
  if (queue.length === 0) {
    console.error(`No file of test/cloud has ${names.join(" or ")} in its name.`);
    return 2;
  }
  const all = names.length === 0;
  if (all) console.log(`Run by name only: ${leftOut}; of test/devcloud: ${machineLeftOut.join(", ")}.`);
  const failed: string[] = [];
  const without = machineLeftOut.flatMap((file) => ["--exclude", `test/devcloud/${file}.test.ts`]);
  if (all && !(await run("", ...vitest("devcloud", "devcloud"), ...without))) failed.push("test/devcloud");
  if (!stopped.signal.aborted) {
    const lanes = clouds.slice(0, queue.length).map(([name, first]) => onCloud(name, first, queue));
    failed.push(...(await Promise.all(lanes)).flat());
  }
  if (queue.length > 0) failed.push(`not run: ${queue.map(shown).join(", ")}`);
  if (failed.length > 0) console.error(`Failed: ${failed.join("; ")}`);
  return failed.length > 0 ? 1 : 0;
}

main().then((status) => {
  process.exitCode = status;
});
