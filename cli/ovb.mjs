#!/usr/bin/env node
// The door to every command. It runs on a clone where nothing is installed yet, so it uses nothing but Node:
// it installs the packages of package-lock.json when they are missing or older than the lock file, then hands
// over to the TypeScript program beside it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error(`ovb needs Node.js 20 or later; this is ${process.version}.`);
  process.exit(1);
}

// npm writes this file last, so it exists only after an installation that went through.
const stamp = join(root, "node_modules", ".package-lock.json");
const wanting = () =>
  !existsSync(stamp) || statSync(stamp).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
const turn = join(root, ".installing");

/** Two installations at once undo each other. @returns false when another process, whose id is in the file, has its turn */
function takeTurn() {
  try {
    writeFileSync(turn, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    process.kill(Number(readFileSync(turn, "utf8")) || process.pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(turn, { force: true }); // it was killed
  }
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  return false;
}

while (wanting()) {
  if (!takeTurn()) continue;
  try {
    if (!wanting()) break;
    console.error("Installing the packages of package-lock.json (npm ci)...");
    const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", 2, 2],
    });
    if (npm.status !== 0) {
      console.error("npm ci failed: read its message above, then run the command again.");
      process.exitCode = 1;
      break;
    }
  } finally {
    rmSync(turn, { force: true });
  }
}
if (process.exitCode === 1) process.exit();

// `ovb plan | head` closes the pipe early; that is no failure worth a stack trace.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});

const [command, ...rest] = process.argv.slice(2);
if (command === "npm-run") {
  // `npm test` on a clone where nothing is installed: the packages are there by now, so npm can find the programs.
  const [script, ...args] = rest;
  const npm = spawnSync("npm", ["run", "--silent", script, "--", ...args], { cwd: root, stdio: "inherit" });
  process.exit(npm.status ?? 1);
}
const require = createRequire(import.meta.url);
require("tsx"); // for require() and import() alike
// The devcloud is a program of its own: nothing of the product imports it.
const { main } = require(command === "devcloud" ? "../devcloud/main.ts" : "./main.ts");
process.exitCode = await main(command === "devcloud" ? rest : process.argv.slice(2));
