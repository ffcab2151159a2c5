import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ProcessId } from "../process/alive";
import { cacheFolder } from "../process/folders";
import type { Progress } from "../process/progress";
import {
  bootCommand,
  dataFolders,
  prepareBox,
  runInside,
  startStage,
  stopServices,
  supervisorctl,
} from "./boot";
import { killBox, startBox } from "./box";
import { databaseSocket, databaseSql } from "./config/foundations";
import {
  authUrl,
  type CloudSecrets,
  type CloudSettings,
  dataFolder,
  hostname,
  logFolder,
  region,
} from "./config/settings";
import { adminAccount, tenantAccount } from "./credentials";
import { cloudFiles } from "./files";
import { inTurn } from "./inTurn";
import type { NetworkKind } from "./network/kind";
import { networkKinds } from "./network/kinds";
import { runTask } from "./runTask";

/** In the layer's folder, beside what the box sees. */
const secretsFile = "secrets.json";

/** Raise it when prepared layers are no longer good although root and configuration are the same. */
const layerVersion = 3;

/** Random, of letters and digits only: they go into URLs, SQL and oslo.config files without any quoting. */
function newSecrets(): CloudSecrets {
  const secret = (): string => randomBytes(20).toString("hex");
  return {
    database: secret(),
    messageQueue: secret(),
    service: secret(),
    admin: secret(),
    tenant: secret(),
    metadata: secret(),
  };
}

/**
 * A cloud after its first boot, stopped: databases with their schemas, accounts, flavors, external network. Each
 * cloud starts on a copy of it (a further overlay on top), so it pays for this once a configuration.
 */
export interface PreparedLayer {
  /** A layer for startBox, to go on top of the root. */
  path: string;
  secrets: CloudSecrets;
}

/** What one prepared layer has and another has not, beside secrets. */
export type LayerChoice = Omit<CloudSettings, "secrets">;

/** The folder the layer of this root and configuration is in, or will be. */
function layerFolder(root: string, choice: LayerChoice): string {
  // The files with secrets that are the same every time: what is hashed is everything else about them.
  const nobodys = "0";
  const secrets = {
    database: nobodys,
    messageQueue: nobodys,
    service: nobodys,
    admin: nobodys,
    tenant: nobodys,
    metadata: nobodys,
  };
  const key = createHash("sha256").update(
    JSON.stringify([layerVersion, basename(root), cloudFiles({ ...choice, secrets })]),
  );
  return join(cacheFolder(), `cloud-${key.digest("hex").slice(0, 12)}`);
}

/** Returns the prepared layer of this root and configuration; makes it first when it is missing (1-2 minutes). */
export async function ensureLayer(
  root: string,
  choice: LayerChoice,
  progress: Progress,
): Promise<PreparedLayer> {
  const folder = layerFolder(root, choice);
  if (!existsSync(folder)) {
    await inTurn(`cloud-${choice.network}${choice.fakeCompute ? "-fake" : ""}`, progress, async () => {
      if (!existsSync(folder)) await makeLayer(folder, root, choice, progress);
    });
  }
  const secrets = JSON.parse(readFileSync(join(folder, secretsFile), "utf8")) as CloudSecrets;
  return { path: join(folder, "upper"), secrets };
}

