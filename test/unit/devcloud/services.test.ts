import { describe, expect, test } from "vitest";
import { networkNames } from "../../../devcloud/config/settings";
import { main } from "../../../devcloud/main";
import { stages } from "../../../devcloud/service";
import { servicesOf, supervisordConf } from "../../../devcloud/services";
import { newTraces } from "../../../devcloud/traces";

const choices = networkNames.flatMap((network) =>
  [false, true].map((fakeCompute) => ({ network, fakeCompute })),
);
const real = (network: (typeof networkNames)[number]) => servicesOf({ network, fakeCompute: false });
const names = (choice: (typeof choices)[number]): string[] => servicesOf(choice).map(({ name }) => name);

describe.each(networkNames)("services of the kind %s", (network) => {
  test("names are unique, because logs and status go by them", () => {
    const all = names({ network, fakeCompute: false });
    expect(new Set(all).size).toBe(all.length);
  });

  test("fake compute has all but libvirt", () => {
    const fake = names({ network, fakeCompute: true });
    const missing = names({ network, fakeCompute: false }).filter((name) => !fake.includes(name));
    expect(missing).toEqual(["virtlogd", "libvirtd"]);
  });

  test("uwsgi closes its connections, and gives Neutron's workers one number", () => {
    const web = real(network).filter(({ command }) => command.includes("uwsgi"));
    expect(web.map(({ name }) => name)).toEqual([
      "keystone",
      "placement",
      "neutron-api",
      "nova-api",
      "nova-metadata",
    ]);
    for (const { command } of web) {
      expect(command).toContain('--add-header "Connection: close"');
      expect(command).toContain("--set start-time=$(date +%s) ");
    }
  });

  test("the switch learns of offloading before it starts, and by which address the APIs are reached", () => {
    const environment = real(network).find(({ name }) => name === "vswitchd")?.environment;
    expect(environment?.OVB_SETTINGS).toContain("other_config:userspace-tso-enable=true");
    expect(environment?.OVB_BRIDGES?.split(" ").slice(0, 2)).toEqual(["br-int", "br-ex"]);
    expect(environment?.OVB_GATEWAY).toBe("172.24.4.1/24");
  });
});

const agentsOf = (network: (typeof networkNames)[number]) =>
  real(network)
    .filter(({ stage }) => stage === "agents")
    .map(({ name }) => name)
    .sort();

test("whatever calls Neutron or Nova's conductor at its start is an agent", () => {
  expect(agentsOf("ovn")).toEqual(["neutron-maintenance", "neutron-metadata", "nova-compute"]);
  expect(agentsOf("ovs")).toEqual([
    "neutron-dhcp",
    "neutron-l3",
    "neutron-metadata",
    "neutron-openvswitch",
    "nova-compute",
  ]);
});

test("the kinds have all but their own services in common", () => {
  const [ovn, ovs] = networkNames.map((network) => names({ network, fakeCompute: false }));
  expect(ovn!.filter((name) => !ovs!.includes(name))).toEqual([
    "ovn-northbound",
    "ovn-southbound",
    "ovn-northd",
    "ovn-controller",
    "neutron-maintenance",
  ]);
  expect(ovs!.filter((name) => !ovn!.includes(name))).toEqual([
    "neutron-rpc",
    "neutron-openvswitch",
    "neutron-dhcp",
    "neutron-l3",
  ]);
});

describe.each(choices)("supervisord.conf, $network, fake compute $fakeCompute", (choice) => {
  const text = supervisordConf(choice);

  test("has each service once, in the group of its stage", () => {
    const programs = [...text.matchAll(/^\[program:(.+)\]$/gm)].map((match) => match[1]);
    expect(programs).toEqual(names(choice));
    const grouped = [...text.matchAll(/^\[group:(.+)\]\nprograms = (.+)$/gm)].map((match) => [
      match[1],
      match[2],
    ]);
    expect(grouped).toEqual(
      stages.map((stage) => [
        stage,
        servicesOf(choice)
          .filter((service) => service.stage === stage)
          .map(({ name }) => name)
          .join(","),
      ]),
    );
  });

  test("starts nothing by itself and ends whole process groups", () => {
    const count = (line: string): number => text.split("\n").filter((candidate) => candidate === line).length;
    expect(count("autostart = false")).toBe(names(choice).length);
    expect(count("killasgroup = true")).toBe(names(choice).length);
  });

  test("a percent sign is one of the command's own", () => {
    expect(text).toContain("start-time=$(date +%%s)");
    expect(text).not.toMatch(/[^%]%[^%]/);
  });
});

describe("command line", () => {
  test.each([
    [["bogus"]],
    [["exec"]],
    [["capture"]],
    [["capture", "net", "--count", "none"]],
    [["up", "extra"]],
    [["up", "--network", "linuxbridge"]],
  ])("%j is a mistake in usage: status 2", async (argv) => {
    expect(await main(argv)).toBe(2);
  });

  test("help is good: status 0", async () => {
    expect(await main(["up", "--help"])).toBe(0);
  });

  test("a name that could leave the state folder is refused: status 1", async () => {
    expect(await main(["down", "--name", "../other"])).toBe(1);
  });
});

test("traces are what came, not what went", () => {
  const before = { interfaces: ["lo", "eth0"], mounts: ["/ ext4"], namespaces: ["net:[1]"], files: ["old"] };
  const after = {
    interfaces: ["lo", "br-ex"],
    mounts: ["/ ext4"],
    namespaces: ["net:[1]", "net:[2]"],
    files: [],
  };
  expect(newTraces(before, after)).toEqual(["interfaces: br-ex", "namespaces: net:[2]"]);
});
