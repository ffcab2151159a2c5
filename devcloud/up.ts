import { mkdirSync } from "node:fs";
import type { ProcessId } from "../process/alive";
import { cacheFolder, stateFolder } from "../process/folders";
import type { Progress } from "../process/progress";
import type { GuestImage } from "./api/image";
import { bootCommand, prepareBox, runInside, stageReady, startStage, supervisorctl } from "./boot";
import { startBox } from "./box";
import { Cloud, type CloudRecord } from "./cloud";
import { hostname, logFolder, type NetworkName } from "./config/settings";
import { adminAccount } from "./credentials";
import { ensureGuest, ensureUndercloud, guestName, undercloudName } from "./guest";
import { ensureIpxeImages } from "./ipxeImages";
import { ensureLayer } from "./layer";
import type { NetworkKind } from "./network/kind";
import { networkKinds } from "./network/kinds";
import { missingRequirements } from "./preflight";
import { ensureRoot, hasRoot } from "./root";
import { runTask } from "./runTask";
import { stages } from "./service";
import { sweepCache } from "./sweepCache";

export interface UpOptions {
  name: string;
  /** Neutron's backend; left out, that of a cloud that runs, and else OVN. */
  network?: NetworkName;
  fakeCompute: boolean;
  /** With the image `ovb-undercloud`, whose upload takes a minute. */
  ironic: boolean;
}

/**
 * Makes sure a cloud runs: starts it, does nothing when it is up, replaces one that an interrupted start or a crash
 * left half dead. When it fails or is told to stop, nothing of it keeps running; after a failure its logs are kept.
 */
export async function up(options: UpOptions, progress: Progress): Promise<void> {
  const cloud = new Cloud(options.name);
  const { report } = progress;
  const first = cloud.process();
  const record = cloud.record();
  if (first !== undefined && record?.ready && cloud.starter() === undefined) {
    const other = difference(record, options);
    if (other !== undefined) {
      throw new Error(
        `the cloud "${cloud.name}" runs with ${other}: take it down first (devcloud down), or use another --name`,
      );
    }
    await revive(cloud, first, record, progress);
    if (options.ironic && !record.ironic) await addUndercloud(cloud, first, record, progress);
    return;
  }
  const missing = await missingRequirements({
    cacheFolder: cacheFolder(),
    stateFolder: stateFolder(),
    buildsRoot: !hasRoot(),
    fakeCompute: options.fakeCompute,
  });
  if (missing.length > 0) throw new Error(missing.join("\n"));

  cloud.claim();
  sweepCache();
  try {
    if (record !== undefined || first !== undefined) {
      report(`removing what is left of an earlier cloud "${cloud.name}" that did not end well`);
      await cloud.stop();
      cloud.remove();
      cloud.claim();
    }
    await start(cloud, options, progress);
    cloud.release();
  } catch (error) {
    await cloud.stop();
    if (progress.signal.aborted) {
      cloud.remove();
      throw error;
    }
    cloud.release();
    throw new Error(
      `${(error as Error).message}\nThe logs are in ${cloud.logFolder} until devcloud down --name ${cloud.name}.`,
      { cause: error },
    );
  }
}

/** What a running cloud has that cannot become what is asked for; undefined when it fits. */
function difference(record: CloudRecord, { network, fakeCompute }: UpOptions): string | undefined {
  const kind: NetworkKind | undefined = networkKinds[record.network];
  if (kind === undefined) return "services of an earlier version of this program";
  if (network !== undefined && network !== record.network) return kind.title;
  if (fakeCompute !== record.fakeCompute) return `${record.fakeCompute ? "fake" : "real"} compute`;
  return undefined;
}

