import { afterEach, beforeEach, expect, test } from "vitest";
import type { LabStack } from "../../cli/labStack";
import { removeOrphans } from "../../cli/removeOrphans";
import { Session } from "../../openstack/session";
import { FakeCloud } from "./openstack-cloud";

const failedAt = "2026-01-01T12:00:00.000Z";
const tags = ["ovb", "ovb:lab=mine"];

let cloud: FakeCloud;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on("GET /compute/v2.1/servers/detail", { json: { servers: [] } });
  cloud.on("GET /image/v2/images", { json: { images: [] } });
  cloud.on("GET /identity/v3/users/user-1/application_credentials", {
    json: { application_credentials: [] },
  });
  for (const path of ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"])
    cloud.on(`GET /network/v2.0/${path}`, { json: { [path.replace("-", "_")]: [] } });
});
afterEach(() => cloud.stop());

/** Networks of the tenant, each with its own id as its name. */
function networks(...all: { id: string; created_at: string; tags: string[] }[]): void {
  const listed = all.map((one) => ({ name: one.id, description: "", status: "ACTIVE", ...one }));
  cloud.on("GET /network/v2.0/networks", { json: { networks: listed } });
  for (const { id } of all) cloud.on(`DELETE /network/v2.0/networks/${id}`, { status: 204 });
}

/** Recovers the lab "mine" whose state knows the network "known", after runs with these results, newest first. */
async function recovered(...results: string[]): Promise<{ deleted: string[]; lines: string[] }> {
  const history = results.map((result) => ({ kind: "update", result, startTime: failedAt }));
  const stack = { pulumi: async () => JSON.stringify(history) } as unknown as LabStack;
  const lines: string[] = [];
  const session = new Session(cloud.auth(), { sleep: async () => {} });
  await removeOrphans(stack, session, ["mine"], new Set(["known"]), (line) => lines.push(line));
  const deleted = cloud.calls
    .filter(({ method }) => method === "DELETE")
    .map(({ url }) => url.split("/").at(-1)!);
  return { deleted, lines };
}

const since = "2026-01-01T12:00:05Z";

test("after a failed run: what is the lab's, unknown to the state and made since goes, and is named", async () => {
  networks(
    { id: "orphan", created_at: since, tags },
    { id: "known", created_at: since, tags },
    { id: "older", created_at: "2026-01-01T11:00:00Z", tags },
    { id: "others", created_at: since, tags: ["ovb", "ovb:lab=other"] },
    { id: "nobodys", created_at: since, tags: [] },
  );
  const { deleted, lines } = await recovered("failed", "succeeded");
  expect(deleted).toEqual(["orphan"]);
  expect(lines.join("\n")).toMatch(/left 1 resources.*\n.*deleted the network orphan \(orphan\)/);
});

test("after a run that worked, or none: nothing is even looked for", async () => {
  networks({ id: "orphan", created_at: since, tags });
  expect(await recovered("succeeded", "failed")).toEqual({ deleted: [], lines: [] });
  expect(await recovered()).toEqual({ deleted: [], lines: [] });
  expect(cloud.to("GET /network/v2.0/networks")).toEqual([]);
});

test("what cannot be deleted is named with its reason, and the way out", async () => {
  networks({ id: "orphan", created_at: since, tags });
  cloud.on("DELETE /network/v2.0/networks/orphan", {
    status: 403,
    json: { NeutronError: { message: "not yours" } },
  });
  await expect(recovered("failed")).rejects.toThrow(/run the command again:\n {2}- orphan: .*not yours/);
});
