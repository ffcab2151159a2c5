import { describe, expect, test } from "vitest";
import { renderIni } from "../../../devcloud/config/ini";
import {
  type CloudSecrets,
  type CloudSettings,
  type NetworkName,
  networkNames,
} from "../../../devcloud/config/settings";
import { cloudFiles } from "../../../devcloud/files";

const secrets: CloudSecrets = {
  database: "secret-database",
  messageQueue: "secret-queue",
  service: "secret-service",
  admin: "secret-admin",
  tenant: "secret-tenant",
  metadata: "secret-metadata",
};
const real: CloudSettings = { network: "ovn", fakeCompute: false, secrets };
const settingsOf = (network: NetworkName): CloudSettings => ({ ...real, network });

/** Section → option → value of a file that the cloud gets. */
function parsed(path: string, settings = real): Record<string, Record<string, string>> {
  const file = cloudFiles(settings).find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  const ini: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of file.text.split("\n")) {
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    if (name !== undefined) ini[name] = section = {};
    const [, option, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
    if (option !== undefined) section[option] = value!;
  }
  return ini;
}

const withToken = {
  "/etc/glance/glance-api.conf": "image",
  "/etc/placement/placement.conf": "placement",
  "/etc/nova/nova.conf": "compute",
  "/etc/neutron/neutron.conf": "network",
};

describe("secrets", () => {
  test.each(networkNames)("only root reads a file that holds one (%s)", (network) => {
    const holders = cloudFiles(settingsOf(network)).filter(({ text }) =>
      Object.values(secrets).some((word) => text.includes(word)),
    );
    expect(holders.length).toBeGreaterThan(5);
    expect(holders.filter(({ mode }) => mode !== 0o600).map(({ path }) => path)).toEqual([]);
  });

  test.each(networkNames)("nobody's own password is in a file of the services (%s)", (network) => {
    const text = cloudFiles(settingsOf(network))
      .map((file) => file.text)
      .join();
    expect(text).not.toContain(secrets.admin);
    expect(text).not.toContain(secrets.tenant);
  });

  test.each([
    ["ovn", "/etc/neutron/ovn_metadata_agent.ini"],
    ["ovs", "/etc/neutron/metadata_agent.ini"],
  ] as const)("metadata proxy and Nova share the one that signs instance ids (%s)", (network, path) => {
    const agent = parsed(path, settingsOf(network)).DEFAULT?.metadata_proxy_shared_secret;
    expect(agent).toBe(secrets.metadata);
    expect(parsed("/etc/nova/nova.conf").neutron?.metadata_proxy_shared_secret).toBe(agent);
  });
});

describe("Keystone's side of each service", () => {
  test.each(Object.entries(withToken))(
    "%s names its service type, which access rules are matched by",
    (path, type) => {
      const section = parsed(path).keystone_authtoken;
      expect(section).toMatchObject({
        service_type: type,
        region_name: "RegionOne",
        auth_url: "http://172.24.4.1:5000/v3",
      });
    },
  );

  test("each service logs in as itself, also to its neighbours", () => {
    const nova = parsed("/etc/nova/nova.conf");
    expect([nova.placement?.username, nova.neutron?.username]).toEqual(["nova", "nova"]);
    expect(parsed("/etc/neutron/neutron.conf").nova?.username).toBe("neutron");
  });
});

describe("what FACTS about the packages ask for", () => {
  test("OVN does routing itself; the agents' kind has one process for their calls and VLANs for tenants", () => {
    expect(parsed("/etc/neutron/neutron.conf").DEFAULT).toMatchObject({ service_plugins: "ovn-router" });
    expect(parsed("/etc/neutron/ml2.ini").ml2).toMatchObject({
      mechanism_drivers: "ovn",
      tenant_network_types: "geneve",
    });
    const ovs = settingsOf("ovs");
    expect(parsed("/etc/neutron/neutron.conf", ovs).DEFAULT).toMatchObject({
      service_plugins: "router",
      rpc_workers: "1",
    });
    expect(parsed("/etc/neutron/ml2.ini", ovs).ml2).toMatchObject({
      mechanism_drivers: "openvswitch",
      tenant_network_types: "vlan",
    });
    expect(parsed("/etc/neutron/openvswitch_agent.ini", ovs)).toMatchObject({
      ovs: { datapath_type: "netdev", bridge_mappings: "public:br-ex,tenant:br-tenant" },
      securitygroup: { firewall_driver: "openvswitch" },
    });
  });

  test.each(networkNames)(
    "databases of switch and network by their sockets, never by TCP (%s)",
    (network) => {
      const text = cloudFiles(settingsOf(network))
        .map((file) => file.text)
        .join();
      expect(text).toContain("unix:/run/openvswitch/db.sock");
      expect(text).not.toMatch(/tcp:127\.0\.0\.1:664[0-2]/);
    },
  );

  test("ten address pairs a port, and port security as an extension", () => {
    expect(parsed("/etc/neutron/neutron.conf").DEFAULT?.max_allowed_address_pair).toBe("10");
    expect(parsed("/etc/neutron/ml2.ini").ml2?.extension_drivers).toBe("port_security");
  });

  test("emulation, never KVM; the fake driver only when asked for", () => {
    expect(parsed("/etc/nova/nova.conf").libvirt?.virt_type).toBe("qemu");
    expect(parsed("/etc/nova/nova.conf").DEFAULT?.compute_driver).toBe("libvirt.LibvirtDriver");
    const fake = parsed("/etc/nova/nova.conf", { ...real, fakeCompute: true });
    expect(fake.DEFAULT?.compute_driver).toBe("fake.FakeDriverWithoutFakeNodes");
  });

  test.each(networkNames)("libvirt has the hook that plugs taps anew (%s)", (network) => {
    const hook = cloudFiles(settingsOf(network)).find(({ path }) => path === "/etc/libvirt/hooks/qemu");
    expect(hook?.mode).toBe(0o755);
    expect(hook?.text).toMatch(/^#!\/bin\/sh\n/);
  });

  test("foundations listen on the loopback only, so that no VM meets a database", () => {
    const text = (path: string): string => cloudFiles(real).find((file) => file.path === path)?.text ?? "";
    expect(parsed("/etc/devcloud/mariadb.cnf").mysqld?.["bind-address"]).toBe("127.0.0.1");
    expect(text("/etc/rabbitmq/rabbitmq.conf")).toContain("listeners.tcp.local = 127.0.0.1:5672");
    expect(text("/etc/rabbitmq/rabbitmq-env.conf")).toContain("inet_dist_use_interface {127,0,0,1}");
  });
});

test("the same settings give the same files, so that the prepared layer's key is stable", () => {
  expect(cloudFiles(real)).toEqual(cloudFiles({ ...real, secrets: { ...secrets } }));
});

test("a value with a line break is refused, because it would be an option of its own", () => {
  expect(() => renderIni({ DEFAULT: { a: "1\nb = 2" } })).toThrow("[DEFAULT] a: the value has a line break");
});
