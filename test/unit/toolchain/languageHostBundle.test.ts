import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, status } from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundleLanguageHost, languageHostKey } from "../../../toolchain/languageHostBundle";

// The real bundle, started as the engine starts it and asked over gRPC. What stands in is the SDK's runner, in a project
// of its own: it writes down how it was started and does what its entry point's name says.
const runner = `const fs = require("node:fs");
const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, PULUMI_NODEJS_TSCONFIG_PATH } = process.env;
const env = { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, PULUMI_NODEJS_TSCONFIG_PATH };
const facts = { argv: process.argv.slice(2), execArgv: process.execArgv, cwd: process.cwd(), env, pid: process.pid };
const task = process.argv.at(-1);
if (task === "deaf") process.on("SIGINT", () => {}); // before anybody can know that it has started
fs.writeFileSync("started.tmp", JSON.stringify(facts)); fs.renameSync("started.tmp", "started.json");
console.log("said on stdout");
if (task === "wait" || task === "deaf") setInterval(() => {}, 1000);
else if (task === "abort") process.abort();
else process.exit(Number(task));`;

let folder: string;
let project: string;
let host: ChildProcess;
let client: LanguageRuntimeClient;
let output: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ovb-host-"));
  await bundleLanguageHost(join(folder, "pulumi-language-nodejs"), languageHostKey());
  chmodSync(join(folder, "pulumi-language-nodejs"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  project = mkdtempSync(join(folder, "project-"));
  const put = (path: string, manifest: object) => {
    mkdirSync(join(project, path), { recursive: true });
    writeFileSync(join(project, path, "package.json"), JSON.stringify(manifest));
  };
  put(".", { name: "program", dependencies: { "@pulumi/openstack": "*" } });
  put("node_modules/@pulumi/openstack", {
    name: "@pulumi/openstack",
    version: "v3.15.2",
    pulumi: { resource: true, name: "openstack" },
  });
  put("node_modules/@pulumi/pulumi", { name: "@pulumi/pulumi", version: "3.248.0" });
  mkdirSync(join(project, "node_modules/@pulumi/pulumi/cmd/run"), { recursive: true });
  writeFileSync(join(project, "node_modules/@pulumi/pulumi/cmd/run/index.js"), runner);

  // detached: a process group of its own, which the engine gives its plugins too.
  host = spawn(join(folder, "pulumi-language-nodejs"), ["127.0.0.1:1"], {
    stdio: ["pipe", "pipe", "ignore"], // stderr: node's own report of the program that aborts
    detached: true,
  });
  output = [];
  const port = await new Promise<string>((resolve) => {
    createInterface(host.stdout!).on("line", (line) => {
      output.push(line);
      resolve(line);
    });
  });
  client = new LanguageRuntimeClient(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterEach(() => {
  client.close();
  if (host.exitCode === null && host.signalCode === null) process.kill(-host.pid!, "SIGKILL");
});

function info(task = "0", options: Record<string, string | boolean> = {}) {
  const program = new language.ProgramInfo();
  program.setRootDirectory(project);
  program.setProgramDirectory(project);
  program.setEntryPoint(task);
  program.setOptions(Struct.fromJavaScript(options));
  return program;
}

function ask<Response>(
  call: (reply: (error: Error | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) =>
    call((error, response) => (error ? reject(error) : resolve(response))),
  );
}

function run(task: string, options: Record<string, string | boolean> = {}) {
  const request = new language.RunRequest();
  request.setInfo(info(task, options));
  request.setProject("ovb");
  request.setStack("dev");
  request.setOrganization("organization");
  request.setMonitorAddress("127.0.0.1:2");
  request.setParallel(64);
  request.setDryrun(true);
  request.getConfigMap().set("ovb:lab", "blue").set("ovb:password", "hidden");
  request.setConfigsecretkeysList(["ovb:password"]);
  return ask<language.RunResponse>((reply) => client.run(request, reply));
}

const started = () => JSON.parse(readFileSync(join(project, "started.json"), "utf8"));

async function startedPid(): Promise<number> {
  await expect.poll(() => existsSync(join(project, "started.json")), { timeout: 60_000 }).toBe(true);
  return started().pid;
}

/** A process that is dead but not yet collected by its parent counts as gone. */
function isThere(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2)[0] !== "Z";
  } catch {
    return false;
  }
}

test("handshake, plugin info, about", async () => {
  const handshake = new language.LanguageHandshakeRequest();
  handshake.setEngineAddress("127.0.0.1:3");
  await ask((reply) => client.handshake(handshake, reply));
  await run("0");
  expect(started().argv).toContain("127.0.0.1:3"); // the handshake's engine, not the command line's
  const plugin = await ask<{ getVersion(): string }>((reply) => client.getPluginInfo(new Empty(), reply));
  expect(plugin.getVersion()).toMatch(/^3\.\d+\.\d+$/);
  const about = await ask<language.AboutResponse>((reply) =>
    client.about(new language.AboutRequest(), reply),
  );
  expect([about.getExecutable(), about.getVersion()]).toEqual([process.execPath, process.version]);
});

test("required packages and program dependencies come from node_modules", async () => {
  const wanted = new language.GetRequiredPackagesRequest();
  wanted.setInfo(info());
  const { packagesList } = (
    await ask<language.GetRequiredPackagesResponse>((reply) => client.getRequiredPackages(wanted, reply))
  ).toObject();
  expect(packagesList).toMatchObject([{ name: "openstack", kind: "resource", version: "v3.15.2" }]);
  const listed = new language.GetProgramDependenciesRequest();
  listed.setInfo(info());
  const dependencies = async () =>
    (
      await ask<language.GetProgramDependenciesResponse>((reply) =>
        client.getProgramDependencies(listed, reply),
      )
    )
      .getDependenciesList()
      .map((dependency) => dependency.getName());
  expect(await dependencies()).toEqual(["@pulumi/openstack"]);
  listed.setTransitivedependencies(true);
  expect((await dependencies()).sort()).toEqual(["@pulumi/openstack", "@pulumi/pulumi"]);
});

test("a run gets the engine's addresses, names, configuration and options, and its output comes out of ours", async () => {
  const response = await run("0", {
    tsconfig: "tsconfig.other.json",
    nodeargs: "--no-warnings --title='a b'",
  });
  expect(response.toObject()).toEqual({ error: "", bail: false });
  const facts = started();
  expect(facts.argv.join(" ")).toBe(
    "--monitor 127.0.0.1:2 --engine 127.0.0.1:1 --organization organization --project ovb " +
      `--root-directory ${project} --stack dev --pwd ${project} --parallel 64 --dry-run 0`,
  );
  expect(facts.cwd).toBe(project);
  expect(facts.execArgv).toEqual(["--no-warnings", "--title=a b"]);
  expect(JSON.parse(facts.env.PULUMI_CONFIG)).toEqual({ "ovb:lab": "blue", "ovb:password": "hidden" });
  expect(JSON.parse(facts.env.PULUMI_CONFIG_SECRET_KEYS)).toEqual(["ovb:password"]);
  expect(facts.env.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
  expect(facts.env.PULUMI_NODEJS_TSCONFIG_PATH).toBe("tsconfig.other.json");
  await expect.poll(() => output).toContain("said on stdout");
});

test("typescript: false reaches the program", async () => {
  await run("0", { typescript: false });
  expect(started().env.PULUMI_NODEJS_TYPESCRIPT).toBeUndefined();
});

test.each([
  ["32", { error: "", bail: true }],
  ["7", { error: "Program exited with non-zero exit code: 7", bail: false }],
])("exit status %s", async (task, expected) => {
  expect((await run(task)).toObject()).toEqual(expected);
});

test("a program that ran out of memory is told what to change", async () => {
  expect((await run("abort")).getError()).toContain("nodeargs: --max-old-space-size");
});

test("wrong options and a missing SDK are refused with the way out", async () => {
  expect((await run("0", { typescript: "yes" })).getError()).toContain(
    "typescript in Pulumi.yaml: true or false",
  );
  expect((await run("0", { nodeargs: "'open" })).getError()).toContain("without its end");
  rmSync(join(project, "node_modules"), { recursive: true });
  expect((await run("0")).getError()).toContain(
    `@pulumi/pulumi is not installed in ${project}: run \`npm install\``,
  );
});

test("cancel ends the program, and the host serves on", async () => {
  const running = run("wait");
  const pid = await startedPid();
  await ask((reply) => client.cancel(new Empty(), reply));
  expect((await running).getError()).toBe("Program was ended by SIGINT");
  expect(isThere(pid)).toBe(false);
  expect((await run("0")).getError()).toBe("");
});

test("a program that ignores the cancellation is killed", async () => {
  const running = run("deaf");
  const pid = await startedPid();
  await ask((reply) => client.cancel(new Empty(), reply));
  expect((await running).getError()).toBe("Program was ended by SIGKILL");
  expect(isThere(pid)).toBe(false);
});

test("the engine's death takes host and program along", async () => {
  const running = run("wait").catch(() => "connection lost");
  const pid = await startedPid();
  host.stdin!.end(); // what a dead engine's end of the pipe looks like
  await running;
  await expect.poll(() => isThere(pid) || isThere(host.pid!), { timeout: 5_000 }).toBe(false);
});

test("the engine's SIGINT at the end of a command ends the host at once", async () => {
  const exit = new Promise((resolve) => host.once("exit", resolve));
  process.kill(-host.pid!, "SIGINT");
  expect(await exit).toBe(0);
});

test("what only Pulumi's own host can do is UNIMPLEMENTED, unary or streaming", async () => {
  const generate = ask((reply) => client.generateProgram(new language.GenerateProgramRequest(), reply));
  await expect(generate).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  const stream = client.installDependencies(new language.InstallDependenciesRequest());
  const error = await new Promise((resolve) => stream.once("error", resolve));
  expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
});
