import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HostTraces, hostTraces, newTraces } from "../../devcloud/traces";

// Fake compute: what a cloud is on its host is the same, and no image has to be uploaded.

const launcher = join(__dirname, "..", "..", "cli", "ovb.mjs");
const kinds = { "ovb-one": "ovn", "ovb-two": "ovs" } as const;
const names = Object.keys(kinds) as Array<keyof typeof kinds>;
const up = (name: keyof typeof kinds) => ["up", "--name", name, "--fake-compute", "--network", kinds[name]];
let before: HostTraces;

/** Runs a devcloud command. @param kill what it gets so many seconds after its first line */
function devcloud(args: readonly string[], kill?: { signal: NodeJS.Signals; after: number }) {
  const child = spawn(process.execPath, [launcher, "devcloud", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  let timer: NodeJS.Timeout | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk;
      if (kill !== undefined) timer ??= setTimeout(() => child.kill(kill.signal), kill.after * 1000);
    });
  }
  return new Promise<{ status: number | null; text: string }>((resolve) =>
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, text });
    }),
  );
}

/** Nothing is new on the host. A namespace lives for a moment longer than its last process. */
async function expectNothingLeft(): Promise<void> {
  let left = newTraces(before, hostTraces());
  for (let tries = 0; left.length > 0 && tries < 60; tries++) {
    await sleep(500);
    left = newTraces(before, hostTraces());
  }
  expect(left, left.join("\n")).toEqual([]);
}

beforeAll(async () => {
  await devcloud(["prepare"]);
  before = hostTraces();
});

afterAll(async () => {
  for (const name of names) await devcloud(["down", "--name", name]);
});

test("two clouds, one of each kind, run side by side, do not see each other, and leave nothing", async () => {
  const ups = await Promise.all(names.map((name) => devcloud(up(name))));
  for (const { status, text } of ups) expect(status, text).toBe(0);
  expect(newTraces(before, hostTraces())).not.toEqual([]); // or the next look would prove nothing
  const openstack = (name: string, ...words: string[]) =>
    devcloud(["exec", "--name", name, "--inside", "--", "openstack", ...words]);
  expect(await openstack("ovb-one", "network", "create", "only-here")).toMatchObject({ status: 0 });
  const [one, two] = await Promise.all(
    names.map((name) => openstack(name, "network", "list", "-f", "value", "-c", "Name")),
  );
  expect(one!.text).toContain("only-here");
  expect(two!.text).toContain("public");
  expect(two!.text).not.toContain("only-here");
  for (const name of names) expect(await devcloud(["down", "--name", name])).toMatchObject({ status: 0 });
  await expectNothingLeft();
});

test.each([
  [0, "ovb-one"],
  [1, "ovb-two"],
  [4, "ovb-one"],
  [12, "ovb-two"],
] as const)("an up that is interrupted after %d s cleans up behind itself (%s)", async (after, name) => {
  const { status, text } = await devcloud(up(name), {
    signal: "SIGINT",
    after,
  });
  expect(status, text).toBe(1);
  expect(text).toContain("SIGINT: stopping and cleaning up");
  await expectNothingLeft();
});

test.each([
  [2, "ovb-two"],
  [10, "ovb-one"],
] as const)("after an up that is killed after %d s, down leaves nothing (%s)", async (after, name) => {
  await devcloud(up(name), { signal: "SIGKILL", after });
  expect(await devcloud(["down", "--name", name])).toMatchObject({ status: 0 });
  await expectNothingLeft();
});
