import { expect } from "vitest";
import { getServer, listServers } from "../../openstack/nova";
import type { LabPlan } from "../../plan/lab/labPlan";
import type { GuestAccess } from "./guest";
import { session } from "./tenant";
import { succeeded, type TestLab } from "./testLab";
import { until } from "./until";

/** ipmitool of the undercloud's guest, against the BMC VM of a lab. */
export class BmcClient {
  undercloud = "";
  password = "";
  readonly #lab: TestLab;
  readonly #access: GuestAccess;

  constructor(lab: TestLab, access: GuestAccess) {
    this.#lab = lab;
    this.#access = access;
  }

  /** After an `up`: the undercloud is reachable and holds the password, in a file. */
  async prepare(): Promise<void> {
    const { undercloud, nodesJson } = await this.#lab.outputs();
    this.undercloud = undercloud.floatingIp!;
    this.password = /"pm_password": ?"([^"]+)"/.exec(nodesJson)![1]!;
    await this.#access.wait(this.undercloud, 900_000);
    const { status, text } = await this.#access.run(
      this.undercloud,
      "umask 077; cat >password; echo not-the-password >wrong",
      undefined,
      this.password,
    );
    expect({ status, text }).toEqual({ status: 0, text: "" });
  }

  get plan(): LabPlan {
    return this.#lab.plan;
  }

  /** A command of ipmitool's to a node's BMC. */
  async ipmitool(key: string, command: string, passwordFile = "password") {
    const { ipmiAddress, ipmiPort } = this.plan.nodes.find((node) => node.key === key)!;
    const endpoint = `-H ${ipmiAddress} -p ${ipmiPort}`;
    const all = `ipmitool -I lanplus -C 17 ${endpoint} -U admin -f ${passwordFile} ${command}`;
    const { status, text } = await this.#access.run(this.undercloud, all);
    return { status, text: text.trim() };
  }

  /**
   * The same, which must work: at once, or once the node is no longer busy, or once more where a slow Nova made ipmitool
   * give up waiting.
   */
  async good(key: string, command: string): Promise<string> {
    const told: string[] = [];
    const done = async () => {
      const { status, text } = await this.ipmitool(key, command);
      told.push(text);
      return status === 0;
    };
    await until(`${command} of ${key}`, done).catch((error: Error) => {
      throw new Error(`${error.message}; ipmitool said:\n${told.join("\n")}`);
    });
    return told.at(-1)!;
  }

  /** A command on the BMC's VM, by way of the undercloud. */
  onBmc(command: string) {
    return this.#access.run(this.plan.bmc!.address, command, this.undercloud);
  }

  /** Id of a server of the lab, by its name without the lab's. */
  async id(name: string): Promise<string> {
    const all = await listServers(session, { name: `${this.plan.name}-${name}` });
    if (!all[0]) throw new Error(`there is no ${name}`);
    return all[0].id;
  }

  /** Nova's word, with nothing under way. */
  async isStatus(key: string, status: string): Promise<void> {
    const id = await this.id(key);
    await until(`${key} is ${status} for Nova`, async () => {
      const now = await getServer(session, id);
      return now.status === status && now["OS-EXT-STS:task_state"] === null;
    });
  }

  /** On and off by IPMI, as Nova sees it. */
  async powersOnAndOff(key: string): Promise<void> {
    expect(await this.good(key, "power status")).toBe("Chassis Power is off");
    await this.good(key, "power on");
    await this.isStatus(key, "ACTIVE");
    await this.good(key, "power off");
    await this.isStatus(key, "SHUTOFF");
    await until(`${key} is off for its BMC`, async () =>
      (await this.ipmitool(key, "power status")).text.endsWith("is off"),
    );
  }

  /** The BMC's VM is rebooted and answers again for all nodes. */
  async rebootBmc(): Promise<void> {
    const bootId = async () => (await this.onBmc("cat /proc/sys/kernel/random/boot_id")).text.trim();
    const before = await bootId();
    expect(before).toMatch(/^[0-9a-f-]{36}$/);
    await this.onBmc("sudo systemctl reboot");
    await until("the BMC's VM is back", async () => {
      const now = await bootId();
      return /^[0-9a-f-]{36}$/.test(now) && now !== before;
    });
    for (const { key } of this.plan.nodes) {
      await until(`${key}'s BMC answers after the reboot`, async () =>
        (await this.ipmitool(key, "power status")).text.startsWith("Chassis Power is"),
      );
    }
  }

  async up(): Promise<void> {
    succeeded(await this.#lab.up());
  }
}
