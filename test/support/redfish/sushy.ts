import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { testPassword } from "./serve";

export interface SushyError {
  readonly error: string;
  readonly status?: number;
  readonly text: string;
}

/** Ironic's own Redfish client in a process of its own (sushy_client.py). */
export class Sushy {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(pythonPath: string) {
    this.#child = spawn("python3", [join(__dirname, "sushy_client.py")], {
      env: { ...process.env, PYTHONPATH: pythonPath, REDFISH_PASSWORD: testPassword },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @returns the value, or the exception that sushy raised */
  async ask(operation: string, ...parameters: unknown[]): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify([operation, ...parameters])}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("sushy_client.py ended");
    const answer = JSON.parse(value) as { value?: unknown } | SushyError;
    return "error" in answer ? answer : answer.value;
  }

  stop(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }
}
