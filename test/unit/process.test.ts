import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { identify, isAlive, isRunning } from "../../process/alive";
import { Interrupted, interruptible } from "../../process/interrupt";
import { type CommandFailed, type RunOptions, run } from "../../process/run";
import { keepTrying, until } from "../../process/until";
import { until as eventually } from "../support/waiting";

/** A clock of its own: only what sleeps on it makes its time pass. */
function clock() {
  let now = 0;
  const sleeps: number[] = [];
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    now += ms;
  };
  return { now: () => now, sleep, sleeps };
}

describe("until", () => {
  test("returns what there is to see, and no pause later", async () => {
    const time = clock();
    const answers = [undefined, undefined, "it"];
    const seen = await until(async () => answers.shift(), { clock: time, pauseMs: 500, timeoutMs: 60_000 });
    expect([seen, time.sleeps]).toEqual(["it", [500, 500]]);
  });

  test("looks once at least, and once more at the end", async () => {
    for (const [timeoutMs, looks] of [
      [0, 1],
      [1000, 3],
    ] as const) {
      let looked = 0;
      const look = async () => {
        looked++;
        return undefined;
      };
      expect(await until(look, { clock: clock(), pauseMs: 500, timeoutMs })).toBeUndefined();
      expect(looked).toBe(looks);
    }
  });
});

describe("keepTrying", () => {
  const failing = (failures: number) => {
    let attempts = 0;
    return async () => {
      if (++attempts <= failures) throw new Error(`no ${attempts}`);
      return attempts;
    };
  };

  test("what passes is tried again and told of, each time but the last", async () => {
    const time = clock();
    const told: string[] = [];
    const options = {
      ...{ clock: time, pauseMs: 500, timeoutMs: 1000, passes: () => true },
      waiting: ({ message }: Error) => void told.push(message),
    };
    expect(await keepTrying(failing(2), options)).toBe(3);
    expect([time.sleeps, told.splice(0)]).toEqual([
      [500, 500],
      ["no 1", "no 2"],
    ]);
    await expect(keepTrying(failing(9), options)).rejects.toThrow("no 3");
    expect(told).toEqual(["no 1", "no 2"]);
  });

  test("what does not pass is the end, and without time so is what does", async () => {
    const options = { clock: clock(), pauseMs: 500, timeoutMs: 1000 };
    await expect(keepTrying(failing(1), { ...options, passes: () => false })).rejects.toThrow("no 1");
    await expect(keepTrying(failing(1), { ...options, timeoutMs: 0, passes: () => true })).rejects.toThrow(
      "no 1",
    );
  });
});

describe("run", () => {
  const sh = (script: string, options?: RunOptions) => run("sh", ["-c", script], options);

  test("returns what was printed, line by line on the way", async () => {
    const lines: string[] = [];
    const onLine = (line: string) => void lines.push(line);
    expect(await sh("cat; echo b; printf c", { input: "a\n", onLine })).toBe("a\nb\nc");
    expect(lines).toEqual(["a", "b"]);
  });

  test("a failure has the status, and the end of what was printed to both", async () => {
    const failure = await sh("seq 1 99; echo why >&2; exit 3").catch((error: CommandFailed) => error);
    expect(failure).toMatchObject({
      status: 3,
      message: expect.stringMatching(/^sh failed .*\n86\n[\s\S]*why$/),
    });
    await expect(sh("kill -TERM $$")).rejects.toMatchObject({ status: 143 });
    await expect(run("no-such-command", [])).rejects.toThrow('"no-such-command" is not on this machine');
  });

  test("an abort is what it rejects with, once the command has ended", async () => {
    const stop = new AbortController();
    const began = performance.now();
    const onLine = () => stop.abort(new Error("stop it"));
    const running = sh("trap '' TERM; echo up; exec sleep 60", {
      signal: stop.signal,
      killSignal: "SIGKILL",
      onLine,
    });
    await expect(running).rejects.toThrow("stop it");
    expect(performance.now() - began).toBeLessThan(50_000);
  });
});

describe("interruptible", () => {
  test("a signal aborts the work, is told of once, and leaves no listener behind", async () => {
    const before = process.listenerCount("SIGHUP");
    const told: string[] = [];
    const work = interruptible(
      "Go on with it.",
      async (signal) => {
        process.emit("SIGHUP", "SIGHUP");
        process.emit("SIGHUP", "SIGHUP");
        signal.throwIfAborted();
      },
      { secondEnds: false, hangup: true, onInterrupt: (name) => told.push(name) },
    );
    await expect(work).rejects.toEqual(new Interrupted("Go on with it."));
    expect(told).toEqual(["SIGHUP"]);
    expect(process.listenerCount("SIGHUP")).toBe(before);
  });

  test("the end of a terminal is none of its signals unasked, as for nohup", async () => {
    const before = process.listenerCount("SIGHUP");
    await interruptible("", async () => expect(process.listenerCount("SIGHUP")).toBe(before));
  });
});

test("a process is alive until it has ended, and another of its number is not it", async ({ skip }) => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  await once(child, "spawn");
  expect(isAlive(child.pid!)).toBe(true);
  const id = process.platform === "linux" ? identify(child.pid!) : undefined;
  if (id) expect([isRunning(id), isRunning({ ...id, startTime: "1" })]).toEqual([true, false]);
  child.stdin!.end();
  await once(child, "close");
  expect(isAlive(child.pid!)).toBe(false);
  if (!id) skip("start times are Linux's");
  expect(isRunning(id!)).toBe(false);
});

test("a killed process that nobody has waited for runs no more", async ({ skip }) => {
  if (process.platform !== "linux") skip("/proc is Linux's");
  // What takes the shell's place never waits for the shell's child.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const [line] = await once(parent.stdout, "data");
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    // The shell would: it has to be gone by then.
    const name = () => readFileSync(`/proc/${parent.pid}/comm`, "utf8").trim();
    await eventually("it is in the shell's place", () => name() === "sleep");
    process.kill(pid, "SIGKILL");
    await eventually("it is a zombie", () => !isAlive(pid));
    expect(process.kill(pid, 0)).toBe(true); // and still has its number
  } finally {
    parent.kill("SIGKILL");
  }
});
