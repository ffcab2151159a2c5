import { spawn } from "node:child_process";

/**
 * Runs a shell script with `sh -eu`, with outDir as its working directory, and resolves when it has ended well.
 * Rejects with an error whose text keeps the end of what the script wrote to stderr.
 * Where it runs is the runner's business: on this machine, or inside a Debian root that has the tools.
 */
export type ScriptRunner = (script: string, outDir: string) => Promise<void>;

/** Enough of stderr to see the reason, short enough for one screen. */
const stderrKept = 2000;

/** Runs the script on this machine, as this user. */
export const hostRunner: ScriptRunner = (script, outDir) =>
  new Promise((resolve, reject) => {
    // Debian leaves sfdisk and mkfs.vfat out of an ordinary user's PATH, though they work on plain files.
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
    const child = spawn("sh", ["-eu", "-c", script], {
      cwd: outDir,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      stderr = (stderr + text).slice(-stderrKept);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`script ended with ${signal ?? `status ${code}`}: ${stderr.trim() || "no message"}`),
        );
    });
  });
