import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LabInput } from "../../../../plan/lab/schema/configSchema";
import { type MemoryCloud, project } from "../../../support/memoryCloud/cloud";
import { type Oddities, realRules } from "../../../support/memoryCloud/rules";
import {
  cloudOf,
  existing,
  failures,
  join,
  publicOf,
  small,
  subnetOf,
  up,
  type World,
  worlds,
} from "../../../support/memoryCloud/worlds";

/*
 * Doctor green means that `up` works, and red that it does not: on a cloud in memory that refuses what the real services
 * refuse. `up` is the program itself on the recorder, and then the calls that the provider makes of what it registered.
 */

afterEach(() => vi.unstubAllEnvs());

/** What doctor says, and what comes of an up, of a tenant of its own. */
async function outcome(world: World) {
  const cloud = await cloudOf(world);
  try {
    for (const [name, value] of Object.entries(cloud.environment)) vi.stubEnv(name, value);
    const before = cloud.inventory;
    const said = async (probe: boolean) =>
      (await failures({ ...world.config }, probe)).map(({ name, message }) => `${name}: ${message}`);
    const seen = await said(false);
    const failed = await said(true);
    expect(cloud.inventory, "what the doctor leaves").toEqual(before);
    return { failed, before: seen, up: await up(cloud, world.config) };
  } finally {
    await cloud.stop();
  }
}

describe("doctor green if, and only if, up works", () => {
  test.each(worlds)("%s: %s", async (_, verdict, world) => {
    const { failed, before, up: came } = await outcome(world);
    const said = JSON.stringify({ failed, before, came }, null, 2);
    expect({ doctor: failed.length === 0, up: came.refused === undefined }, said).toEqual({
      doctor: verdict === "works",
      up: verdict === "works",
    });
    expect(before.length > 0, said).toBe(verdict === "refused before");
    if (verdict === "refused before") expect(came.made, said).toBe(0);
  });
});

describe("whatever a tenant is", () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
  const security = fc.constantFrom("unset" as const, "enabled" as const, "disabled" as const);
  const arbitrary = fc.record({
    floatingIp: fc.boolean(),
    routed: fc.boolean(),
    ctlplane: maybe(security),
    access: maybe(security),
    office: maybe(
      fc.record({
        isOurs: fc.boolean(),
        shared: fc.boolean(),
        external: maybe(fc.constant(true)),
        security: fc.boolean(),
        subnet: fc.boolean(),
        router: fc.constantFrom("none", "to nowhere", "to the outside"),
      }),
    ),
    gate: maybe(fc.record({ isOurs: fc.boolean(), gateway: fc.boolean() })),
    byDefault: fc.boolean(),
    extension: maybe(fc.constant(false)),
    mostMtu: maybe(fc.constant(1300)),
    zero: maybe(fc.constant(true)),
    quota: maybe(
      fc.tuple(
        fc.constantFrom("network", "subnet", "port", "router", "floatingip", "security_group"),
        fc.nat(12),
      ),
    ),
    exhausted: maybe(fc.constant(true)),
  });

  test("doctor and up agree", async () => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (world) => {
        const { office, gate } = world;
        const config: LabInput = {
          ...small,
          undercloud: { kind: "boot-server", floatingIp: world.floatingIp },
          ctlplane: { routed: world.routed, portSecurity: world.ctlplane },
          access: {
            portSecurity: world.access,
            ...(office && { network: "office" }),
            ...(gate && { router: "gate" }),
          },
        };
        const odd: Oddities = { mostMtu: world.mostMtu };
        const arrange = (cloud: MemoryCloud) => {
          const { neutron } = cloud;
          neutron.portSecurity = world.byDefault && world.extension !== false;
          if (world.extension === false)
            neutron.extensions = neutron.extensions.filter((one) => one !== "port-security");
          // Without the extension nothing can be switched off.
          if (world.extension === false) neutron.portSecurity = true;
          if (world.zero) Object.assign(cloud.offers.flavors![2]!, { disk: 0 });
          if (office) {
            const owner = { project_id: office.isOurs ? project : "others" };
            const network = neutron.make("networks", {
              ...{
                name: "office",
                ...owner,
                shared: office.shared,
                "router:external": office.external === true,
              },
              port_security_enabled: office.security,
            });
            if (office.subnet) {
              const subnet = subnetOf(cloud, network.id, owner);
              if (office.router !== "none")
                join(
                  cloud,
                  existing.router(cloud, office.router === "to nowhere" ? undefined : publicOf(cloud), {
                    ...{ name: "of office", ...owner },
                  }),
                  subnet,
                );
            }
          }
          if (gate)
            existing.router(cloud, gate.gateway ? publicOf(cloud) : undefined, {
              project_id: gate.isOurs ? project : "others",
            });
          if (world.quota) neutron.quotas = { [world.quota[0]]: world.quota[1] };
          cloud.refuse = realRules(cloud, {
            ...odd,
            ...(world.exhausted && { exhausted: [publicOf(cloud)] }),
          });
        };
        const { failed, up: came } = await outcome({ config, odd, arrange });
        expect(failed.length === 0, JSON.stringify({ failed, came }, null, 2)).toBe(
          came.refused === undefined,
        );
      }),
      { numRuns: Number(process.env.OVB_WORLDS ?? 12) },
    );
  });
});
