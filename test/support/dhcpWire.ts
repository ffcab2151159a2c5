import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import {
  dnsmasqConf,
  dnsmasqConfPath,
  dnsmasqServeScript,
  dnsmasqUnit,
} from "../../plan/guest/dnsmasq/dnsmasq";
import type { LabPlan } from "../../plan/lab/labPlan";
import { until } from "./waiting";

const client = join(__dirname, "dhcpClient.py");

const isHere = (program: string) => spawnSync(program, ["--version"]).error === undefined;

/** What a Wire needs and this machine has not. */
export const missingForWire: readonly string[] = [
  ...["dnsmasq", "ip", "python3", "setpriv"].filter((program) => !isHere(program)),
  ...(process.getuid?.() === 0 ? [] : ["root"]),
];

export interface Answer {
  readonly address: string;
  readonly next: string;
  readonly file: string;
  /** By code, in hex. */
  readonly options: Readonly<Record<string, string>>;
}
export interface Message {
  readonly mac: string;
  /** 1 discover, 3 request, 8 inform. @default 1 */
  readonly type?: number;
  /** By code, in hex. */
  readonly options?: Readonly<Record<string, string>>;
}

/** An undercloud's end of the wire, where dnsmasq runs as its unit has it run, and a node's. */
export class Wire {
  #folder = "";
  readonly #names = ["server", "node"].map((end) => `ovb-${process.pid}-${Wire.#count}-${end}`);
  #server: ChildProcess | undefined;
  static #count = 0;
  log = "";
  readonly #plan: LabPlan;

  constructor(plan: LabPlan) {
    this.#plan = plan;
    Wire.#count++;
  }

  async start(): Promise<void> {
    const { ctlplane, undercloud } = this.#plan;
    this.#folder = mkdtempSync(join(tmpdir(), "ovb-dnsmasq-"));
    const [server, node] = this.#names as [string, string];
    const prefix = ctlplane.subnet.cidr.split("/")[1];
    ip("netns", "add", server);
    ip("netns", "add", node);
    ip("-n", server, "link", "add", "ctl0", "type", "veth", "peer", "name", "node0", "netns", node);
    ip("-n", server, "link", "set", "ctl0", "up");
    ip("-n", node, "link", "set", "node0", "up");
    ip("-n", server, "addr", "add", `${ctlplane.server}/${prefix}`, "dev", "ctl0");
    const [base] = ctlplane.subnet.cidr.split("/");
    ip("-n", node, "addr", "add", `${base!.replace(/\d+$/, "77")}/${prefix}`, "dev", "node0");

    const dhcp = undercloud!.ironic!.dhcp!;
    const [conf, tftp] = [join(this.#folder, "dnsmasq.conf"), join(this.#folder, "tftp")];
    mkdirSync(tftp);
    writeFileSync(join(tftp, "undionly.kpxe"), "k".repeat(1300));
    writeFileSync(join(tftp, "ipxe.efi"), "e".repeat(512));
    writeFileSync(conf, dnsmasqConf(ctlplane, dhcp).replace(/^tftp-root=.*$/m, `tftp-root=${tftp}`));
    const script = dnsmasqServeScript(ctlplane, dhcp).replace(dnsmasqConfPath, conf);
    for (const name of ["run", "state"]) mkdirSync(join(this.#folder, name), { mode: 0o777 });
    spawnSync("chmod", ["-R", "a+rwX", this.#folder]);
    const env = {
      PATH: process.env.PATH,
      RUNTIME_DIRECTORY: join(this.#folder, "run"),
      STATE_DIRECTORY: join(this.#folder, "state"),
    };
    // As systemd does for DynamicUser, AmbientCapabilities and CapabilityBoundingSet.
    const caps = `-all,${/AmbientCapabilities=(.*)/.exec(dnsmasqUnit(""))![1]!.toLowerCase().replace(/cap_/g, "+").replace(/ /g, ",")}`;
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
    const all = [...nobody, `--inh-caps=${caps}`, `--ambient-caps=${caps}`, `--bounding-set=${caps}`];
    this.#server = spawn("ip", ["netns", "exec", server, "setpriv", ...all, "sh", "-c", script], { env });
    for (const stream of [this.#server.stdout!, this.#server.stderr!])
      stream.on("data", (part: Buffer) => {
        this.log += part;
      });
    await until("dnsmasq serves", () => {
      if (this.#server!.exitCode !== null) throw new Error(`It ended:\n${this.log}`);
      return this.log.includes("static leases only");
    });
  }

  /** Sends all messages, and waits for the answer to the last. @returns the answers to each, of whoever */
  ask(...messages: Message[]): Answer[][] {
    const [answers] = this.#run([{ ask: messages.map((one) => ({ type: 1, ...one })) }]);
    return answers as Answer[][];
  }

  /** What the server says to these messages; it answers each of them. */
  answers(...messages: Message[]): Answer[] {
    return this.ask(...messages).map((all) => {
      expect(all, this.log).toHaveLength(1);
      return all[0]!;
    });
  }

  /** By TFTP. @returns the file's length, or the error's words */
  fetch(file: string): number | string {
    return this.#run([{ fetch: [this.#plan.ctlplane.server, file] }])[0] as number | string;
  }

  #run(requests: readonly object[]): unknown[] {
    const args = ["netns", "exec", this.#names[1]!, "python3", client, "node0", "60"];
    const input = JSON.stringify(requests);
    const { stdout, stderr, status } = spawnSync("ip", args, { input, encoding: "utf8" });
    if (status !== 0) throw new Error(`${stderr}\n${this.log}`);
    return JSON.parse(stdout) as unknown[];
  }

  stop(): void {
    this.#server?.kill();
    for (const name of this.#names) spawnSync("ip", ["netns", "del", name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}
