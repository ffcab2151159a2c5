import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authFromEnvironment } from "../../openstack/auth";
import { createNetworking, deleteNetworking, listNetworking } from "../../openstack/neutron";
import { Session } from "../../openstack/session";
import { run, succeeded } from "./testLab";

interface Named {
  id: string;
  name: string;
}

/**
 * A second tenant of the devcloud, whose Neutron stands in for an undercloud's: a ctlplane of its own, on which it
 * chooses addresses at will. Project and user are made by the administrator, and removed again.
 */
export class UndercloudTenant {
  readonly #folder = mkdtempSync(join(tmpdir(), "ovb-undercloud-"));
  /** OS_* variables, as --undercloud-env takes them. */
  readonly envFile = join(this.#folder, "undercloud.env");
  readonly #ports = new Map<string, string>();
  readonly #admin: Session;
  readonly #own: Session;
  readonly #project: Named;
  readonly #user: Named;

  private constructor(
    admin: Session,
    own: Session,
    project: Named,
    user: Named,
    readonly password: string,
    environment: Record<string, string>,
  ) {
    this.#admin = admin;
    this.#own = own;
    this.#project = project;
    this.#user = user;
    const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`);
    writeFileSync(this.envFile, lines.join(""), { mode: 0o600 });
  }

  #networkId = "";
  #subnetId = "";

  static async create(name: string, cidr: string): Promise<UndercloudTenant> {
    const admin = new Session(authFromEnvironment(await administrator()));
    const { roles } = await admin.request<{ roles: Named[] }>("identity", "GET", "/roles");
    const make = async (kind: string, values: object) =>
      (
        await admin.request<Record<string, Named>>("identity", "POST", `/${kind}s`, {
          json: { [kind]: values },
        })
      )[kind]!;
    const project = await make("project", { name, domain_id: "default" });
    const password = randomBytes(15).toString("base64url");
    const user = await make("user", { name, password, domain_id: "default" });
    const member = roles.find((role) => role.name === "member")!;
    await admin.request("identity", "PUT", `/projects/${project.id}/users/${user.id}/roles/${member.id}`);
    const environment = {
      OS_AUTH_URL: process.env.OS_AUTH_URL!,
      OS_USERNAME: name,
      OS_PASSWORD: password,
      OS_PROJECT_NAME: name,
      OS_USER_DOMAIN_NAME: "Default",
    };
    const own = new Session(authFromEnvironment(environment));
    const tenant = new UndercloudTenant(admin, own, project, user, password, environment);
    const network = await createNetworking(own, "networks", { name: "ctlplane" });
    const subnet = {
      network_id: network.id,
      cidr,
      ip_version: 4 as const,
      enable_dhcp: false,
      gateway_ip: null,
    };
    tenant.#networkId = network.id;
    tenant.#subnetId = (await createNetworking(own, "subnets", subnet)).id;
    return tenant;
  }

  /** Gives an address to a port of this name, new or not; a node's has its MAC, a VIP's has none of a node. */
  async give(name: string, address: string, mac?: string): Promise<void> {
    const fixed_ips = [{ subnet_id: this.#subnetId, ip_address: address }];
    const known = this.#ports.get(name);
    if (known) {
      await this.#own.request("network", "PUT", `/ports/${known}`, { json: { port: { fixed_ips } } });
      return;
    }
    const port = { name, network_id: this.#networkId, fixed_ips, ...(mac && { mac_address: mac }) };
    this.#ports.set(name, (await createNetworking(this.#own, "ports", port)).id);
  }

  async take(name: string): Promise<void> {
    await deleteNetworking(this.#own, "ports", this.#ports.get(name)!);
    this.#ports.delete(name);
  }

  async remove(): Promise<void> {
    const filter = { project_id: this.#project.id };
    for (const collection of ["ports", "networks", "security-groups"] as const) {
      for (const { id } of await listNetworking(this.#admin, collection, filter)) {
        await deleteNetworking(this.#admin, collection, id);
      }
    }
    await this.#admin.request("identity", "DELETE", `/users/${this.#user.id}`);
    await this.#admin.request("identity", "DELETE", `/projects/${this.#project.id}`);
    rmSync(this.#folder, { recursive: true });
  }
}

/** The environment of `devcloud exec --admin`, which a test asks for as anybody on this machine can. */
async function administrator(): Promise<NodeJS.ProcessEnv> {
  const ovb = join(__dirname, "..", "..", "cli", "ovb.mjs");
  const print = ["node", "-p", "JSON.stringify(process.env)"];
  const { stdout } = succeeded(
    await run(process.execPath, [ovb, "devcloud", "exec", "--admin", "--", ...print]),
  );
  return JSON.parse(stdout) as NodeJS.ProcessEnv;
}
