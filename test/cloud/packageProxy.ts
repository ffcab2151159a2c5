import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer, connect as openSocket, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicNetwork } from "../../devcloud/config/settings";
import { project } from "./testLab";
import { until } from "./until";

/** Where this machine's own apt gets its distribution from, and the proxy that it goes through, if any. */
function machineMirror(): { mirror: string; upstream: string } {
  const targets = execFileSync("apt-get", ["indextargets", "--format", "$(COMPONENT) $(SITE)"], {
    encoding: "utf8",
  });
  const mirror = /^main (http:\S+\/debian)\/?$/m.exec(targets)?.[1];
  if (!mirror) throw new Error("this machine's apt has no Debian mirror by HTTP");
  const upstream = execFileSync("apt-config", ["shell", "proxy", "Acquire::http::Proxy"], {
    encoding: "utf8",
  });
  return { mirror, upstream: /'(.*)'/.exec(upstream)?.[1] ?? "" };
}

/** The network namespace of whoever started `devcloud exec`, which this process is in. */
function outside(): string {
  const own = readlinkSync("/proc/self/ns/net");
  for (let pid = process.ppid; pid > 1; ) {
    const file = `/proc/${pid}/ns/net`;
    if (readlinkSync(file) !== own) return file;
    pid = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
  }
  throw new Error("run it by `devcloud exec`");
}

/**
 * The way to packages that a tenant's network has: a forward proxy beside the cloud's external gateway, which a lab's VMs reach
 * through their router. It lets requests to this machine's own Debian mirror pass and nothing else. Its other half is in the
 * machine's own network namespace (packageProxyHalf.mjs), as the cloud's has no way out; they meet at a Unix socket.
 */
export class PackageProxy {
  readonly port = 3128;
  readonly url = `http://${publicNetwork.gateway}:${this.port}`;
  readonly mirror: string;
  readonly #upstream: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "ovb-packages-"));
  #server: Server | undefined;
  #half: ChildProcess | undefined;

  constructor() {
    ({ mirror: this.mirror, upstream: this.#upstream } = machineMirror());
  }

  async start(): Promise<void> {
    const socket = join(this.#folder, "socket");
    const half = join(project, "test", "cloud", "packageProxyHalf.mjs");
    const args = [socket, new URL(this.mirror).host, this.#upstream];
    this.#half = spawn("nsenter", [`--net=${outside()}`, "--", process.execPath, half, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await until("the proxy's other half", async () => {
      const trial = openSocket(socket);
      return new Promise<boolean>((resolve) => {
        trial.on("connect", () => resolve(trial.destroy() !== undefined));
        trial.on("error", () => resolve(false));
      });
    });
    this.#server = createServer((near: Socket) => {
      const far = openSocket(socket);
      near.pipe(far).pipe(near);
      near.on("error", () => far.destroy());
      far.on("error", () => near.destroy());
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.port, publicNetwork.gateway, resolve));
  }

  stop(): void {
    this.#server?.close();
    this.#half?.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
