import { describe, expect, test } from "vitest";
import { main } from "../../../devcloud/main";
import { services, servicesOf, stages, supervisordConf } from "../../../devcloud/services";
import { newTraces } from "../../../devcloud/traces";

const names = (fakeCompute: boolean): string[] => servicesOf({ fakeCompute }).map(({ name }) => name);

describe("service table", () => {
  test("names are unique, because logs and status go by them", () => {
    expect(new Set(services.map(({ name }) => name)).size).toBe(services.length);
  });

  test("fake compute has all but libvirt", () => {
    expect(names(false).filter((name) => !names(true).includes(name))).toEqual(["virtlogd", "libvirtd"]);
  });

  test("whatever calls the Neutron server or Nova's conductor at its start is an agent", () => {
    const agents = services.filter(({ stage }) => stage === "agents").map(({ name }) => name);
    expect(agents.sort()).toEqual([
      "neutron-dhcp",
      "neutron-l3",
      "neutron-linuxbridge",
      "neutron-metadata",
      "nova-compute",
    ]);
  });

  test("uwsgi closes its connections", () => {
    const web = services.filter(({ command }) => command.startsWith("uwsgi"));
    expect(web.map(({ name }) => name)).toEqual(["keystone", "placement"]);
    for (const { command } of web) expect(command).toContain('--add-header "Connection: close"');
  });
});

describe.each([false, true])("supervisord.conf, fake compute %s", (fakeCompute) => {
  const text = supervisordConf({ fakeCompute });

  test("has each service once, in the group of its stage", () => {
    const programs = [...text.matchAll(/^\[program:(.+)\]$/gm)].map((match) => match[1]);
    expect(programs).toEqual(names(fakeCompute));
    const grouped = [...text.matchAll(/^\[group:(.+)\]\nprograms = (.+)$/gm)].map((match) => [
      match[1],
      match[2],
    ]);
    expect(grouped).toEqual(
      stages.map((stage) => [
        stage,
        servicesOf({ fakeCompute })
          .filter((service) => service.stage === stage)
          .map(({ name }) => name)
          .join(","),
      ]),
    );
  });

  test("starts nothing by itself and ends whole process groups", () => {
    const count = (line: string): number => text.split("\n").filter((candidate) => candidate === line).length;
    expect(count("autostart = false")).toBe(names(fakeCompute).length);
    expect(count("killasgroup = true")).toBe(names(fakeCompute).length);
  });
});

describe("command line", () => {
  test.each([
    [["bogus"]],
    [["exec"]],
    [["capture"]],
    [["capture", "net", "--count", "none"]],
    [["up", "extra"]],
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
