import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { MemoryCloud } from "../support/memoryCloud/cloud";
import { MemoryLab, type State } from "../support/memoryCloud/lab";

// What replaces an undercloud with Ironic and what does not, by the real program, engine and plugin.
const built = findBuiltToolchain();
const skipped = "SKIPPED: no built Pulumi for these sources in the cache (npm run devcloud -- prepare)";
const key = (name: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${name} ${name}`;
const server = ["openstack:compute/instance:Instance", "memory-undercloud"] as const;
const source = { url: "https://images.example/kernel", sha256: "ab".repeat(32) };

let cloud: MemoryCloud;
let lab: MemoryLab;
beforeAll(async () => {
  cloud = await MemoryCloud.start();
});
afterAll(() => cloud.stop());
afterEach(async () => {
  await lab.destroy();
  expect(cloud.inventory).toEqual([]);
  lab.remove();
}, 300_000);

const config = (more: Record<string, unknown> = {}) => ({
  lab: "memory",
  bmc: { readinessTimeout: 0, enabled: true },
  authorizedKeys: [key("one")],
  nodes: [{ count: 1 }],
  ...more,
});
/** The undercloud as the cloud has it, its user data unpacked. */
function undercloud(): { id: string; userData: string } {
  const all = [...cloud.nova.servers.values()].filter(({ name }) => name === "memory-undercloud");
  expect(all).toHaveLength(1);
  return { id: all[0]!.id, userData: gunzipSync(Buffer.from(all[0]!.userData!, "base64")).toString() };
}
const instanceOf = ({ deployment }: State) =>
  deployment.resources.find(({ urn }) => urn.endsWith(server.join("::")))!;

describe.skipIf(!built)(built ? "an undercloud with Ironic" : skipped, () => {
  test("stays with what a running one can be told, and is another with all else, made of what holds then", async () => {
    lab = new MemoryLab(cloud, built!, config());
    expect(await lab.preview(...server)).toEqual(["create"]);
    await lab.up();
    const first = undercloud();

    const told = {
      authorizedKeys: [key("two")],
      undercloud: { ironic: { automatedClean: true, kernel: source } },
    };
    lab = lab.withConfig(config(told));
    expect(await lab.preview(...server)).toEqual([]);
    const { same: _, ...changes } = await lab.up();
    // The BMC has the keys as well: it has no state, and is replaced.
    expect(changes).toEqual({ replace: 1 });
    expect(undercloud()).toEqual(first);

    // Another address: another text in its user data, and its port is replaced, for which Pulumi deletes the server first.
    lab = lab.withConfig(config({ ...told, undercloud: { ...told.undercloud, address: "192.0.2.239" } }));
    expect(await lab.preview(...server)).toContain("replace");
    await lab.up();
    const second = undercloud();
    expect(second.id).not.toBe(first.id);
    for (const text of ["192.0.2.239", "images.example", key("two")]) expect(second.userData).toContain(text);

    // Another MAC: of its user data only what a running one can be told is another.
    const moved = { ...told, undercloud: { ...told.undercloud, address: "192.0.2.239" } };
    Object.assign(moved, { authorizedKeys: [key("three")], macPrefix: "20:57:f6" });
    lab = lab.withConfig(config(moved));
    await lab.up();
    const third = undercloud();
    expect(third.id).not.toBe(second.id);
    expect(third.userData).toContain(key("three"));
    expect(third.userData).not.toContain(key("two"));
    expect(await lab.refresh()).toEqual({ same: expect.any(Number) });
    expect(await lab.up()).toEqual({ same: expect.any(Number) });
  });

  test("of a lab made before is replaced once, by its other user data, and then stays", async () => {
    lab = new MemoryLab(cloud, built!, config());
    await lab.up();
    const first = undercloud();
    const state = await lab.state();
    const resources = state.deployment.resources.filter(
      ({ urn }) => !urn.endsWith("memory-undercloud-user-data"),
    );
    expect(resources).toHaveLength(state.deployment.resources.length - 1);
    const before = JSON.parse(JSON.stringify({ ...state, deployment: { ...state.deployment, resources } }));
    for (const resource of before.deployment.resources) {
      const gone = (urn: string) => !urn.endsWith("memory-undercloud-user-data");
      resource.dependencies = resource.dependencies?.filter(gone);
      for (const name of Object.keys(resource.propertyDependencies ?? {}))
        resource.propertyDependencies[name] = resource.propertyDependencies[name]?.filter(gone);
    }
    const instance = instanceOf(before) as unknown as {
      inputs: Record<string, unknown>;
      outputs: Record<string, unknown>;
    };
    instance.inputs.userData = "#cloud-config\nof before";
    instance.outputs.userData = "another hash";
    await lab.restore(before);
    await lab.up();
    const second = undercloud();
    expect(second.id).not.toBe(first.id);
    lab = lab.withConfig(config({ authorizedKeys: [key("two")] }));
    await lab.up();
    expect(undercloud()).toEqual(second);
  });

  test("is another with another password, of which the state has no word in plain", async () => {
    const ironic = (password: string) => config({ undercloud: { ironic: { password } } });
    lab = new MemoryLab(cloud, built!, ironic("first-password"));
    await lab.up();
    const first = undercloud();
    lab = lab.withConfig(ironic("second-password"));
    await lab.up();
    expect(undercloud().id).not.toBe(first.id);
    expect(undercloud().userData).toContain("second-password");
    const text = JSON.stringify(await lab.state());
    expect(text).toContain("memory-undercloud-user-data");
    // Nor packed: gzip's magic in base64.
    expect(text).not.toMatch(/#cloud-config|second-password|H4sI/);
  });
});
