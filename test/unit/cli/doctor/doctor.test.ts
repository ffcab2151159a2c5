import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { judgeBackend, judgeDhcpPort } from "../../../../cli/doctor/backend";
import { judgeConfigDrives } from "../../../../cli/doctor/compute";
import { doctorText, examine } from "../../../../cli/doctor/doctor";
import { judgeCredential } from "../../../../cli/doctor/identity";
import { checkIpaFlavors, judgeIpaFlavor } from "../../../../cli/doctor/ipaFlavors";
import { Probe } from "../../../../cli/doctor/probe";
import type { Server } from "../../../../openstack/nova";
import { Session } from "../../../../openstack/session";
import { parseConfig } from "../../../../plan/config/parseConfig";
import type { NetworkBackend } from "../../../../plan/lab/networkBackend";
import { planLab } from "../../../../plan/lab/planLab";
import { type Check, checking, fail, ok } from "../../../../tenant/fit/check";
import { judgePortSecurity } from "../../../../tenant/fit/extensions";
import { judgeFit } from "../../../../tenant/fit/images";
import { isAtLeast } from "../../../../tenant/fit/microversions";
import { judge as judgeQuota, needsOf } from "../../../../tenant/fit/quotas";
import { judge as judgeReference } from "../../../../tenant/fit/references";
import type { Tenant } from "../../../../tenant/fit/tenant";
import { FakeCloud, password } from "../../../support/fakeOpenstack";

const lab = (raw: Record<string, unknown> = {}) => {
  const config = parseConfig(raw, "qa");
  return { config, plan: planLab(config) };
};
const signal = new AbortController().signal;

describe("quotas", () => {
  const flavor = { id: "1", disk: 4 };
  const flavors = [
    { ...flavor, name: "m1.small", vcpus: 1, ram: 512 },
    { ...flavor, name: "undercloud", vcpus: 2, ram: 1024 },
    { ...flavor, name: "baremetal", vcpus: 4, ram: 8192 },
  ];

  it("add the flavors' cores and RAM to the plan's sums", () => {
    const { needs, unknown } = needsOf(lab({ nodes: [{ count: 3 }] }).plan, flavors);
    expect(needs).toMatchObject({ instances: 5, cores: 2 + 1 + 3 * 4, ram: 1024 + 512 + 3 * 8192 });
    expect(unknown).toEqual([]);
    expect(needsOf(lab({ nodes: [{ flavor: "huge" }] }).plan, flavors).unknown).toEqual(["huge"]);
  });

  it("that are too small say by how much", () => {
    const check = judgeQuota("cores", 14, 0, { limit: 20, used: 10 });
    expect(check).toMatchObject({ status: "fail", message: "14 needed, 10 of 20 left" });
    expect(check.advice).toMatch(/^4 too few/);
  });

  it("do not count twice what the lab has already", () => {
    const check = judgeQuota("ports", 14, 14, { limit: 14, used: 14 });
    expect(check).toMatchObject({
      status: "ok",
      message: "0 needed (the lab needs 14 and has 14), 0 of 14 left",
    });
  });

  it("may have no limit", () => {
    expect(judgeQuota("ram", 1024, 0, { limit: null, used: 9 })).toMatchObject({
      status: "ok",
      message: "1024 MiB needed, no limit",
    });
  });
});

describe("names", () => {
  const reference = {
    kind: "flavor",
    name: "baremetal",
    keys: ["nodes[0].flavor", "nodes[1].flavor"],
  } as const;

  it("that are missing come with the keys that ask, and what there is", () => {
    const check = judgeReference(reference, [
      { id: "1", name: "m1.tiny" },
      { id: "2", name: "m1.small" },
    ]);
    expect(check).toMatchObject({ status: "fail", name: "flavor baremetal" });
    expect(check.message).toContain("ovb:nodes[0].flavor, ovb:nodes[1].flavor");
    expect(check.advice).toContain("There is: m1.small, m1.tiny");
  });

  it("that are there twice are refused, as Pulumi would", () => {
    const twice = [
      { id: "a", name: "baremetal" },
      { id: "b", name: "baremetal" },
    ];
    const check = judgeReference(reference, twice);
    expect(check).toMatchObject({
      status: "fail",
      advice: expect.stringContaining("the id of the one that you mean (a, b)"),
    });
    expect(judgeReference({ ...reference, name: "b" }, twice).status).toBe("ok");
  });

  it("of an image that is not active are refused", () => {
    const image = { kind: "image", name: "debian", keys: ["bmc.image"] } as const;
    expect(judgeReference(image, [{ id: "1", name: "debian", status: "queued" }]).status).toBe("fail");
    expect(judgeReference(image, [{ id: "1", name: "debian" }]).status).toBe("ok");
  });
});

