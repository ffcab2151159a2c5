import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../cli/main";
import { openstackPluginVersion } from "../../openstack/plugin";
import { Session } from "../../openstack/session";
import { labKey } from "../../plan/lab/labKey";
import { FakeNova, type FakeServer } from "./fakeNova";
import { SshServer } from "./sshServer";
import { writeState } from "./stateFile";

/**
 * A lab whose Nova is in memory and whose servers are OpenSSH's, each on an address of loopback; its stack's outputs come
 * from a `pulumi` that stands in.
 */
export class SshLab {
  readonly nova = new FakeNova();
  readonly folder = mkdtempSync(join(tmpdir(), "ovb-ssh-lab-"));
  readonly key = labKey("secret of the lab", "lab");
  /** For `vi.stubEnv`. */
  readonly environment: Record<string, string | undefined>;
  /** The first three numbers of all its addresses. */
  readonly net: string;
  readonly servers: Record<"undercloud" | "bmc" | "node-0", FakeServer>;
  undercloud!: SshServer;
  bmc!: SshServer;
  node!: SshServer;
  port = 0;

  constructor() {
    chmodSync(this.folder, 0o755); // sshd is another user
    this.net = `127.${10 + (process.pid % 200)}.${1 + Math.floor(Math.random() * 250)}`;
    const on = (network: string, host: number, type: "fixed" | "floating" = "fixed") => ({
      [network]: [
        {
          ...{ addr: `${this.net}.${host}`, version: 4 as const },
          ...{ "OS-EXT-IPS:type": type, "OS-EXT-IPS-MAC:mac_addr": "" },
        },
      ],
    });
    const server = (key: string, addresses: FakeServer["addresses"]) =>
      this.nova.node(key, { vmState: "active", power: 1, addresses });
    this.servers = {
      undercloud: server("undercloud", { ...on("lab-ctlplane", 9), ...on("lab-access", 240, "floating") }),
      bmc: server("bmc", on("lab-ctlplane", 241)),
      "node-0": server("node-0", on("lab-ctlplane", 10)),
    };
    this.environment = {
      ...{ OS_CLOUD: undefined, OS_AUTH_URL: undefined, OVB_LABS_FOLDER: undefined },
      ...{ PULUMI_ACCESS_TOKEN: undefined, PULUMI_BACKEND_URL: undefined, SSH_AUTH_SOCK: undefined },
      ...{ XDG_STATE_HOME: this.folder, XDG_RUNTIME_DIR: join(this.folder, "run"), PULUMI_HOME: this.folder },
      ...{ HOME: this.folder, PATH: `${join(this.folder, "bin")}:${process.env.PATH}` },
    };
  }

  /** @param config more of the stack's, in YAML @param outputs of the stack beside the key */
  async start(config = "", outputs: object = { ssh: this.key }): Promise<this> {
    await this.nova.start();
    this.describe(config, outputs);
    this.port = await freePort();
    const open = (name: string, host: number) =>
      new SshServer(this.folder, name, `${this.net}.${host}`, this.port);
    [this.undercloud, this.bmc, this.node] = [open("undercloud", 240), open("bmc", 241), open("node-0", 10)];
    const all = [this.undercloud, this.bmc, this.node];
    for (const one of all) one.authorize(this.key.publicKey);
    await Promise.all(all.map((one) => one.start()));
    return this;
  }

  /** Configuration, state and outputs; `start()` does it, and has servers as well. */
  describe(config: string, outputs: object): void {
    mkdirSync(join(this.folder, "run"), { mode: 0o700 });
    writeFileSync(
      join(this.folder, "Pulumi.dev.yaml"),
      `config:\n  ovb:lab: lab\n  ovb:ctlplane: { cidr: ${this.net}.0/24 }\n${config}`,
    );
    this.writeState();
    this.outputs(outputs);
    this.#pulumi();
  }

  /** The stack's state knows every server that there is. */
  writeState(): void {
    writeState(this.folder, { lab: "lab", stack: "dev", ids: [...this.nova.servers.keys()] });
  }

  outputs(outputs: object): void {
    writeFileSync(join(this.folder, "outputs.json"), JSON.stringify(outputs));
  }

  /** As on a cloud that has no floating IPs, with an access network of others that the plan has by its id. */
  withoutFloatingIps(): void {
    const { addresses } = this.servers.undercloud;
    const { "lab-access": outer = [], ...inner } = addresses ?? {};
    const fixed = outer.map((one) => ({ ...one, "OS-EXT-IPS:type": "fixed" as const }));
    const ipv6 = { ...fixed[0]!, addr: "2001:db8::7", version: 6 as const };
    this.servers.undercloud.addresses = { shared: [ipv6, ...fixed], ...inner };
  }

  /** A whole command. @returns its exit status */
  ovb(...args: string[]): Promise<number> {
    const [command = "", ...rest] = args;
    const stack = ["--stack", "dev", "--config-file", join(this.folder, "Pulumi.dev.yaml")];
    const session = () => new Session(this.nova.auth);
    return main([command, ...stack, ...rest], { session, sshPort: this.port });
  }

  async stop(): Promise<void> {
    await Promise.all([this.undercloud?.stop(), this.bmc?.stop(), this.node?.stop(), this.nova.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pulumi(): void {
    const bin = join(this.folder, "bin");
    mkdirSync(bin);
    const plugins = [{ name: "openstack", version: openstackPluginVersion, kind: "resource" }];
    const pulumi = `#!/bin/sh
case "$*" in
version*) echo v3.250.0 ;;
plugin*) echo '${JSON.stringify(plugins)}' ;;
*output*) cat ${this.folder}/outputs.json ;;
esac
`;
    for (const [name, text] of Object.entries({ pulumi, "pulumi-language-nodejs": "#!/bin/sh\n" })) {
      writeFileSync(join(bin, name), text, { mode: 0o755 });
    }
  }
}

/** On any address. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
