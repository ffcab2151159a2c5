import { afterEach, beforeEach, expect, test } from "vitest";
import { removeOrphanParts } from "../../../../cli/recover/orphanParts";
import type { StateResource } from "../../../../cli/stack/stateFile";
import { Session } from "../../../../openstack/session";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { planLab } from "../../../../plan/lab/planLab";
import { FakeCloud } from "../../../support/fakeOpenstack";

const plan = planLab(parseConfig({ lab: "mine", nodes: [{ count: 1 }] }, "dev"));
const subnetPath = "/network/v2.0/subnets/subnet-1";
const listRules = "GET /network/v2.0/security-group-rules";
const route = { destination: "169.254.169.254/32", nexthop: "192.0.2.240" };
const users = { destination: "10.0.0.0/8", nexthop: "192.0.2.7" };

const made = (type: string, name: string, id: string, inputs = {}): StateResource => ({
  type: `openstack:networking/${type}`,
  urn: `urn:pulumi:dev::ovb::openstack:networking/${type}::${name}`,
  id,
  inputs,
});
const subnet = made("subnet:Subnet", "mine-ctlplane", "subnet-1");
const group = made("secGroup:SecGroup", "mine-ctlplane", "group-1");

let cloud: FakeCloud;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on(listRules, { json: { security_group_rules: [] } });
  cloud.on(`GET ${subnetPath}`, { json: { subnet: { host_routes: [users, route] } } });
  cloud.on(`PUT ${subnetPath}`, { json: {} });
});
afterEach(() => cloud.stop());

/** @returns what was changed, as "METHOD path-end" and body, and what was said */
async function removed(
  state: readonly StateResource[],
  pending: Parameters<typeof removeOrphanParts>[3] = [],
) {
  const lines: string[] = [];
  await removeOrphanParts(new Session(cloud.auth()), state, plan, pending, (line) => lines.push(line));
  const changes = cloud.calls
    .filter(({ method, url }) => method !== "GET" && url.startsWith("/network"))
    .map(({ method, url, body }) => `${method} ${url.split("/").at(-1)} ${body}`.trim());
  return { changes, lines };
}

const without = `PUT subnet-1 ${JSON.stringify({ subnet: { host_routes: [users] } })}`;

test("a planned route that the state does not know goes, and nobody else's with it", async () => {
  const { changes, lines } = await removed([subnet]);
  expect(changes).toEqual([without]);
  expect(lines).toEqual([expect.stringContaining("the route to 169.254.169.254/32 off the subnet subnet-1")]);
});

test("one that the state knows stays; so does all on a subnet that was only looked up", async () => {
  const inputs = { subnetId: "subnet-1", destinationCidr: route.destination, nextHop: route.nexthop };
  expect((await removed([subnet, made("subnetRoute:SubnetRoute", "a", "b", inputs)])).changes).toEqual([]);
  expect((await removed([{ ...subnet, external: true }])).changes).toEqual([]);
});

test("one that a killed run was making goes, though another is planned now", async () => {
  const old = { destination: route.destination, nexthop: "192.0.2.99" };
  cloud.on(`GET ${subnetPath}`, { json: { subnet: { host_routes: [old, users] } } });
  const inputs = { subnetId: "subnet-1", destinationCidr: old.destination, nextHop: old.nexthop };
  expect((await removed([subnet], [inputs])).changes).toEqual([without]);
  expect((await removed([subnet])).changes).toEqual([without]); // none more
});

test("rules of the lab's group with the lab's description go, unless the state knows them", async () => {
  const rules = [
    { id: "known", description: "mine-ctlplane-any" },
    { id: "orphan", description: "mine-ctlplane-any" },
    { id: "users", description: "mine" },
    { id: "nobodys", description: null },
  ];
  cloud.on(listRules, { json: { security_group_rules: rules } });
  cloud.on("DELETE /network/v2.0/security-group-rules/orphan", { status: 204 });
  const { changes, lines } = await removed([group, made("secGroupRule:SecGroupRule", "a", "known")]);
  expect(changes).toEqual(["DELETE orphan"]);
  expect(lines).toEqual([expect.stringContaining("the rule mine-ctlplane-any (orphan)")]);
  expect(cloud.to(listRules).every(({ url }) => url.includes("security_group_id=group-1"))).toBe(true);
});