/** A cloud that was up: says so, or starts again the services that gave up. */
async function revive(
  cloud: Cloud,
  first: ProcessId,
  record: CloudRecord,
  { report, signal }: Progress,
): Promise<void> {
  const broken = [...(await cloud.services(first))]
    .filter(([, state]) => state !== "RUNNING")
    .map(([name]) => name);
  if (broken.length === 0) return report(`the cloud "${cloud.name}" is up already`);
  report(`starting again: ${broken.join(", ")}`);
  const since = Date.now();
  const kind = networkKinds[record.network];
  const admin = adminAccount(record.secrets);
  await supervisorctl(first, ["start", ...stages.map((stage) => `${stage}:*`)], signal).catch(() => {
    // Which ones do not start is found out next, with a better message.
  });
  try {
    const wait = { do: "wait for cloud", admin, since, agents: kind.agents } as const;
    await Promise.all([
      stageReady(first, "agents", kind, signal),
      runTask(first, wait, { signal, onLine: report }),
    ]);
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\nSee devcloud logs ${broken[0]}, or start afresh with devcloud down and up; its servers and networks are lost then.`,
      { cause: error },
    );
  }
}

/** The undercloud's image on a cloud that was started without. */
async function addUndercloud(
  cloud: Cloud,
  first: ProcessId,
  record: CloudRecord,
  progress: Progress,
): Promise<void> {
  const { report, signal } = progress;
  const root = await ensureRoot(progress);
  const guest: GuestImage = record.fakeCompute
    ? await placeholder(first, undercloudName, signal)
    : await ensureUndercloud({ root, ...progress });
  await runTask(first, { do: "upload", admin: adminAccount(record.secrets), guest }, { signal });
  cloud.writeRecord({ ...record, ironic: true });
  report(`the image ${guest.name} is uploaded`);
}

async function start(cloud: Cloud, options: UpOptions, { report, ...outer }: Progress): Promise<void> {
  // When one of the things that go on side by side fails, the others are to stop as well.
  const failed = new AbortController();
  const signal = AbortSignal.any([outer.signal, failed.signal]);
  const progress = { report, signal };
  const root = await ensureRoot(progress);
  // The first time building the guests takes minutes of their own, so it goes on beside the rest.
  const wanted = options.ironic ? [ensureGuest, ensureUndercloud] : [ensureGuest];
  const guests = options.fakeCompute ? [] : wanted.map((ensure) => ensure({ root, ...progress }));
  const services = startServices(cloud, root, options, progress);
  const upload = async (image: GuestImage): Promise<void> => {
    const { first, admin } = await services;
    await runTask(first, { do: "upload", admin, guest: image }, { signal });
    report(`the image ${image.name} is uploaded`);
  };
  const uploaded = async (): Promise<void> => {
    const { first } = await services;
    const images = options.fakeCompute
      ? [guestName, ...(options.ironic ? [undercloudName] : [])].map(async (name) =>
          upload(await placeholder(first, name, signal)),
        )
      : guests.map(async (guest) => upload(await guest));
    await Promise.all(images);
  };
  const ready = async (): Promise<void> => {
    const { first, admin, since, kind } = await services;
    const { agents } = kind;
    await Promise.all([
      startStage(first, "control", kind, signal).then(() => startStage(first, "agents", kind, signal)),
      runTask(first, { do: "wait for cloud", admin, since, agents }, { signal, onLine: report }),
    ]);
  };
  // For `exec`, which hands them to the labs.
  const works = [...guests, ensureIpxeImages(progress), uploaded(), ready()];
  try {
    await Promise.all(works);
  } catch (error) {
    failed.abort(error);
    // What still runs is to have ended before the cloud's files go.
    await Promise.allSettled(works);
    throw error;
  }
  cloud.writeRecord({ ...cloud.record()!, ready: true });
}

/** Starts the box with its foundations, on a fresh copy of the prepared layer. */
async function startServices(
  cloud: Cloud,
  root: string,
  { fakeCompute, ironic, network = "ovn" }: UpOptions,
  progress: Progress,
) {
  const { report, signal } = progress;
  const layer = await ensureLayer(root, { fakeCompute, network }, progress);
  report("starting the services");
  mkdirSync(cloud.logFolder, { recursive: true, mode: 0o700 });
  const since = Date.now();
  const startedAt = new Date(since).toISOString();
  cloud.writeRecord({ network, fakeCompute, ironic, startedAt, secrets: layer.secrets, ready: false });
  const spec = {
    layers: [layer.path, root],
    changes: cloud.changesFolder,
    binds: [[cloud.logFolder, logFolder]] as const,
    hostname,
    pidFile: cloud.pidFile,
  };
  const first = await startBox(spec, bootCommand, `${cloud.logFolder}/box.log`);
  await prepareBox(first, signal);
  const kind = networkKinds[network];
  await startStage(first, "foundations", kind, signal);
  return { first, admin: adminAccount(layer.secrets), since, kind };
}

/** Where nothing boots, an empty disk does as a guest. */
async function placeholder(first: ProcessId, name: string, signal: AbortSignal): Promise<GuestImage> {
  const disk = `/tmp/${name}.qcow2`;
  await runInside(first, ["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], { signal });
  return { name, disk: `/proc/${first.pid}/root${disk}` };
}
