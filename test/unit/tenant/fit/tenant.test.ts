import { afterEach, beforeEach, expect, test } from "vitest";
import { authFromEnvironment } from "../../../../openstack/auth";
import { createImage } from "../../../../openstack/glance";
import { createNetworking } from "../../../../openstack/neutron";
import { Session } from "../../../../openstack/session";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { checkQuotas } from "../../../../tenant/fit/quotas";
import { Tenant } from "../../../../tenant/fit/tenant";
import { tenantInventory } from "../../../../tenant/inventory";
import { MemoryCloud } from "../../../support/memoryCloud/cloud";

let cloud: MemoryCloud;
let session: Session;
beforeEach(async () => {
  cloud = await MemoryCloud.start();
  session = new Session(authFromEnvironment(cloud.environment));
});
afterEach(() => cloud.stop());

test("its inventory is the tenant's, of lists that checks have asked for already", async () => {
  const { id: network_id } = await createNetworking(session, "networks", { name: "net" });
  await createNetworking(session, "subnets", {
    name: "sub",
    network_id,
    ip_version: 4,
    cidr: "192.0.2.0/24",
  });
  await createNetworking(session, "ports", { name: "port", network_id });
  await createNetworking(session, "routers", { name: "router" });
  await createNetworking(session, "security-groups", { name: "group" });
  await createImage(session, { name: "image", disk_format: "raw", container_format: "bare" });
  const whole = await tenantInventory(session);
  expect(whole.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["image", "net", "sub", "port", "router", "group"]),
  );

  const config = parseConfig({ nodes: [{ count: 1 }] }, "a");
  const tenant = new Tenant(session, planLab(config), config, new AbortController().signal);
  cloud.requests.length = 0;
  await Promise.all([checkQuotas(tenant), tenant.networks(), tenant.images(), tenant.inventory()]);
  expect(await tenant.inventory()).toEqual(whole);
  const lists = cloud.requests.filter((request) => !request.includes("limits"));
  expect(lists.filter((request, i) => lists.indexOf(request) !== i)).toEqual([]);
});