describe("images", () => {
  it("must fit their flavor", () => {
    const image = { min_disk: 10, min_ram: 1024, size: 2 ** 30 };
    expect(judgeFit("a on b", image, { disk: 8, ram: 512 })).toMatchObject({
      status: "fail",
      message:
        "the image wants 10 GiB of disk, the flavor has 8; the image wants 1024 MiB of RAM, the flavor has 512",
    });
    expect(judgeFit("a on b", image, { disk: 0, ram: 2048 }).status).toBe("ok");
    expect(
      judgeFit("a on b", { min_disk: 0, min_ram: 0, size: 5 * 2 ** 30 }, { disk: 4, ram: 1 }).status,
    ).toBe("fail");
  });
});

describe("IPA", () => {
  const tenant = (raw: Record<string, unknown>) => {
    const flavors = async () => [{ id: "1", name: "tiny", vcpus: 1, ram: 512, disk: 0 }];
    return { ...lab(raw), flavors } as unknown as Tenant;
  };

  it("wants as much disk and memory as it was seen to need", () => {
    expect(judgeIpaFlavor({ name: "a", disk: 4, ram: 640 }).status).toBe("ok");
    expect(judgeIpaFlavor({ name: "a", disk: 2, ram: 512 })).toMatchObject({
      status: "warn",
      message:
        "it takes no disk below 4 GiB, the flavor has 2; it was seen with 640 MiB of RAM and more, the flavor has 512",
    });
  });

  it("is looked at for each flavor of the nodes once, where our Ironic deploys them", async () => {
    const nodes = [{ flavor: "tiny" }, { name: "more", flavor: "tiny" }, { name: "not", flavor: "unknown" }];
    const checks = await checkIpaFlavors(tenant({ nodes }));
    expect(checks.map(({ name, status }) => [name, status])).toEqual([["IPA on tiny", "warn"]]);
    expect(await checkIpaFlavors(tenant({ nodes, undercloud: { kind: "boot-server" } }))).toEqual([]);
  });
});

