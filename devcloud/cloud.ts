import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isRunning, type ProcessId } from "../process/alive";
import { stateFolder } from "../process/folders";
import { writePrivate } from "../process/writePrivate";
import { runInside } from "./boot";
import { killBox, readBoxProcess } from "./box";
import { type CloudSecrets, type NetworkName, supervisordConfPath } from "./config/settings";

/** What is known of a cloud that has been started. */
export interface CloudRecord {
  network: NetworkName;
  fakeCompute: boolean;
  /** Whether it has the image `ovb-undercloud`. */
  ironic: boolean;
  /** False until everything was seen to work once. */
  ready: boolean;
  /** ISO 8601, when its services were started. */
  startedAt: string;
  /** In a file of mode 0600. */
  secrets: CloudSecrets;
}

/** A cloud by its name: where its files are, and what runs of it. It need not exist. */
export class Cloud {
  readonly folder: string;

  /** Throws when the name cannot be a folder's. */
  constructor(readonly name: string) {
    if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
      throw new Error(
        `"${name}" is no name for a cloud: use up to 32 lower-case letters, digits and hyphens`,
      );
    }
    this.folder = join(stateFolder(), "devcloud", name);
  }

  /** The names of all clouds that have files, running or not. */
  static names(): string[] {
    const folder = join(stateFolder(), "devcloud");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  get changesFolder(): string {
    return join(this.folder, "box");
  }

  /** State of the labs that were made on this cloud. */
  get labsFolder(): string {
    return join(this.folder, "labs");
  }

  get logFolder(): string {
    return join(this.folder, "log");
  }

  get pidFile(): string {
    return join(this.folder, "pid");
  }

  /** The first process of the cloud's box, or undefined when nothing runs. */
  process(): ProcessId | undefined {
    return readBoxProcess(this.pidFile);
  }

  record(): CloudRecord | undefined {
    const file = join(this.folder, "cloud.json");
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CloudRecord) : undefined;
  }

  writeRecord(record: CloudRecord): void {
    writePrivate(join(this.folder, "cloud.json"), JSON.stringify(record));
  }

  /** The running cloud's first process and record. Throws, saying how to start it, when it is not up. */
  require(): { first: ProcessId; record: CloudRecord } {
    const first = this.process();
    const record = this.record();
    if (first === undefined || record === undefined) {
      const others = Cloud.names().filter(
        (name) => name !== this.name && new Cloud(name).process() !== undefined,
      );
      const hint = others.length === 0 ? "" : ` (running: ${others.join(", ")})`;
      throw new Error(
        `the cloud "${this.name}" is not running${hint}: start it with devcloud up --name ${this.name}`,
      );
    }
    return { first, record };
  }

  /** The `up` that is at work on this cloud, or undefined. */
  starter(): ProcessId | undefined {
    const file = join(this.folder, "up");
    if (!existsSync(file)) return undefined;
    const id = JSON.parse(readFileSync(file, "utf8")) as ProcessId;
    return isRunning(id) ? id : undefined;
  }

  /** Makes this process the one that starts the cloud. Throws when another one is at it. */
  claim(): void {
    const other = this.starter();
    if (other !== undefined && other.pid !== process.pid) {
      throw new Error(
        `process ${other.pid} is just starting the cloud "${this.name}": wait for it, or devcloud down`,
      );
    }
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, "up"), JSON.stringify(identify(process.pid)));
  }

  release(): void {
    rmSync(join(this.folder, "up"), { force: true });
  }

  /** The state of each service as supervisord has it: RUNNING, STARTING, BACKOFF, FATAL, EXITED, STOPPED. */
  async services(first: ProcessId): Promise<Map<string, string>> {
    const states = new Map<string, string>();
    // The exit status is 3 as soon as one service does not run, which is no failure of the question.
    const status = `supervisorctl -c ${supervisordConfPath} status || [ $? -eq 3 ]`;
    const text = await runInside(first, ["sh", "-c", status]);
    for (const line of text.split("\n")) {
      const [, name, state] = /^\w+:(\S+)\s+([A-Z]+)\b/.exec(line) ?? [];
      if (name !== undefined && state !== undefined) states.set(name, state);
    }
    return states;
  }

  /** Ends every process of the cloud and of an `up` at work on it. Its files stay. */
  async stop(): Promise<void> {
    const starter = this.starter();
    if (starter !== undefined && starter.pid !== process.pid) {
      // It cleans up after itself; one that hangs is ended.
      process.kill(starter.pid, "SIGTERM");
      for (let waited = 0; isRunning(starter); waited += 100) {
        if (waited > 15_000) process.kill(starter.pid, "SIGKILL");
        await sleep(100);
      }
    }
    const first = this.process();
    if (first !== undefined) await killBox(first);
  }

  /** Removes the cloud's files, and folders above them that are empty now. The cloud must be stopped. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    try {
      rmdirSync(dirname(this.folder));
      rmdirSync(stateFolder());
    } catch {
      // Other clouds or labs have files there.
    }
  }
}
