import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/*
 * `npm run test:cloud [-- NAME…]`: first what a user does on a machine with nothing on it (test/devcloud), then the tests
 * that run inside a cloud, where its API is reachable (test/cloud). Those share out over two clouds, because a lab is
 * mostly waited for; on one cloud they run one after another. Names choose files of the latter.
 *
 * Only by name: what CI's time has no room for, and the evidence about GRUB and wipefs, which no change of ours can alter. The
 * run says which they are.
 */
const project = join(__dirname, "..", "..");
const clouds = ["ovb-test-1", "ovb-test-2"];
const longestFirst = ["lab", "bmc", "sync"];
const onlyByName = [
  "adopt",
  "bmcLab",
  "bmcModes",
  "dhcp",
  "ironic",
  "operate",
  "ownDhcp",
  "planDiff",
  "syncService",
  "tripleo",
  "wipefs",
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

/** Files that the arguments name, or all; those first that take longest, so that both clouds end together. */
function chosenFiles(): string[] {
  const wanted = process.argv.slice(2);
  const rank = (file: string) => (longestFirst.indexOf(file) + 1 || longestFirst.length + 1) - 1;
  return readdirSync(__dirname)
    .flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [])
    .filter((file) =>
      wanted.length === 0 ? !onlyByName.includes(file) : wanted.some((name) => file.includes(name)),
    )
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/**
 * Takes files from the queue until it is empty, on a cloud of its own, which is gone afterwards.
 * @returns what failed
 */
async function onCloud(name: string, queue: string[]): Promise<string[]> {
  const label = `${name}: `;
  const failed: string[] = [];
  try {
    const ironic = queue.some((file) => ["adopt", "dhcp", "ironic", "ownDhcp"].includes(file))
      ? ["--ironic"]
      : [];
    if (!(await devcloud(label, "up", "--name", name, ...ironic))) return [`the cloud ${name}`];
    for (let file = queue.shift(); file && !stopped.signal.aborted; file = queue.shift()) {
      const command = [process.execPath, ...vitest("cloud", file), `test/cloud/${file}.test.ts`];
      if (!(await devcloud(label, "exec", "--name", name, "--", ...command))) failed.push(`${file}.test.ts`);
    }
  } finally {
    await devcloud(label, "down", "--name", name);
  }
  return failed;
}

async function main(): Promise<number> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    console.error(
      "The cloud tests start a devcloud, which takes Linux and root: run them as root on such a machine.",
    );
    return 1;
  }
  const files = chosenFiles();
  if (files.length === 0) {
    console.error(`No file of test/cloud has ${process.argv.slice(2).join(" or ")} in its name.`);
    return 2;
  }
  if (process.argv.length === 2) console.log(`Run by name only: ${onlyByName.join(", ")}.`);
  const failed: string[] = [];
  if (process.argv.length === 2 && !(await run("", ...vitest("devcloud", "devcloud"))))
    failed.push("test/devcloud");
  if (!stopped.signal.aborted) {
    const lanes = clouds.slice(0, files.length).map((name) => onCloud(name, files));
    failed.push(...(await Promise.all(lanes)).flat());
  }
  if (files.length > 0) failed.push(`not run: ${files.join(", ")}`);
  if (failed.length > 0) console.error(`Failed: ${failed.join("; ")}`);
  return failed.length > 0 ? 1 : 0;
}

main().then((status) => {
  process.exitCode = status;
});
