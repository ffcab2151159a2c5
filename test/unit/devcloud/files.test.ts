import { describe, expect, test } from "vitest";
import { renderIni } from "../../../devcloud/config/ini";
import type { CloudSecrets, CloudSettings } from "../../../devcloud/config/settings";
import { cloudFiles } from "../../../devcloud/files";

const secrets: CloudSecrets = {
  database: "secret-database",
  messageQueue: "secret-queue",
  service: "secret-service",
  admin: "secret-admin",
  tenant: "secret-tenant",
  metadata: "secret-metadata",
};
const real: CloudSettings = { fakeCompute: false, secrets };

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
  test("only root reads a file that holds one", () => {
    const holders = cloudFiles(real).filter(({ text }) =>
      Object.values(secrets).some((word) => text.includes(word)),
    );
    expect(holders.length).toBeGreaterThan(5);
    expect(holders.filter(({ mode }) => mode !== 0o600).map(({ path }) => path)).toEqual([]);
  });

  test("nobody's own password is in a file of the services", () => {
    const text = cloudFiles(real)
      .map((file) => file.text)
      .join();
    expect(text).not.toContain(secrets.admin);
    expect(text).not.toContain(secrets.tenant);
  });

  test("metadata proxy and Nova share the one that signs instance ids", () => {
    const agent = parsed("/etc/neutron/metadata_agent.ini").DEFAULT?.metadata_proxy_shared_secret;
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
  test("vxlan learns from l2population and never from multicast", () => {
    const ml2 = parsed("/etc/neutron/ml2.ini");
    expect(ml2.vxlan).toEqual({ enable_vxlan: "true", local_ip: "127.0.0.1", l2_population: "true" });
    expect(ml2.ml2?.mechanism_drivers).toBe("linuxbridge,l2population");
    expect(parsed("/etc/neutron/neutron.conf").experimental).toEqual({ linuxbridge: "true" });
  });

  test("ten address pairs a port, and port security as an extension", () => {
    expect(parsed("/etc/neutron/neutron.conf").DEFAULT?.max_allowed_address_pair).toBe("10");
    expect(parsed("/etc/neutron/ml2.ini").ml2?.extension_drivers).toBe("port_security");
  });

  test("emulation, never KVM; the fake driver only when asked for", () => {
    expect(parsed("/etc/nova/nova.conf").libvirt?.virt_type).toBe("qemu");
    expect(parsed("/etc/nova/nova.conf").DEFAULT?.compute_driver).toBe("libvirt.LibvirtDriver");
    const fake = parsed("/etc/nova/nova.conf", { fakeCompute: true, secrets });
    expect(fake.DEFAULT?.compute_driver).toBe("fake.FakeDriver");
  });

  test("an ebtables that can delete --among-src rules comes first on the PATH", () => {
    const wrapper = cloudFiles(real).find(({ path }) => path === "/usr/local/sbin/ebtables");
    expect(wrapper?.mode).toBe(0o755);
    expect(wrapper?.text).toMatch(/^#!\/bin\/bash\n/);
    // A loop through itself would be the end: it has to name the real program.
    expect(wrapper?.text).toContain('exec /usr/sbin/ebtables-nft "$@"');
  });

  test("foundations listen on the loopback only, so that no VM meets a database", () => {
    const text = (path: string): string => cloudFiles(real).find((file) => file.path === path)?.text ?? "";
    expect(parsed("/etc/devcloud/mariadb.cnf").mysqld?.["bind-address"]).toBe("127.0.0.1");
    expect(text("/etc/rabbitmq/rabbitmq.conf")).toContain("listeners.tcp.local = 127.0.0.1:5672");
    expect(text("/etc/rabbitmq/rabbitmq-env.conf")).toContain("inet_dist_use_interface {127,0,0,1}");
  });
});

test("the same settings give the same files, so that the prepared layer's key is stable", () => {
  expect(cloudFiles(real)).toEqual(cloudFiles({ fakeCompute: false, secrets: { ...secrets } }));
});

test("a value with a line break is refused, because it would be an option of its own", () => {
  expect(() => renderIni({ DEFAULT: { a: "1\nb = 2" } })).toThrow("[DEFAULT] a: the value has a line break");
});
