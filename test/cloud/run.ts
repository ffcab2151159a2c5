import { spawnSync } from "node:child_process";
import { join } from "node:path";

/*
 * `npm run test:cloud`: first what a user does on a machine with nothing on it (test/devcloud), then the tests that
 * run inside a cloud, where its API is reachable (test/cloud). Arguments choose files of the latter.
 */
const project = join(__dirname, "..", "..");
const name = "ovb-test";
const files = process.argv.slice(2);

function run(command: string, ...args: string[]): number {
  return spawnSync(command, args, { cwd: project, stdio: "inherit" }).status ?? 1;
}

const devcloud = (...args: string[]): number => run(process.execPath, "cli/ovb.mjs", "devcloud", ...args);
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project"];

if (process.platform !== "linux" || process.getuid?.() !== 0) {
  console.error(
    "The cloud tests start a devcloud, which takes Linux and root: run them as root on such a machine.",
  );
  process.exit(1);
}
let failed = files.length === 0 && run(process.execPath, ...vitest, "devcloud") !== 0;
failed = devcloud("up", "--name", name) !== 0 || failed;
try {
  failed =
    devcloud("exec", "--name", name, "--", process.execPath, ...vitest, "cloud", ...files) !== 0 || failed;
} finally {
  devcloud("down", "--name", name);
}
process.exitCode = failed ? 1 : 0;
