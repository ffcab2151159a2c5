import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { until } from "./waiting";

/** Where `.ci/run` unpacks Debian's openssh-server and its library, so that no daemon is started on the machine. */
const unpacked = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ovb", "openssh-server");
const sshd = ["/usr/sbin/sshd", join(unpacked, "usr/sbin/sshd")].find((file) => existsSync(file));
const root = process.getuid?.() === 0;
/** Root is to be nobody there: a server of root's own wants a user and folders that only an installed package has. */
const nobody = 65534;

/** Why there can be no server; undefined: there can. */
export const noSshServer =
  process.platform !== "linux"
    ? "Linux has all of 127.0.0.0/8"
    : sshd === undefined
      ? "no openssh-server"
      : spawnSync("ssh", ["-V"]).error
        ? "no openssh-client"
        : undefined;

/** Whom to log in as: sshd runs as one user, who is the only one that it lets in. */
export const sshUser = root ? "debian" : userInfo().username;

/** A real OpenSSH server on loopback, without root's rights. */
export class SshServer {
  readonly folder: string;
  #child!: ChildProcess;

  /** @param parent everybody may enter it @param address of 127.0.0.0/8 */
  constructor(
    parent: string,
    name: string,
    readonly address: string,
    readonly port: number,
  ) {
    this.folder = join(parent, name);
    mkdirSync(join(this.folder, "home"), { recursive: true });
  }

  /** What it lets in. */
  authorize(...publicKeys: readonly string[]): void {
    writeFileSync(join(this.folder, "authorized_keys"), publicKeys.map((key) => `${key}\n`).join(""));
  }

  /** Starts it, with a host key of its own: another one each time. */
  async start(): Promise<this> {
    const file = (name: string) => join(this.folder, name);
    const user = `${sshUser}:x:${nobody}:${nobody}::${file("home")}:/bin/sh\n`;
    writeFileSync(file("passwd"), `root:x:0:0:root:/root:/bin/sh\n${user}`);
    writeFileSync(
      file("sshd_config"),
      `ListenAddress ${this.address}:${this.port}
HostKey ${file("host-key")}
AuthorizedKeysFile ${file("authorized_keys")}
StrictModes no
UsePAM no
PidFile none
KbdInteractiveAuthentication no
PasswordAuthentication no
LogLevel DEBUG1
`,
    );
    execFileSync("rm", ["-f", file("host-key"), file("host-key.pub")]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file("host-key")]);
    if (root) for (const one of [".", "home", "host-key"]) chownSync(file(one), nobody, nobody);
    // Nobody may look into the cache of root's.
    cpSync(sshd!, file("sshd"));
    const libraries = ["x86_64", "aarch64"].map((machine) =>
      join(unpacked, "usr/lib", `${machine}-linux-gnu`),
    );
    for (const folder of libraries)
      if (existsSync(folder)) cpSync(folder, file("lib"), { recursive: true, dereference: true });
    const server = [file("sshd"), "-D", "-e", "-f", file("sshd_config")];
    // In a mount namespace of its own the user exists, with a shell and a home.
    const asNobody = `mount --bind ${file("passwd")} /etc/passwd && exec setpriv --reuid ${nobody} --regid ${nobody} --clear-groups "$@"`;
    const [command, ...args] = root ? ["unshare", "--mount", "sh", "-c", asNobody, "sh", ...server] : server;
    this.#child = spawn(command!, args, {
      env: { ...process.env, LD_LIBRARY_PATH: file("lib") },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.stderr!.on("data", (text) => this.#log.push(String(text)));
    await until(`an SSH server at ${this.address}`, () => {
      if (this.#child.exitCode !== null) throw new Error(`sshd has ended: ${this.log}`);
      return this.#answers();
    });
    return this;
  }

  readonly #log: string[] = [];

  /** What it says, most of it about its clients. */
  get log(): string {
    return this.#log.join("");
  }

  get hostKey(): string {
    return readFileSync(join(this.folder, "host-key.pub"), "utf8").split(" ")[1]!;
  }

  /** Ends it and every connection. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    // Its clients' processes hold the pipe for a while longer.
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    const connections = descendants(this.#child.pid!);
    this.#child.kill();
    await ended;
    for (const pid of connections) {
      try {
        process.kill(pid);
      } catch {} // it has ended by itself
    }
    this.#child.stderr!.destroy();
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, this.address, () => resolve(true)).on("error", () => resolve(false));
      socket.unref().on("data", () => socket.destroy());
    });
  }
}

function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return children.filter(Boolean).flatMap((child) => [Number(child), ...descendants(Number(child))]);
  } catch {
    return []; // it has just ended
  }
}
