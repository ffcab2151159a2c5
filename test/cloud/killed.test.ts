import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { inventory } from "./tenant";
import { succeeded, TestLab } from "./testLab";

const lab = new TestLab("killed", { lab: "ovb-killed", nodes: [{ count: 1 }] });

afterAll(async () => {
  await lab.destroy();
  lab.remove();
});

/** Starts `ovb up` and kills it, Pulumi and its plugins the moment it says something. */
async function killedAt(moment: RegExp): Promise<void> {
  const stdio = ["ignore", "ignore", "pipe"] as const;
  const up = spawn(process.execPath, lab.command("up", ["--no-boot"]), { detached: true, stdio: [...stdio] });
  await new Promise<void>((resolve, reject) => {
    let text = "";
    up.stderr.on("data", (chunk: Buffer) => {
      text += chunk;
      if (moment.test(text)) resolve();
    });
    up.on("close", () => reject(new Error(`ended before it could be killed:\n${text}`)));
  });
  process.kill(-up.pid!, "SIGKILL");
  await sleep(2000);
}

test("an up that is killed can be repeated, and destroy then leaves nothing of the killed ones either", async () => {
  const before = await inventory();
  await killedAt(/networking:Network \S+ creating/);
  await killedAt(/networking:Port \S+ creating/);
  await killedAt(/compute:Instance \S+ creating/);
  succeeded(await lab.up());
  succeeded(await lab.pulumi("preview", "--refresh", "--expect-no-changes", "--non-interactive"));
  succeeded(await lab.destroy());
  expect(await inventory()).toEqual(before);
}, 1_800_000);