async function makeLayer(
  folder: string,
  root: string,
  choice: LayerChoice,
  progress: Progress,
): Promise<void> {
  const work = `${folder}.new-${process.pid}`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "log"), { recursive: true, mode: 0o700 });
  const log = join(work, "log");
  let first: ProcessId | undefined;
  try {
    const secrets = newSecrets();
    writeFileSync(join(work, secretsFile), JSON.stringify(secrets), { mode: 0o600 });
    for (const { path, text, mode } of cloudFiles({ ...choice, secrets })) {
      const target = join(work, "upper", path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
      writeFileSync(target, text, { mode });
    }
    const binds = [[log, logFolder]] as const;
    const spec = {
      layers: [root],
      changes: work,
      binds,
      hostname,
      pidFile: join(work, "pid"),
      endsWithUs: true,
    };
    first = await startBox(spec, bootCommand, join(log, "box.log"));
    await prepare(first, secrets, networkKinds[choice.network], progress);
    await killBox(first);
    for (const leftover of ["work", "pid", "log"])
      rmSync(join(work, leftover), { recursive: true, force: true });
    rmSync(`${folder}.failed`, { recursive: true, force: true });
    renameSync(work, folder);
  } catch (error) {
    if (progress.signal.aborted) throw error;
    const kept = `${folder}.failed`;
    rmSync(kept, { recursive: true, force: true });
    renameSync(log, kept);
    throw new Error(`the first boot failed; its logs are in ${kept}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    if (first !== undefined) await killBox(first);
    rmSync(work, { recursive: true, force: true });
  }
}

/** From a bare root with configuration to a cloud with accounts and an external network, stopped in good order. */
async function prepare(
  first: ProcessId,
  secrets: CloudSecrets,
  kind: NetworkKind,
  { report, signal }: Progress,
): Promise<void> {
  const inside = (command: string, env: Record<string, string> = {}, input?: string): Promise<string> =>
    runInside(first, ["sh", "-eu", "-c", command], { signal, input, env: { ...process.env, ...env } });
  const admin = adminAccount(secrets);

  report("preparing a cloud: database and message queue");
  await prepareBox(first, signal);
  await inside(
    [
      `mkdir -p ${dataFolders.join(" ")}`,
      `chown mysql ${dataFolder}/mysql`,
      `chown -R rabbitmq ${dataFolder}/rabbitmq /etc/rabbitmq`,
      `mariadb-install-db --defaults-file=/etc/devcloud/mariadb.cnf --auth-root-authentication-method=socket --skip-test-db`,
    ].join("\n"),
  );
  await startStage(first, "foundations", kind, signal);
  await inside(`mariadb --socket=${databaseSocket}`, {}, databaseSql(secrets));

  report("preparing a cloud: database schemas");
  const keystone = [
    "keystone-manage db_sync",
    "keystone-manage fernet_setup --keystone-user root --keystone-group root",
    "keystone-manage credential_setup --keystone-user root --keystone-group root",
    // The password comes from the environment.
    `keystone-manage bootstrap --bootstrap-region-id ${region} --bootstrap-admin-url ${authUrl} --bootstrap-internal-url ${authUrl} --bootstrap-public-url ${authUrl}`,
  ];
  const nova = [
    "nova-manage api_db sync",
    "nova-manage cell_v2 map_cell0",
    "nova-manage cell_v2 create_cell --name cell1",
    "nova-manage db sync",
  ];
  const neutron =
    "neutron-db-manage --config-file /etc/neutron/neutron.conf --config-file /etc/neutron/ml2.ini";
  const accounts = async (): Promise<void> => {
    await inside(keystone.join("\n"), { OS_BOOTSTRAP_PASSWORD: secrets.admin });
    await supervisorctl(first, ["start", "control:keystone"], signal);
    const tenant = tenantAccount(secrets);
    await runTask(
      first,
      { do: "seed accounts", admin, servicePassword: secrets.service, tenant },
      { signal },
    );
  };
  await Promise.all([
    accounts(),
    inside("glance-manage db_sync\nplacement-manage db sync"),
    inside(nova.join("\n")),
    inside(`${neutron} upgrade heads`),
  ]);

  report("preparing a cloud: services, flavors, external network");
  const since = Date.now();
  await startStage(first, "control", kind, signal);
  await Promise.all([
    runTask(first, { do: "seed resources", admin }, { signal }),
    startStage(first, "agents", kind, signal),
    // A compute host takes servers only once it is mapped to its cell.
    runTask(first, { do: "wait for compute", admin, since }, { signal }).then(() =>
      inside("nova-manage cell_v2 discover_hosts"),
    ),
  ]);
  await stopServices(first, signal);
}