describe("what Nova and Neutron are", () => {
  it("microversions are numbers, not text", () => {
    expect(isAtLeast("2.100", "2.87")).toBe(true);
    expect(isAtLeast("2.9", "2.53")).toBe(false);
    expect(isAtLeast("3.0", "2.53")).toBe(true);
  });

  it("a restricted application credential cannot make the BMC's", () => {
    expect(judgeCredential(false, "lab-bmc").status).toBe("ok");
    const { status, advice } = judgeCredential(true, "lab-bmc");
    expect(status).toBe("fail");
    expect(advice).toContain("openstack application credential create lab-bmc-own");
    expect(advice).toContain("npx ovb pulumi -- config set --path ovb:bmc.credential.id ID");
  });

  it("config drives show in the servers that are there", () => {
    const server = (name: string, config_drive: string) => ({ name, config_drive }) as Server;
    const isNode = ({ name }: Server) => name === "node";
    expect(judgeConfigDrives([], isNode).status).toBe("skip");
    // The undercloud asked for its own: it tells nothing.
    expect(judgeConfigDrives([server("undercloud", "True")], isNode).status).toBe("skip");
    expect(judgeConfigDrives([server("other", "")], isNode).status).toBe("ok");
    expect(judgeConfigDrives([server("other", ""), server("node", "True")], isNode).status).toBe("warn");
  });

  it("the plan is judged by the backend that serves it", () => {
    const { plan } = lab({ nodes: [{ dhcpOptions: { "tag:ipxe,67": "http://x/", "60": "PXEClient" } }] });
    const statuses = (backend: NetworkBackend | undefined) =>
      judgeBackend(plan, backend).map(({ name, status }) => [name, status]);
    expect(statuses(undefined)).toEqual([["Neutron's backend", "skip"]]);
    expect(statuses("agents")).toEqual([
      ["Neutron's backend", "ok"],
      ["the nodes' DHCP", "ok"],
    ]);
    expect(statuses("ovn")).toEqual([
      ["Neutron's backend", "ok"],
      ["the nodes' DHCP", "ok"],
      ["DHCP options that get lost", "warn"],
      ["169.254.169.254", "warn"],
    ]);
  });

  it("who may serve the nodes' DHCP, and in which mode, is said for the backend", () => {
    const said = (backend: NetworkBackend, ctlplane: object) => {
      const checks = judgeBackend(lab({ ctlplane }).plan, backend);
      const { status, message } = checks.find(({ name }) => name === "the nodes' DHCP")!;
      return `${status}: ${message}`;
    };
    const open = { dhcpServer: "undercloud" };
    const ovn = { dhcpServer: "undercloud-ovn" };
    expect(said("ovn", {})).toMatch(/^ok: from the cloud, .*dhcpServer undercloud-ovn$/);
    expect(said("agents", {})).toMatch(/^ok: from the cloud, .*dhcpServer undercloud$/);
    expect(said("ovn", ovn)).toMatch(/^ok: .*mode to take here/);
    expect(said("agents", open)).toMatch(/^ok: .*mode to take here/);
    expect(said("ovn", open)).toMatch(/^ok: .*dhcpServer undercloud-ovn would do here with port security on/);
    expect(said("agents", ovn)).toMatch(/^fail: the cloud's DHCP server ignores dhcp_disabled/);
  });

  it("OVN without a metadata service serves no DHCP where the subnet has no gateway", () => {
    const { plan } = lab();
    expect(judgeDhcpPort(plan, "ovn", false)).toMatchObject([{ status: "fail" }]);
    expect(judgeDhcpPort(plan, "ovn", true)).toEqual([]);
    expect(judgeDhcpPort(plan, "agents", false)).toEqual([]);
    expect(judgeDhcpPort(lab({ ctlplane: { dhcpServer: "undercloud" } }).plan, "ovn", false)).toEqual([]);
  });

  it("port security may be missing as long as nothing sends it", () => {
    expect(judgePortSecurity(lab().plan, false).status).toBe("ok");
    const check = judgePortSecurity(lab({ ctlplane: { portSecurity: "enabled" } }).plan, false);
    expect(check).toMatchObject({ status: "fail", advice: "Set ovb:ctlplane.portSecurity to unset." });
    const rack = lab({ ctlplane: { dhcpServer: "undercloud" } });
    expect(judgePortSecurity(rack.plan, false)).toMatchObject({
      ...{ status: "fail", advice: "Set ovb:ctlplane.dhcpServer to undercloud-ovn or cloud." },
    });
  });
});

describe("the report", () => {
  it("is a line a check, its advice below, and a sum", () => {
    const text = doctorText([ok("a", "fine"), fail("longer", "wrong", "Change it.")]);
    expect(text).toBe(
      "ok    a       fine\nfail  longer  wrong\n      → Change it.\n1 ok, 0 to look at, 1 to change, 0 not found out\n",
    );
  });

  it("has one failed check for a service that does not answer; an interrupt stays one", async () => {
    const boom = async (): Promise<Check> => {
      throw new Error("no answer");
    };
    expect(await checking("it", signal, boom)).toMatchObject([
      { name: "it", status: "fail", message: "no answer" },
    ]);
    await expect(checking("it", AbortSignal.abort(new Error("Ctrl-C")), boom)).rejects.toThrow("Ctrl-C");
  });
});

describe("against an API", () => {
  let cloud: FakeCloud;
  beforeEach(async () => {
    cloud = await new FakeCloud().start();
  });
  afterEach(() => cloud.stop());
  const report = () => {};
  const claim = async () => ({ lab: "ovb-qa", ids: new Set<string>() });

  it("wrong credentials are one failed check, and nothing further is asked", async () => {
    cloud.on("POST /identity/v3/auth/tokens", { status: 401, json: { error: { message: "no" } } });
    const session = new Session(cloud.auth());
    const checks = await examine({ session, lab: lab(), claim, probe: true, report, signal });
    expect(checks).toMatchObject([{ name: "authentication", status: "fail" }]);
    expect(JSON.stringify(checks)).not.toContain(password);
    expect(cloud.calls).toHaveLength(1);
  });

  it("a service that is not in the catalogue fails by name, and the others are still checked", async () => {
    const { catalog } = cloud;
    cloud.catalog = (origin) =>
      catalog(origin).filter((entry) => (entry as { type: string }).type !== "image");
    cloud.on("GET /compute/v2.1/", { json: { version: { min_version: "2.1", version: "2.60" } } });
    const session = new Session(cloud.auth());
    const checks = await examine({ session, lab: lab(), claim, probe: false, report, signal });
    const status = (name: string) => checks.find((check) => check.name === name)?.status;
    expect(status("endpoint of image")).toBe("fail");
    expect(status("microversion of servers and rebuild")).toBe("ok");
    expect(status("microversion of rescue")).toBe("warn");
    // --no-probe makes nothing.
    expect(cloud.calls.filter(({ method, url }) => method !== "GET" && !url.includes("tokens"))).toEqual([]);
  });

  it("what Neutron makes after its answer was lost is looked for and removed", async () => {
    const late = { id: "late-1", name: "ovb-qa-doctor" };
    for (const kind of ["floatingips", "ports", "networks", "security-groups"])
      cloud.on(`GET /network/v2.0/${kind}`, { json: { [kind.replace("-", "_")]: [] } });
    const none = { json: { routers: [] } };
    cloud.on(
      "GET /network/v2.0/routers",
      none,
      none,
      { json: { routers: [late, { id: "2", name: "other" }] } },
      none,
    );
    cloud.on("POST /network/v2.0/routers", { reset: true });
    cloud.on("DELETE /network/v2.0/routers/late-1", { status: 204 });
    const session = new Session(cloud.auth(), { sleep: async () => {} });
    const said: string[] = [];
    const probe = new Probe(session, lab().plan, (line) => said.push(line));
    await expect(probe.create("routers", {})).rejects.toThrow(/routers/);
    expect(await probe.remove()).toBe(1);
    expect(said).toEqual(["1 answers were lost: looking for what Neutron may still make of it"]);
    expect(cloud.calls.filter(({ method }) => method === "DELETE").map(({ url }) => url)).toEqual([
      "/network/v2.0/routers/late-1",
    ]);
    expect(cloud.to("GET /network/v2.0/routers")[0]!.url).toContain(
      "description=ovb-qa-doctor+%28ovb%3Alab%3Dovb-qa%29",
    );
  });
});
