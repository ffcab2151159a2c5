import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { IronicClient } from "../../../../cli/ironic/client";
import { handOverIfReached } from "../../../../cli/ironic/reachIronic";
import { handOver } from "../../../../cli/ironic/settings";
import type { IronicSettings } from "../../../../plan/guest/ironic/settings";
import { FakeIronic } from "../../../support/fakeIronic";

const settings: IronicSettings = {
  authorizedKeys: ["ssh-ed25519 AAAA one"],
  kernel: null,
  ramdisk: { url: "https://images.example/r", sha256: "ab".repeat(32) },
  automatedClean: false,
};

let ironic: FakeIronic;
let lines: string[];
/** What was put, in order. */
let put: unknown[];
beforeEach(async () => {
  ironic = await new FakeIronic().start();
  ironic.settings = { settings, state: "applied", why: "" };
  lines = [];
  put = [];
  ironic.onSettings = (shown) => put.push(shown.settings);
});
afterEach(() => ironic.stop());

const told = (wanted: IronicSettings, more: { busyMs?: number; patienceMs?: number } = {}) =>
  handOver(new IronicClient(ironic.endpoint), wanted, { report: (line) => lines.push(line), ...more });

describe("a running undercloud", () => {
  it("that has them is told nothing, also where the outputs leave out what is null", async () => {
    const { kernel: _, ...left } = settings;
    expect(await told(left as IronicSettings)).toEqual([]);
    expect([put, lines]).toEqual([[], []]);
  });

  it("is told what differs, in a line", async () => {
    const wanted = { ...settings, authorizedKeys: [], ramdisk: null, automatedClean: true };
    expect(await told(wanted)).toEqual(["SSH keys", "IPA's RAM disk", "automated cleaning"]);
    expect(put).toEqual([wanted]);
    expect(lines).toEqual([
      "changed on the running undercloud: SSH keys, IPA's RAM disk, automated cleaning",
    ]);
  });

  it("is waited for while it fetches, and heard where it fails", async () => {
    ironic.onSettings = (shown) => {
      Object.assign(shown, { state: "applying", why: "fetching IPA's kernel" });
      setTimeout(
        () => Object.assign(shown, { state: "failed", why: "IPA's kernel has another SHA-256" }),
        100,
      );
    };
    await expect(told({ ...settings, automatedClean: true })).rejects.toThrow(
      "The undercloud cannot do what the configuration says: IPA's kernel has another SHA-256",
    );
    expect(lines).toEqual(["undercloud: fetching IPA's kernel"]);
  });

  it("that failed is told once more, as the network may be back", async () => {
    ironic.settings!.state = "failed";
    expect(await told(settings)).toEqual([]);
    expect(put).toEqual([settings]);
  });

  it("waits by itself for nodes in between: the command does not", async () => {
    ironic.onSettings = (shown) => Object.assign(shown, { state: "waiting", why: "node-0 (deploying)" });
    expect(await told({ ...settings, automatedClean: true }, { busyMs: 0 })).toEqual(["automated cleaning"]);
    expect(lines).toEqual([
      "automated cleaning: taken; Ironic is restarted for them once nothing goes on there (node-0 (deploying))",
    ]);
  });

  it("says so where it never ends, and where it is of before", async () => {
    ironic.onSettings = (shown) => Object.assign(shown, { state: "applying", why: "" });
    await expect(told({ ...settings, automatedClean: true }, { patienceMs: -1 })).rejects.toThrow(
      "has not applied",
    );
    ironic.settings = undefined;
    expect(await told(settings)).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("made before it could be told")]);
  });
});

it("an undercloud that cannot be reached is no failure: the way out is said", async () => {
  const { endpoint } = ironic;
  await ironic.stop();
  const outputs = { ironic: { ...endpoint, settings }, inventory: { lab: "lab" } };
  await handOverIfReached(outputs as never, { report: (line: string) => lines.push(line) } as never);
  expect(lines).toEqual([
    expect.stringMatching(/does not answer.*the next `npx ovb up`, or by `npx ovb enroll --url URL`$/),
  ]);
  await ironic.start();
});
