import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { bundleAgent } from "../../agent/service/bundle";
import { password } from "../support/ipmiClient";
import { ipmiLoad, type LoadResult, percentile } from "./ipmiLoad";

/*
 * `npm run bench:bmc [-- --nodes 10,100,1000 --processes 10,100 --seconds 20]`: one agent for all nodes against one
 * pyghmi process per node, as classic OVB runs its BMCs, in the same run, on loopback with a fake Nova. Prints a Markdown
 * table. The paced load is what Ironic makes with a power sync each minute, at least 10 sessions a second; the full load
 * is as many sessions as 16 clients can do.
 */
const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "10,100,1000" },
    processes: { type: "string", default: "10,100" },
    seconds: { type: "string", default: "20" },
  },
});
const seconds = Number(options.seconds);
/** Away from 6230, where others on this machine may have BMCs. */
const firstPort = 20_000;
const clients = 16;
const python = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  ...["ovb", "python-bmc-clients", "bin", "python"],
);

interface Nova {
  readonly origin: string;
  readonly ids: readonly string[];
  /** Requests since the last call. */
  requests(): Promise<number>;
  stop(): void;
}

async function startNova(nodes: number): Promise<Nova> {
  const child = fork(join(__dirname, "novaProcess.ts"), [`${nodes}`, `${firstPort}`], {
    execArgv: ["--import", "tsx"],
  });
  const [{ origin, ids }] = (await once(child, "message")) as [{ origin: string; ids: string[] }];
  const requests = async () => {
    child.send({});
    return ((await once(child, "message")) as [{ requests: number }])[0].requests;
  };
  return { origin, ids, requests, stop: () => child.disconnect() };
}

interface Measured {
  readonly who: string;
  readonly nodes: number;
  /** MiB, before and after the load. */
  readonly idle: Memory;
  readonly loaded: Memory;
  readonly paced: LoadResult;
  readonly full: LoadResult;
  /** To Nova, per minute of the paced load. */
  readonly requests: number;
}

interface Memory {
  /** What the processes have in memory, shared pages counted for each. */
  readonly rss: number;
  /** Shared pages counted once. */
  readonly pss: number;
}

/** MiB, of all of them (proc(5), smaps_rollup). */
function memory(processes: readonly ChildProcess[]): Memory {
  const sum = { rss: 0, pss: 0 };
  for (const { pid } of processes) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(text)![1]);
    sum.rss += kib("Rss") / 1024;
    sum.pss += kib("Pss") / 1024;
  }
  return sum;
}

async function measure(
  who: string,
  nodes: number,
  nova: Nova,
  running: readonly ChildProcess[],
): Promise<Measured> {
  const ports = nova.ids.map((_, i) => firstPort + i);
  const idle = memory(running);
  await nova.requests();
  const paced = await ipmiLoad(ports, { seconds, clients, perSecond: Math.max(10, nodes / 60) });
  const requests = ((await nova.requests()) * 60) / paced.seconds;
  const full = await ipmiLoad(ports, { seconds: seconds / 2, clients });
  const result = { who, nodes, idle, loaded: memory(running), paced, full, requests };
  process.stderr.write(`${row(result)} load ${loadavg()[0]!.toFixed(1)}\n`);
  return result;
}

