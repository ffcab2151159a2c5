import { afterEach, beforeEach, expect, test } from "vitest";
import { removeOrphans } from "../../../../cli/recover/removeOrphans";
import { Session } from "../../../../openstack/session";
import { ownerTag } from "../../../../plan/lab/tags";
import { FakeCloud } from "../../../support/fakeOpenstack";

const mine = "dev.1111111111111111";
const theirs = "two.2222222222222222";
const tags = (owner?: string, ...more: string[]) => [
  "ovb",
  "ovb:lab=mine",
  ...(owner ? [ownerTag(owner)] : []),
  ...more,
];

let cloud: FakeCloud;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.emptyTenant();
});
afterEach(() => cloud.stop());

/** The same as the fake's, and each may be deleted. */
function have(path: string, ...all: { id: string; [field: string]: unknown }[]): void {
  cloud.networking(path, ...all);
  for (const { id } of all) cloud.on(`DELETE /network/v2.0/${path}/${id}`, { status: 204 });
}

/** Clears up for the stack dev, whose lab is "mine" and whose state knows "known" and "own-router". */
async function recovered(owner: string | undefined = mine, router?: string) {
  const lines: string[] = [];
  const session = new Session(cloud.auth(), { sleep: async () => {} });
  const claim = { lab: "mine", owner, ids: new Set(["known", "own-router"]) };
  await removeOrphans(session, [claim], router, (line) => lines.push(line));
  const changed = cloud.calls.filter(({ method, url }) => method !== "GET" && !url.endsWith("/tokens"));
  return {
    changed: changed.map(({ method, url }) => `${method} ${url.split("/").slice(-2).join("/")}`),
    lines,
  };
}

test("what bears this stack's mark and the state does not know goes, whenever it was made, and is named", async () => {
  have(
    "networks",
    { id: "orphan", created_at: "2001-01-01T00:00:00Z", tags: tags(mine) },
    { id: "known", tags: tags(mine) },
    { id: "born", description: `ovb:lab=mine ovb:owner=${mine}`, name: "mine-ctlplane" },
  );
  const { changed, lines } = await recovered();
  expect(changed.sort()).toEqual(["DELETE networks/born", "DELETE networks/orphan"]);
  expect(lines.join("\n")).toMatch(/left 2 resources.*\n.*deleted the network orphan \(orphan\)/);
});

test("what another stack has made, or nobody knows who, stays: neither its name nor its age is a proof", async () => {
  const created_at = new Date().toISOString();
  have(
    "networks",
    { id: "theirs", name: "mine-ctlplane", created_at, tags: tags(theirs) },
    { id: "unmarked", name: "mine-ctlplane", created_at, tags: tags() },
    { id: "both", created_at, tags: [...tags(mine), ownerTag(theirs)] },
    { id: "other-lab", created_at, tags: ["ovb", "ovb:lab=other", ownerTag(mine)] },
    { id: "untagged", created_at },
  );
  expect(await recovered()).toEqual({ changed: [], lines: [] });
  expect(await recovered(undefined)).toMatchObject({ changed: [] });
});

test("what the stack's own commands made beside the lab stays", async () => {
  const description = `Sync of the lab's addresses (ovb:lab=mine ovb:owner=${mine})`;
  cloud.on("GET /identity/v3/users/user-1/application_credentials", {
    json: { application_credentials: [{ id: "s", name: "mine-sync", project_id: "project-1", description }] },
  });
  have("networks", { id: "trial", tags: tags(mine, "ovb:doctor") });
  expect(await recovered()).toEqual({ changed: [], lines: [] });
});

test("a subnet is taken off the lab's own router and the planned one, and off no other", async () => {
  const device_owner = "network:router_interface";
  const port = (id: string, device_id: string) => ({
    ...{ id, device_id, device_owner, network_id: "n", fixed_ips: [{ subnet_id: "orphan-subnet" }] },
  });
  have("subnets", { id: "orphan-subnet", network_id: "n", tags: tags(mine) });
  have("routers", { id: "own-router" }, { id: "r2", name: "planned" }, { id: "r3", name: "somebodys" });
  have("ports", port("p1", "own-router"), port("p2", "r2"), port("p3", "r3"));
  for (const id of ["own-router", "r2", "r3"])
    cloud.on(`PUT /network/v2.0/routers/${id}/remove_router_interface`, { json: {} });
  const { changed } = await recovered(mine, "planned");
  expect(changed.sort()).toEqual([
    "DELETE subnets/orphan-subnet",
    "PUT own-router/remove_router_interface",
    "PUT r2/remove_router_interface",
  ]);
});

test("what cannot be deleted is named with its reason, and the way out", async () => {
  have("networks", { id: "orphan", tags: tags(mine) });
  cloud.on("DELETE /network/v2.0/networks/orphan", {
    status: 403,
    json: { NeutronError: { message: "not yours" } },
  });
  await expect(recovered()).rejects.toThrow(/run the command again:\n {2}- orphan: .*not yours/);
});
