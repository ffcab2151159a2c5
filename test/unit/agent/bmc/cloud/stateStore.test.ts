import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { atomically, type NodeRecord, StateStore } from "../../../../../agent/bmc/cloud/stateStore";
import { MachineBusy } from "../../../../../agent/nova/machine";

let folder: string;
let file: string;
let events: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-agent-state-"));
  file = join(folder, "deep", "lab.json");
  events = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (write?: (file: string, text: string) => Promise<void>, lab = "lab") =>
  StateStore.open({ file, lab, log: (event) => events.push(event), write });
const record = (uuid: string): NodeRecord => ({ uuid, override: { target: "pxe", persistence: "once" } });

describe("the agent's memory", () => {
  it("is empty without a file, and what was written is there again", async () => {
    const store = await open();
    expect(store.keys()).toEqual([]);
    await store.set("node-0", record("a"));
    await store.set("node-1", record("b"));
    await store.set("node-0", undefined);
    const again = await open();
    expect(again.keys()).toEqual(["node-1"]);
    expect(again.get("node-1")).toEqual(record("b"));
    expect(events).toEqual([]);
  });

  it("is readable by its owner only, the folder too, and leaves no temporary file", async () => {
    await (await open()).set("node-0", record("a"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "deep")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "deep"))).toEqual(["lab.json"]);
  });

  it.each([
    ["torn", '{"version":1,"lab":"lab","nodes":{"node-0":{"uu'],
    ["empty", ""],
    ["not ours", '"text"'],
    ["of another version", '{"version":99,"lab":"lab","nodes":{}}'],
    ["of another lab", '{"version":1,"lab":"other","nodes":{}}'],
  ])("begins anew with a file that is %s, and keeps that one", async (_what, text) => {
    await (await open()).set("node-0", record("a"));
    writeFileSync(file, text);
    const store = await open();
    expect(store.keys()).toEqual([]);
    expect(events).toEqual(["state-unreadable"]);
    expect(readFileSync(`${file}.unreadable`, "utf8")).toBe(text);
    await store.set("node-1", record("b"));
    expect((await open()).keys()).toEqual(["node-1"]);
  });

  it("has each record on the disk before set() returns, and shares one write between those who wait", async () => {
    const written: string[] = [];
    const store = await open(async (_file, text) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      written.push(text);
    });
    await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        await store.set(`node-${i}`, record(`id-${i}`));
        expect(written.at(-1)).toContain(`"id-${i}"`);
      }),
    );
    expect(written.length).toBeLessThanOrEqual(3);
  });

  it("a disk that is full: said as busy, nothing remembered that is not written, and the next write works", async () => {
    let full = true;
    const store = await open(async (path, text) => {
      if (full) throw new Error("ENOSPC: no space left on device");
      await atomically(path, text);
    });
    await expect(store.set("node-0", record("a"))).rejects.toThrow(MachineBusy);
    await expect(store.set("node-0", record("a"))).rejects.toThrow(/cannot be written.*ENOSPC/);
    expect(store.get("node-0")).toBeUndefined();
    full = false;
    await store.set("node-0", record("a"));
    expect((await open()).get("node-0")).toEqual(record("a"));
  });

  it("a temporary file left by a killed agent is no hindrance, and its mode is not taken over", async () => {
    await (await open()).set("node-0", record("a"));
    writeFileSync(`${file}.new`, "half", { mode: 0o644 });
    await (await open()).set("node-1", record("b"));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await open()).keys()).toEqual(["node-0", "node-1"]);
  });
});
