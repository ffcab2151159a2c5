import { findFlavor } from "../../openstack/flavors";
import { listImages } from "../../openstack/glance";
import {
  createNetworking,
  type DhcpOption,
  deleteNetworking,
  listNetworking,
  type Port,
  updatePort,
} from "../../openstack/neutron";
import { consoleOutput, deleteServer } from "../../openstack/nova";
import { waitForServer } from "../../openstack/wait";
import { session } from "./tenant";
import { until } from "./until";

/** Asks again and again, takes nothing, and says on the console what it was told. */
const script = `#!/bin/sh
exec >/dev/console 2>&1
mkdir -p /run/ovb
cat >/run/ovb/told <<'TOLD'
#!/bin/sh
[ "$1" = bound ] && env | sed 's/^/OVB-TOLD /'
TOLD
chmod 755 /run/ovb/told
nic=$(ls /sys/class/net | grep -v lo | head -1)
ip route | sed 's/^/OVB-ROUTE /'
echo OVB-ROUTES
n=0
while :; do
  n=$((n + 1))
  echo "OVB-GOT $n $(curl -sm 20 http://169.254.169.254:8088/boot.ipxe | head -1)"
  echo "OVB-ASKS $n"
  busybox udhcpc -i "$nic" -f -q -n -t 3 -T 2 -O staticroutes -O 26 -O bootfile -O tftp -O ntpsrv -O 60 -s /run/ovb/told || echo "OVB-NONE $n"
  echo "OVB-ASKED $n"
  sleep 2
done
`;

/** A guest of the test's on the lab's ctlplane, and the port that it is on. */
export class DhcpGuest {
  private constructor(
    readonly port: Port,
    readonly id: string,
  ) {}

  static async boot(lab: string, address: string, options: readonly DhcpOption[]): Promise<DhcpGuest> {
    const [network] = await listNetworking(session, "networks", { name: `${lab}-ctlplane` });
    const [group] = await listNetworking(session, "security-groups", { name: `${lab}-ctlplane` });
    const port = await createNetworking(session, "ports", {
      name: "ovb-test-guest",
      network_id: network!.id,
      fixed_ips: [{ subnet_id: network!.subnets[0], ip_address: address }],
      security_groups: [group!.id],
      extra_dhcp_opts: options,
    });
    const [image] = await listImages(session, { name: "debian-13" });
    const flavor = await findFlavor(session, "m1.small");
    const server = {
      name: "ovb-test-guest",
      imageRef: image!.id,
      flavorRef: flavor!.id,
      networks: [{ port: port.id }],
      config_drive: true,
      user_data: Buffer.from(script).toString("base64"),
    };
    const made = await session.request<{ server: { id: string } }>("compute", "POST", "/servers", {
      json: { server },
    });
    return new DhcpGuest(port, made.server.id);
  }

  async console(): Promise<string> {
    return consoleOutput(session, this.id).catch(() => "");
  }

  /** Its routes when it had booted. */
  async routes(): Promise<string[]> {
    const text = await until("the guest's routes", async () => {
      const now = await this.console();
      return /OVB-ROUTES/.test(now) && now;
    });
    return [...text.matchAll(/OVB-ROUTE (.*?)\r?$/gm)].map(([, line]) => line!.trim());
  }

  /** What answers at 169.254.169.254 when it is asked from now on; empty: nothing. */
  async got(): Promise<string> {
    const answers = async () => [...(await this.console()).matchAll(/OVB-GOT (\d+) (.*?)\r?\n/g)];
    const before = Number((await answers()).at(-1)?.[1] ?? 0);
    // The one that is under way may have begun before.
    return until("an answer at 169.254.169.254, or that there is none", async () => {
      const last = (await answers()).at(-1);
      return last !== undefined && Number(last[1]) >= before + 2 && { text: last[2]!.trim() };
    }).then(({ text }) => text);
  }

  /** What it is told from now on, by udhcpc's names; undefined: nothing, it gets no answer. */
  async told(): Promise<Record<string, string> | undefined> {
    const asked = (text: string) => Number([...text.matchAll(/OVB-ASKED (\d+)/g)].at(-1)?.[1] ?? 0);
    const before = asked(await this.console());
    // The one that is under way may have begun before.
    const text = await until("a DHCP answer, or that there is none", async () => {
      const now = await this.console();
      return asked(now) >= before + 2 && now;
    });
    const n = asked(text);
    const part = text.slice(text.lastIndexOf(`OVB-ASKS ${n}`), text.lastIndexOf(`OVB-ASKED ${n}`));
    const told = [...part.matchAll(/OVB-TOLD (\w+)=(.*?)\r?$/gm)].map(([, name, value]) => [name, value]);
    return told.length === 0 ? undefined : Object.fromEntries(told);
  }

  async set(options: readonly DhcpOption[]): Promise<void> {
    await updatePort(session, this.port.id, { extra_dhcp_opts: [...options] });
  }

  async remove(): Promise<void> {
    await deleteServer(session, this.id);
    await waitForServer(session, this.id, (server) => server === undefined, { timeoutMs: 600_000 });
    await deleteNetworking(session, "ports", this.port.id);
  }
}
