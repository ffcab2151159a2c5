import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Disk } from "../../nova/bootPlan";
import { type BootOverride, MachineBusy, type MediaTrust } from "../../nova/machine";
import type { Log } from "../../service/log";
import type { Fault } from "../faults/fault";
import type { Medium } from "./medium";
import type { Operation } from "./operation";
import type { WaitingWish } from "./wish";

export type BiosAttributes = Readonly<Record<string, string | number | boolean | null>>;

/** What must outlive the agent. */
export interface NodeRecord {
  /** Of the server: another one under the same name begins anew. */
  readonly uuid: string;
  readonly override: BootOverride;
  readonly disk?: Disk;
  readonly operation?: Operation;
  /** Comes after the operation, or after what somebody else has Nova do. */
  readonly next?: WaitingWish;
  readonly medium?: Medium;
  readonly bios?: { readonly current: BiosAttributes; readonly pending: BiosAttributes };
  /** Of the drive; absent: careful. */
  readonly trust?: MediaTrust;
  readonly faults?: readonly Fault[];
}

const stateVersion = 1;

interface File {
  version: number;
  lab: string;
  nodes: Record<string, NodeRecord>;
}

export interface StateStoreOptions {
  /** One per lab. */
  readonly file: string;
  readonly lab: string;
  readonly log: Log;
  /** What tests put in the place of the disk. @default atomically */
  readonly write?: (file: string, text: string) => Promise<void>;
}

/**
 * The agent's memory: a JSON file, replaced as a whole, so that a reader sees the old or the new and never half of one.
 * Whoever writes a record waits until it is on the disk; those who come while a write is under way share the next one.
 */
export class StateStore {
  readonly #nodes = new Map<string, NodeRecord>();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  readonly #options: StateStoreOptions;

  private constructor(options: StateStoreOptions) {
    this.#options = options;
  }

  /** A missing or torn file is an empty memory: boot overrides are then the default, and nothing is under way. */
  static async open(options: StateStoreOptions): Promise<StateStore> {
    const store = new StateStore(options);
    await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
    let text: string;
    try {
      text = await readFile(options.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return store;
    }
    try {
      const { version, lab, nodes } = JSON.parse(text) as File;
      if (version !== stateVersion || lab !== options.lab) {
        throw new Error(
          `it is version ${version} of lab ${lab}, not version ${stateVersion} of ${options.lab}`,
        );
      }
      for (const [key, record] of Object.entries(nodes)) store.#nodes.set(key, record);
    } catch (error) {
      const kept = `${options.file}.unreadable`;
      await rename(options.file, kept);
      options.log("state-unreadable", { error: (error as Error).message, kept });
    }
    return store;
  }

  get(key: string): NodeRecord | undefined {
    return this.#nodes.get(key);
  }

  keys(): string[] {
    return [...this.#nodes.keys()];
  }

  /** On the disk when it returns. @throws MachineBusy where that fails; the memory is then as before */
  async set(key: string, record: NodeRecord | undefined): Promise<void> {
    const before = this.#nodes.get(key);
    this.#put(key, record);
    try {
      await this.#flush();
    } catch (error) {
      if (this.#nodes.get(key) === record) this.#put(key, before);
      const { file } = this.#options;
      throw new MachineBusy(`${key}: ${file} cannot be written: ${(error as Error).message}.`, 30);
    }
  }

  /** Until nothing is left to write. */
  async settled(): Promise<void> {
    await (this.#next ?? this.#writing)?.catch(() => {});
  }

  #put(key: string, record: NodeRecord | undefined): void {
    if (record === undefined) this.#nodes.delete(key);
    else this.#nodes.set(key, record);
  }

  /** One write at a time. What is under way may have read the records already, hence the one after it. */
  #flush(): Promise<void> {
    if (this.#next === undefined) {
      const before = this.#writing ?? Promise.resolve();
      const next = before
        .catch(() => {})
        .then(() => {
          this.#writing = next;
          this.#next = undefined;
          const { file, lab, write = atomically } = this.#options;
          const nodes = Object.fromEntries([...this.#nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
          return write(file, `${JSON.stringify({ version: stateVersion, lab, nodes } satisfies File)}\n`);
        });
      this.#next = next;
    }
    return this.#next;
  }
}

/** Written under another name, flushed, renamed, and the folder flushed: a power cut leaves the old file or the new. */
export async function atomically(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await rm(temporary, { force: true });
  const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
