import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awaitInstall } from "../../../../cli/ironic/awaitInstall";
import type { Session } from "../../../../openstack/session";

/** The undercloud's console; what is undefined Nova does not show. */
let shown: (string | undefined)[];
let lines: string[];
let done: AbortController;
beforeEach(() => {
  lines = [];
  done = new AbortController();
});
afterEach(() => done.abort());

/** A Nova with one server, whose console goes on with each look and stays as it was last. */
const session = {
  request: async (_service: string, method: string, path: string) => {
    if (method === "GET") return { servers: [{ id: "1", name: "lab-undercloud" }] };
    const text = shown.length > 1 ? shown.shift() : shown[0];
    if (text === undefined) throw new Error(`no console (${path})`);
    return { output: text };
  },
} as unknown as Session;

const wait = (patienceMs = 60_000) =>
  awaitInstall({
    ...{ session, lab: "lab", undercloud: "lab-undercloud", patienceMs, pauseMs: 1 },
    ...{ report: (line: string) => lines.push(line), signal: done.signal },
  });
const failed = (tries: number, why = "apt-get update: E: Could not resolve 'mirror.example'") =>
  `[  9.1] sh[412]: ovb: no way to packages (try ${tries}): ${why}`;

describe("an undercloud that installs its Ironic", () => {
  it("is heard while it goes on, and let go when Ironic answers", async () => {
    shown = [
      "Linux boots",
      "[5.0] sh[4]: ovb: installing python3-ironic and what they need",
      "ovb: installing: 7 packages are through",
    ];
    const waiting = wait();
    waiting.catch(() => {});
    setTimeout(() => done.abort(new Error("it answers")), 300);
    await expect(waiting).rejects.toThrow(/aborted|it answers/);
    expect(lines).toEqual([
      "undercloud: installing python3-ironic and what they need",
      "undercloud: installing: 7 packages are through",
    ]);
  });

  it("that has no way to packages is given up at the third try, with what was tried and the way out", async () => {
    shown = ["", failed(1), failed(2), `${failed(2)}\n${failed(3)}`];
    await expect(wait()).rejects.toThrow(
      /tried 3 times: apt-get update: E: Could not resolve 'mirror\.example'\. .*ovb:packages .*goes on from there/,
    );
  });

  it("that failed before this look began has another try", async () => {
    shown = [failed(40), failed(40), "ovb: installing python3-ironic and what they need"];
    const waiting = wait();
    waiting.catch(() => {});
    setTimeout(() => done.abort(new Error("it answers")), 300);
    await expect(waiting).rejects.toThrow(/aborted|it answers/);
    shown = [failed(40), failed(41)];
    done = new AbortController();
    await expect(wait()).rejects.toThrow("tried 41 times");
  });

  it("that says it cannot is believed at once", async () => {
    shown = ["ovb: Ironic cannot be installed: neither apt-get nor dnf is here"];
    await expect(wait()).rejects.toThrow(/^Ironic cannot be installed: neither apt-get nor dnf is here$/);
  });

  it("that says nothing new for long is given up; one that Nova shows no console of, too", async () => {
    shown = ["Linux boots"];
    await expect(wait(50)).rejects.toThrow("nothing new on the console");
    shown = [undefined];
    await expect(wait(50)).rejects.toThrow("nothing new on the console");
  });
});
