import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { identify, isAlive, isRunning } from "../../process/alive";
import { Interrupted, interruptible } from "../../process/interrupt";
import { until } from "../../process/until";

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
