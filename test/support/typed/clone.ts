import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Typed } from "./entry";
import { asTyped } from "./typed";

const project = join(__dirname, "..", "..", "..");
const onTerminal = join(project, "test", "support", "onTerminal.py");
/** Only what hangs takes so long. */
const limitMs = 30 * 60_000;
const endMs = 60_000;

export interface Printed {
  readonly status: number;
  /** Both streams, as they came. */
  readonly text: string;
}

/** A clone of this project as it is, and a shell in it: no cloud in the environment, labs and devclouds of its own. */
export class Clone {
  readonly #above = mkdtempSync(join(tmpdir(), "ovb-clone-"));
  readonly folder = join(this.#above, "ovb");
  readonly #env: NodeJS.ProcessEnv;

  /** With changes that are not committed, and a commit of the clone's own on top, so that HEAD~1 is there. */
  constructor() {
    const chosen = /^(?:OS_|PULUMI_|OVB_|npm_|NODE_ENV$|VITEST)/;
    const kept = Object.entries(process.env).filter(([name]) => !chosen.test(name));
    this.#env = { ...Object.fromEntries(kept), XDG_STATE_HOME: join(this.#above, "state") };
    const git = (args: readonly string[], input?: string) => {
      const { status, stdout, stderr } = spawnSync("git", args, {
        ...{ cwd: project, input, encoding: "utf8", maxBuffer: 2 ** 28 },
      });
      if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const inside = ["-C", this.folder];
    git(["clone", "-q", project, this.folder]);
    const changed = git(["diff", "--binary", "HEAD"]);
    if (changed !== "") git([...inside, "apply"], changed);
    git([...inside, "update-ref", "refs/remotes/origin/main", "HEAD"]);
    const me = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    git([...inside, ...me, "commit", "-q", "--allow-empty", "--all", "-m", "As it is"]);
    writeFileSync(join(this.folder, "key.pub"), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ4 test\n");
  }

  remove(): void {
    rmSync(this.#above, { recursive: true, force: true });
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Types a command of the docs as its entry says, to its end. */
  async type({ type, before = "", after, beside, ...typed }: Typed): Promise<Printed> {
    const other = beside === undefined ? undefined : this.start(asTyped(beside));
    try {
      await other?.shows([/Ctrl-C ends it/]);
      return await this.#type(`${before}\n${this.#line(asTyped(type), typed.answers)}`, typed);
    } finally {
      await other?.interrupt();
      if (after !== undefined) await this.start(after).ended;
    }
  }

  async #type(script: string, { prints, input, untilCtrlC }: Omit<Typed, "type">): Promise<Printed> {
    const running = this.start(script, input);
    if (!untilCtrlC) return running.ended;
    await running.shows(prints);
    const { text } = await running.interrupt();
    return { status: 0, text }; // npx has one of its own
  }

  /** As a shell takes it; with a question, on a terminal. */
  #line(command: string, answers: Typed["answers"]): string {
    if (answers === undefined) return command;
    const [question, answer] = answers;
    const quoted = command.replaceAll("'", "'\\''");
    return `python3 ${onTerminal} '${question}' "${answer}" bash -c '${quoted}'`;
  }

  /** Starts lines of a shell. */
  start(script: string, input = ""): Running {
    return new Running(script, input, this.folder, this.#env);
  }
}

/** Lines of a shell at work, in a process group of their own, as on a terminal. */
class Running {
  #text = "";
  readonly #pid: number;
  readonly #script: string;
  readonly ended: Promise<Printed>;

  constructor(script: string, input: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.#script = script.trim();
    const child = spawn("bash", ["-c", script], { cwd, env, detached: true });
    this.#pid = child.pid!;
    child.stdin.on("error", () => {}); // it does not read
    child.stdin.end(input);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
      });
    this.ended = new Promise((resolve) => {
      const limit = setTimeout(() => this.#signal("SIGKILL"), limitMs);
      child.on("close", (status, signal) => {
        clearTimeout(limit);
        resolve({ status: status ?? 128, text: `${this.#text}${signal ? `(${signal})` : ""}` });
      });
    });
  }

  /** Waits until all of it was printed. @throws Error with what was, when it ends before */
  async shows(patterns: readonly RegExp[]): Promise<void> {
    let over = false;
    this.ended.then(() => {
      over = true;
    });
    while (!patterns.every((pattern) => pattern.test(this.#text))) {
      if (over) throw new Error(`${this.#script} ended without ${patterns.join(", ")}:\n${this.#text}`);
      await sleep(100);
    }
  }

  /** Ctrl-C: everything that the terminal has in the foreground gets it. @throws Error when it goes on all the same */
  async interrupt(): Promise<Printed> {
    this.#signal("SIGINT");
    let goesOn = false;
    const limit = setTimeout(() => {
      goesOn = true;
      this.#signal("SIGKILL");
    }, endMs);
    const printed = await this.ended;
    clearTimeout(limit);
    if (goesOn) throw new Error(`${this.#script} went on after Ctrl-C:\n${printed.text}`);
    return printed;
  }

  #signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.#pid, name);
    } catch {
      // It has ended.
    }
  }
}
