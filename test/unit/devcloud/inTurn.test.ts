import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inTurn } from "../../../devcloud/inTurn";
import { pause, until } from "../../support/waiting";

const missing = ["flock", "setpriv"].filter((tool) => {
  try {
    execFileSync(tool, ["--version"]);
    return false;
  } catch {
    return true;
  }
});

describe.skipIf(missing.length > 0)(
  missing.length > 0 ? `SKIPPED: no ${missing.join(", no ")} (util-linux)` : "builds of the same thing",
  () => {
    let folder: string;
    let lines: string[];
    let other: ChildProcess | undefined;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "ovb-turn-"));
      lines = [];
      vi.stubEnv("XDG_CACHE_HOME", folder);
    });
    afterEach(async () => {
      if (other?.exitCode === null && other.signalCode === null) {
        other.kill("SIGKILL");
        await once(other, "exit");
      }
      other = undefined;
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });

    const progress = (signal = new AbortController().signal) => ({
      report: (line: string) => void lines.push(line),
      signal,
    });

    /** Another process that has the turn until it is killed. */
    async function holder(name: string): Promise<ChildProcess> {
      const script = join(folder, "holder.ts");
      const module = join(__dirname, "..", "..", "..", "devcloud", "inTurn.ts");
      writeFileSync(
        script,
        `import { writeFileSync } from "node:fs";
import { inTurn } from ${JSON.stringify(module)};
const progress = { report: () => {}, signal: new AbortController().signal };
void inTurn(${JSON.stringify(name)}, progress, async () => {
  writeFileSync(${JSON.stringify(join(folder, "has"))}, "");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
`,
      );
      const tsx = require.resolve("tsx/cjs"); // in the process itself: its command line tool has one more between
      other = spawn(process.execPath, ["--require", tsx, script], { stdio: "inherit" });
      await until("the other has the turn", () => existsSync(join(folder, "has")));
      return other;
    }

    it("are done one after another, those of other things beside them; a failed one gives its turn away", async () => {
      const under = new Set<string>();
      const met: string[] = [];
      const work = (thing: string, name: string, fails = false) =>
        inTurn(thing, progress(), async () => {
          for (const one of under) met.push(`${name} beside ${one}`);
          under.add(name);
          await pause(300);
          under.delete(name);
          if (fails) throw new Error("failed");
          return name;
        });
      const results = await Promise.allSettled([
        work("root", "root 1", true),
        work("root", "root 2"),
        work("root", "root 3"),
        work("guest", "guest"),
      ]);
      expect(results.map((result) => (result.status === "fulfilled" ? result.value : result.status))).toEqual(
        ["rejected", "root 2", "root 3", "guest"],
      );
      expect(met.filter((one) => !one.includes("guest"))).toEqual([]);
      expect(met.length).toBeGreaterThan(0);
    });

    it("of another process are waited for, which is said, and taken over when that is killed", async () => {
      const holding = await holder("root");
      let done = false;
      const mine = inTurn("root", progress(), async () => {
        done = true;
      });
      await until("it says that it waits", () => lines.length > 0);
      expect(lines).toEqual(["root: another process builds it, waiting for that"]);
      expect(done).toBe(false);
      holding.kill("SIGKILL");
      await mine;
      expect(done).toBe(true);
    });

    it("can be stopped while they wait, with the reason", async () => {
      await holder("root");
      const stop = new AbortController();
      const mine = inTurn("root", progress(stop.signal), async () => "done");
      await pause(100);
      stop.abort(new Error("stopped by SIGINT"));
      await expect(mine).rejects.toThrow("stopped by SIGINT");
    });
  },
);