async function benchAgent(
  nodes: number,
  program: string,
  folder: string,
): Promise<Measured & { startMs: number }> {
  const nova = await startNova(nodes);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const config = {
    ...{ lab: "lab", address: "127.0.0.1", stateFile: join(folder, `state-${nodes}.json`) },
    passwordFile: file("password", password),
    redfish: { httpPort: 0 },
    credentialsFile: file(
      "credentials",
      `OS_AUTH_URL=${nova.origin}/identity\nOS_APPLICATION_CREDENTIAL_ID=agent\nOS_APPLICATION_CREDENTIAL_SECRET=s\n`,
    ),
  };
  const began = performance.now();
  const agent = spawn(process.execPath, [program, file("config.json", JSON.stringify(config))], {
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let listening = 0;
    agent.stdout.on("data", (chunk) => (listening += String(chunk).split('"protocol":"ipmi"').length - 1));
    while (listening < nodes) {
      if (agent.exitCode !== null || performance.now() - began > 60_000)
        throw new Error(`The agent answers for ${listening} of ${nodes} nodes only`);
      await sleep(5);
    }
    const startMs = performance.now() - began;
    return { ...(await measure("agent", nodes, nova, [agent])), startMs };
  } finally {
    agent.kill();
    nova.stop();
  }
}

async function benchProcesses(nodes: number): Promise<Measured> {
  const nova = await startNova(nodes);
  const script = join(__dirname, "pyghmiBmc.py");
  const running = nova.ids.map((id, i) =>
    spawn(python, [script, `${firstPort + i}`, `${nova.origin}/compute/v2.1/servers/${id}`], {
      env: { PATH: process.env.PATH, SECRET: password },
      stdio: ["ignore", "ignore", "inherit"],
    }),
  );
  try {
    for (let port = firstPort; port < firstPort + nodes; port++) {
      for (let tries = 0; ; tries++) {
        const { session } = await ipmiLoad([port], { seconds: 0.01, clients: 1 });
        if (session.length > 0) break;
        if (tries > 60) throw new Error(`The pyghmi process on port ${port} does not answer`);
      }
    }
    return await measure("pyghmi", nodes, nova, running);
  } finally {
    for (const child of running) child.kill("SIGKILL");
    nova.stop();
  }
}

function row({ who, nodes, idle, loaded, paced, full, requests }: Measured): string {
  const ms = (values: readonly number[], share: number) => percentile(values, share).toFixed(1);
  return `| ${[
    who === "agent" ? "one agent" : `${nodes} pyghmi processes`,
    nodes,
    `${idle.rss.toFixed(0)} / ${loaded.rss.toFixed(0)}`,
    `${idle.pss.toFixed(0)} / ${loaded.pss.toFixed(0)}`,
    // What is least for the many processes, which share Python's pages, and most for the one.
    ((who === "agent" ? loaded.rss : loaded.pss) / nodes).toFixed(2),
    `${ms(paced.status, 0.5)} / ${ms(paced.status, 0.99)}`,
    `${ms(paced.session, 0.5)} / ${ms(paced.session, 0.99)}`,
    (full.session.length / full.seconds).toFixed(0),
    requests.toFixed(0),
    paced.failed + full.failed,
  ].join(" | ")} |`;
}

const head = [
  ...["BMC", "nodes", "RSS MiB idle / loaded", "PSS MiB idle / loaded", "MiB a node"],
  ...[
    "status p50 / p99 ms",
    "session p50 / p99 ms",
    "sessions/s at full load",
    "Nova requests/min",
    "failed",
  ],
];

async function main(): Promise<void> {
  const counts = (text: string) => text.split(",").filter(Boolean).map(Number);
  const processes = counts(options.processes);
  if (processes.length > 0 && !existsSync(python)) {
    throw new Error(`${python} is not there: .ci/run installs pyghmi into it, or take --processes ""`);
  }
  const folder = mkdtempSync(join(tmpdir(), "ovb-bench-bmc-"));
  try {
    const { code, source } = await bundleAgent();
    const program = join(folder, "ovb-agent.js");
    writeFileSync(program, code);
    const kib = (text: string) => `${(text.length / 1024).toFixed(1)} KiB`;
    console.log(
      `Bundle: ${kib(source)}, in user data ${kib(gzipSync(code, { level: 9 }).toString("base64"))}.`,
    );
    const results: Measured[] = [];
    for (const nodes of counts(options.nodes)) {
      const result = await benchAgent(nodes, program, folder);
      console.log(`Cold start until ${nodes} nodes answer: ${result.startMs.toFixed(0)} ms.`);
      results.push(result);
    }
    for (const nodes of processes) results.push(await benchProcesses(nodes));
    console.log(`\n| ${head.join(" | ")} |\n|${"---|".repeat(head.length)}`);
    for (const result of results) console.log(row(result));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
