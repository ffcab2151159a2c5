import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clearRouterInterfaces } from "../../../../cli/recover/routerInterfaces";
import { Session } from "../../../../openstack/session";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { tokens } from "../../../../plan/review/resource";
import type { Resource } from "../../../../tenant/inventory";
import { FakeCloud } from "../../../support/fakeOpenstack";

const plan = planLab(parseConfig({}, "dev"));
const name = plan.router!.ctlplanePort!.name;
const made = (type: "port" | "router interface", id: string) => ({
  ...{ urn: `urn:pulumi:dev::ovb::${tokens[type]}::${name}`, type: tokens[type], id },
});
const attached: Resource = {
  ...{ kind: "router interface", id: "p1", name, tags: [], description: "" },
  ...{ deviceId: "r1", subnetIds: ["s1"] },
};

const removal = "PUT /network/v2.0/routers/r1/remove_router_interface";

let cloud: FakeCloud;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on(removal, { json: {} });
});
afterEach(() => cloud.stop());

const clear = (state: ReturnType<typeof made>[], wanted: typeof plan | "none" = plan) =>
  clearRouterInterfaces(
    new Session(cloud.auth(), { sleep: async () => {} }),
    state,
    [attached, { ...attached, kind: "port", id: "p2" }],
    wanted === "none" ? undefined : wanted,
    () => {},
  );

describe("the router's port on the ctlplane", () => {
  it("that Pulumi made and put on the router is left alone", async () => {
    expect(await clear([made("port", "p1"), made("router interface", "p1")])).toEqual(new Set());
    expect(cloud.to(removal)).toEqual([]);
  });

  it("of a run that was killed before it knew the interface is taken off, also before the lab's end", async () => {
    expect(await clear([made("port", "p1")])).toEqual(new Set(["p1"]));
    expect(await clear([made("port", "p1")], "none")).toEqual(new Set(["p1"]));
    expect(cloud.to(removal)).toHaveLength(2);
  });

  it("of a lab of 0.1, whose interface has no port of Pulumi's, makes room for the planned one", async () => {
    expect(await clear([made("router interface", "p1")])).toEqual(new Set(["p1"]));
    expect(cloud.to(removal)).toMatchObject([{ body: '{"subnet_id":"s1"}' }]);
  });

  it("is not touched where the lab ends, or the plan has no router there, or it is not the stack's", async () => {
    expect(await clear([made("router interface", "p1")], "none")).toEqual(new Set());
    const unrouted = planLab(parseConfig({ ctlplane: { routed: false } }, "dev"));
    expect(await clear([made("router interface", "p1")], unrouted)).toEqual(new Set());
    expect(await clear([])).toEqual(new Set());
    expect(cloud.to(removal)).toEqual([]);
  });
});
