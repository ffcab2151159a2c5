import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { followConsole } from "../../../../cli/nodes/console";
import { Session } from "../../../../openstack/session";
import { FakeCloud } from "../../../support/fakeOpenstack";
import { writeState } from "../../../support/stateFile";

const server = {
  ...{ id: "server-1", name: "lab-node-0", tags: ["ovb", "ovb:lab=lab", "ovb:role=node"] },
  ...{ status: "ACTIVE", addresses: {}, metadata: {} },
};
const action = "POST /compute/v2.1/servers/server-1/action";
const output = (text: string) => ({ json: { output: text } });
const refused = (status: number) => ({ status, json: { error: { message: "no console now" } } });

let cloud: FakeCloud;
let folder: string;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on("GET /compute/v2.1/servers/detail", { json: { servers: [server] } });
  cloud.on("GET /compute/v2.1/servers/server-1", { json: { server } });
  folder = mkdtempSync(join(tmpdir(), "ovb-console-"));
});
afterEach(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

const session = () => new Session(cloud.auth(), { sleep: async (_, signal) => signal?.throwIfAborted() });

it("a console that is not there while the node reboots is followed on", async () => {
  cloud.on(action, refused(409), refused(404), output("SeaBIOS\n"), output("SeaBIOS\niPXE\n"));
  const written: string[] = [];
  const controller = new AbortController();
  const follow = followConsole(
    session(),
    "server-1",
    "before the reboot\n",
    (text) => {
      written.push(text);
      if (text === "iPXE\n") controller.abort(new Error("Ctrl-C"));
    },
    controller.signal,
  );
  await expect(follow).rejects.toThrow("Ctrl-C");
  expect(written).toEqual(["\n--- the console began anew ---\nSeaBIOS\n", "iPXE\n"]);
});

it("following ends with the server", async () => {
  cloud.on(action, refused(404));
  cloud.on("GET /compute/v2.1/servers/server-1", refused(404));
  const follow = followConsole(session(), "server-1", "", () => {}, new AbortController().signal);
  await expect(follow).rejects.toThrow(/GET \/servers\/server-1: 404/);
});

it("Ctrl-C ends the command that follows, and is no failure", async () => {
  cloud.on(action, output("one\ntwo\n"));
  const file = join(folder, "Pulumi.qa.yaml");
  writeFileSync(file, "config:\n  ovb:lab: lab\n");
  writeState(join(folder, ".local", "state"), { lab: "lab", stack: "qa", ids: ["server-1"] });
  const ovb = join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs");
  const args = [ovb, "console", "node-0", "--follow", "--lines", "1", "--stack", "qa", "--config-file", file];
  const child = spawn(process.execPath, args, {
    env: {
      ...{ PATH: dirname(process.execPath), HOME: folder, OS_AUTH_URL: `${cloud.origin}/identity` },
      ...{
        OS_USERNAME: "demo",
        OS_PASSWORD: "a-password",
        OS_PROJECT_NAME: "demo",
        OS_USER_DOMAIN_NAME: "Default",
      },
    },
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => (text += chunk));
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
    child.kill("SIGINT");
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect({ status, text }).toEqual({ status: 0, text: "two\n" });
});
