import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { formerPluginVersions, openstackPluginVersion } from "../../openstack/plugin";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { laggingReplica } from "../cloud/faultProxy";
import { MemoryCloud } from "../support/memoryCloud/cloud";
import { MemoryLab, type State } from "../support/memoryCloud/lab";

// The program, the engine and the plugin as they are, on a cloud in memory: seconds, no root.
const built = findBuiltToolchain();
const skipped = "SKIPPED: no built Pulumi for these sources in the cache (npm run devcloud -- prepare)";

let cloud: MemoryCloud;
let lab: MemoryLab;
beforeAll(async () => {
  cloud = await MemoryCloud.start();
});
afterAll(() => cloud.stop());
beforeEach(() => {
  lab = new MemoryLab(cloud, built!);
});
afterEach(() => {
  cloud.fault = () => undefined;
  lab.remove();
});

/** The OpenStack providers of a state, as "NAME VERSION". */
const providers = ({ deployment }: State) =>
  deployment.resources
    .filter(({ type }) => type === "pulumi:providers:openstack")
    .map(({ urn, inputs }) => `${urn.split("::").at(-1)} ${inputs!.version}`);
const providerName = (version: string) => `default_${version.replaceAll(".", "_")}`;

describe.skipIf(!built)(built ? "a lab on a cloud in memory" : skipped, () => {
  test("is made by the plugin that the program names, is unchanged by a second up, and leaves nothing", async () => {
    const { create } = await lab.up();
    expect(create).toBeGreaterThan(30);
    expect(providers(await lab.state())).toEqual([
      `${providerName(openstackPluginVersion)} ${openstackPluginVersion}`,
    ]);
    expect(await lab.refresh()).toEqual({ same: create });
    expect(await lab.up()).toEqual({ same: create });
    expect(await lab.destroy()).toEqual({ delete: create });
    expect(cloud.inventory).toEqual([]);
  });

  /** The state as a program left it that named no release, under an @pulumi/openstack of this one. */
  const asMadeBy = (version: string, state: State): State =>
    JSON.parse(
      JSON.stringify(state)
        .replaceAll(providerName(openstackPluginVersion), providerName(version))
        .replaceAll(`"version":"${openstackPluginVersion}"`, `"version":"${version}"`),
    );

  test.each(formerPluginVersions)(
    "that %s made is taken over by up with nothing changed",
    async (version) => {
      const { create } = await lab.up();
      await lab.restore(asMadeBy(version, await lab.state()));
      expect(providers(await lab.state())).toEqual([`${providerName(version)} ${version}`]);
      expect(await lab.up()).toEqual({ same: create });
      expect(providers(await lab.state())).toEqual([
        `${providerName(openstackPluginVersion)} ${openstackPluginVersion}`,
      ]);
      expect(await lab.destroy()).toEqual({ delete: create });
      expect(cloud.inventory).toEqual([]);
    },
  );

  test.each(formerPluginVersions)(
    "that %s made is refreshed and destroyed without an up before",
    async (version) => {
      const { create } = await lab.up();
      await lab.restore(asMadeBy(version, await lab.state()));
      expect(await lab.refresh()).toEqual({ same: create });
      expect(await lab.destroy()).toEqual({ delete: create });
      expect(cloud.inventory).toEqual([]);
    },
  );

  // Plugin 5.5.1 looks right after each creation, and takes "not found" for a failure.
  test("on a cloud whose replica lags: `ovb up` again ends with one of each, and destroy leaves nothing", async () => {
    const lagging = new MemoryLab(cloud, built!, { undercloud: { kind: "boot-server" } });
    const neutron = ["networks", "subnets", "routers", "security-groups", "ports", "floatingips"];
    const collections = [...neutron.map((name) => `/network/v2.0/${name}`), "/compute/v2.1/servers"];
    const left = new Set(collections);
    const lags = laggingReplica(left);
    const notFound = {
      status: 404,
      json: { NeutronError: { type: "NotFound", message: "lags", detail: "" } },
    };
    cloud.fault = (method, path) => (lags(method, path) ? notFound : undefined);
    try {
      let runs = 0;
      for (; left.size > 0; runs++) {
        expect(runs, [...left].join()).toBeLessThan(collections.length);
        const { status, text } = await lagging.ovb("up", "--no-boot");
        if (left.size > 0) expect([status, text]).toEqual([1, expect.stringContaining("goes on from")]);
      }
      const { status, text } = await lagging.ovb("up", "--no-boot");
      expect([status, text]).toEqual([0, expect.stringContaining("is up")]);
      const named = cloud.inventory.filter((name) => !/ $|security-group-rules/.test(name));
      expect(named).toEqual([...new Set(named)]);
      expect(Object.keys(await lagging.refresh())).toEqual(["same"]);
      await lagging.destroy();
      expect(cloud.inventory).toEqual([]);
    } finally {
      lagging.remove();
    }
  });
});
