import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, succeeded } from "./testLab";

/** A key pair of the test run, and commands in a guest by SSH. The floating IPs are reachable where the tests run. */
export class GuestAccess {
  readonly #key = join(mkdtempSync(join(tmpdir(), "ovb-key-")), "id_ed25519");
  publicKey = "";

  async create(): Promise<this> {
    succeeded(await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ovb-test", "-f", this.#key]));
    this.publicKey = readFileSync(`${this.#key}.pub`, "utf8").trim();
    return this;
  }

  /** Forgets the key pair. */
  remove(): void {
    rmSync(dirname(this.#key), { recursive: true, force: true });
  }

  /**
   * @param via a guest to go through, for one without a floating IP.
   * @param input for the command's stdin: what is to be on no command line.
   */
  run(
    address: string,
    command: string,
    via?: string,
    input?: string,
  ): Promise<{ status: number; text: string }> {
    const args = [...this.#options(via), `debian@${address}`, command];
    return new Promise((resolve) => {
      const child = execFile("ssh", args, { timeout: 300_000 }, (error, stdout, stderr) => {
        resolve({
          status: error ? (typeof error.code === "number" ? error.code : 255) : 0,
          text: stdout + stderr,
        });
      });
      child.stdin!.end(input);
    });
  }

  /** A port of 127.0.0.1 that leads to one behind a guest. Ended by killing the process. */
  forward(address: string, localPort: number, to: string): ChildProcess {
    const args = [...this.#options(), "-o", "ExitOnForwardFailure=yes", "-N"];
    return spawn("ssh", [...args, "-L", `127.0.0.1:${localPort}:${to}`, `debian@${address}`], {
      stdio: "ignore",
    });
  }

  #options(via?: string): string[] {
    const options = [
      "StrictHostKeyChecking=no",
      "UserKnownHostsFile=/dev/null",
      "ConnectTimeout=20",
      "LogLevel=ERROR",
    ];
    const common = ["-i", this.#key, ...options.flatMap((option) => ["-o", option])];
    return [...common, ...(via ? ["-o", `ProxyCommand=ssh ${common.join(" ")} -W %h:%p debian@${via}`] : [])];
  }

  /** Waits until the guest answers: its cloud-init has then put the key in place. */
  async wait(address: string, patienceMs = 600_000, via?: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const { status, text } = await this.run(address, "true", via);
      if (status === 0) return;
      if (Date.now() > deadline) throw new Error(`no SSH to ${address}: ${text}`);
      await sleep(3000);
    }
  }
}
