import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sweepCommand } from "../../../../cli/sweep/sweep";
import { Session } from "../../../../openstack/session";
import { labTag, ovbTag, ownerTag } from "../../../../plan/lab/tags";
import { FakeCloud } from "../../../support/fakeOpenstack";

let cloud: FakeCloud;
let said = "";
beforeEach(async () => {
  cloud = (await new FakeCloud().start()).emptyTenant();
  cloud.on("DELETE /network/v2.0/networks/asked", { status: 204 });
  cloud.on("DELETE /network/v2.0/networks/late", { status: 204 });
  cloud.on("DELETE /network/v2.0/networks/young", { status: 204 });
  vi.stubEnv("XDG_STATE_HOME", "/nonexistent"); // no stack on this machine
  said = "";
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said += text;
      return true;
    });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await cloud.stop();
});

/** A lab's network, as Neutron lists it. */
function network(id: string, lab: string, owner: string) {
  const tags = [ovbTag, labTag(lab), ownerTag(owner)];
  return { id, name: id, description: "", status: "ACTIVE", tags };
}

/** What is listed before the question, and after each round. */
function networks(...rounds: ReturnType<typeof network>[][]): void {
  cloud.on("GET /network/v2.0/networks", ...rounds.map((all) => ({ json: { networks: all } })));
}

const sweepAll = () =>
  sweepCommand({ session: () => new Session(cloud.auth(), { sleep: async () => {} }) }).parseAsync(
    ["--all", "--yes"],
    { from: "user" },
  );
const deleted = () =>
  cloud.calls.filter(({ method }) => method === "DELETE").map(({ url }) => url.split("/").at(-1));

test("a later round removes what came of a lab that was asked about", async () => {
  const [asked, late] = [network("asked", "a", "dev.1"), network("late", "a", "dev.1")];
  networks([asked], [late], []);
  await sweepAll();
  expect(deleted()).toEqual(["asked", "late"]);
  expect(said).toContain("2 removed");
});

test.each([
  ["another name", network("young", "b", "two.2")],
  ["the same name and another mark", network("young", "a", "two.2")],
])("a lab of %s that came after the question is left alone", async (_, young) => {
  networks([network("asked", "a", "dev.1")], [young]);
  await sweepAll();
  expect(deleted()).toEqual(["asked"]);
  expect(said).toContain("1 removed");
});
