import { uptime } from "node:os";
import type { ProcessId } from "../process/alive";
import { type RunOptions, run } from "../process/run";
import { insideCommand } from "./box";
import { databaseSocket } from "./config/foundations";
import { dataFolder, endpoints, publicNetwork, supervisordConfPath } from "./config/settings";

import type { NetworkKind } from "./network/kind";
import { type Stage, stages } from "./service";

/** PID 1 of a cloud: tini reaps, because libvirt waits for ever on QEMU probes that stay zombies. */
export const bootCommand = ["tini", "--", "supervisord", "-c", supervisordConfPath];

/** Runs a command in all namespaces of the box and returns what it printed. */
export async function runInside(
  first: ProcessId,
  command: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const [nsenter, ...args] = insideCommand(first, command);
  return run(nsenter!, args, options);
}

/** Forwarding lets VMs behind a router reach the APIs; there is no default route, so nothing gets any further. */
const networkScript = `
echo 1 >/proc/sys/net/ipv4/ip_forward
until [ -S /run/supervisor.sock ]; do sleep 0.1; done
`;

/** Sets up the box's network and waits until supervisord listens. */
export async function prepareBox(first: ProcessId, signal: AbortSignal): Promise<void> {
  await runInside(first, ["sh", "-eu", "-c", networkScript], { signal });
}

export async function supervisorctl(
  first: ProcessId,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  return runInside(first, ["supervisorctl", "-c", supervisordConfPath, ...args], { signal });
}

/** What tells that the next stage can start: shell in the box, tried again and again in one shell. */
const stageIsReady = (stage: Stage, kind: NetworkKind): string =>
  ({
    // The address of the APIs is on a bridge of the switch.
    foundations: `mariadb-admin --socket=${databaseSocket} --silent ping && bash -c '</dev/tcp/127.0.0.1/5672' &&
    ip address show dev ${publicNetwork.bridge} | grep -q ${publicNetwork.gateway}`,
    // The slowest to start, and the one the agents call first.
    control: `curl --silent --fail http://127.0.0.1:${endpoints.neutron.port}/`,
    agents: kind.agentsAnswer,
  })[stage];

/** Resolves when the stage after this one can start. */
export async function stageReady(
  first: ProcessId,
  stage: Stage,
  kind: NetworkKind,
  signal: AbortSignal,
): Promise<void> {
  const seconds = 300; // the first time all images are built beside it
  const wait = [
    `until { ${stageIsReady(stage, kind)}; } >/dev/null 2>&1; do`,
    `  [ "$(cut -d. -f1 /proc/uptime)" -lt $1 ] || { echo "the ${stage} were not ready in ${seconds} seconds"; exit 1; }`,
    "  sleep 0.1",
    "done",
  ].join("\n");
  const end = String(Math.ceil(uptime()) + seconds);
  await runInside(first, ["sh", "-c", wait, "wait", end], { signal });
}

/** Starts all services of a stage; resolves when the next stage can start. */
export async function startStage(
  first: ProcessId,
  stage: Stage,
  kind: NetworkKind,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    supervisorctl(first, ["start", `${stage}:*`], signal),
    stageReady(first, stage, kind, signal),
  ]);
}

/** Stops all services in good order, those that need others first. */
export async function stopServices(first: ProcessId, signal: AbortSignal): Promise<void> {
  for (const stage of [...stages].reverse()) await supervisorctl(first, ["stop", `${stage}:*`], signal);
}

/** Folders the services expect, in the prepared layer. */
export const dataFolders = [
  "mysql",
  "rabbitmq",
  "locks",
  "keystone",
  "glance/images",
  "glance/staging",
  "nova/instances",
  "neutron",
].map((name) => `${dataFolder}/${name}`);
