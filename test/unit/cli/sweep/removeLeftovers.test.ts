import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Leftover } from "../../../../cli/sweep/leftovers";
import { removeLeftovers } from "../../../../cli/sweep/removeLeftovers";
import { Session } from "../../../../openstack/session";
import type { Kind } from "../../../../tenant/inventory";
import { FakeCloud } from "../../../support/fakeOpenstack";

let cloud: FakeCloud;
let session: Session;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  session = new Session(cloud.auth(), { sleep: async () => {} });
});
afterEach(() => cloud.stop());

function leftover(kind: Kind, id: string, facts = {}): Leftover {
  return {
    resource: { kind, id, name: id, tags: [], description: "", ...facts },
    lab: "a",
    because: "tag",
  };
}

/** "METHOD /path" of what was asked, but for tokens. */
function asked(): string[] {
  return cloud.calls
    .map(({ method, url }) => `${method} ${url}`)
    .filter((call) => !call.endsWith("/auth/tokens"));
}

async function remove(leftovers: readonly Leftover[], signal = new AbortController().signal) {
  const seen: string[] = [];
  const result = await removeLeftovers(session, leftovers, ({ resource }) => seen.push(resource.id), signal);
  return {
    seen,
    failures: result.failures.map(({ leftover: l, error }) => `${l.resource.id}: ${error.message}`),
  };
}

describe("removal", () => {
  it("goes by dependency whatever the order it is given, and waits for a server's end", async () => {
    cloud.on("DELETE /compute/v2.1/servers/s", { status: 204 });
    cloud.on(
      "GET /compute/v2.1/servers/s",
      {
        json: {
          server: {
            id: "s",
            status: "ACTIVE",
            "OS-EXT-STS:task_state": "deleting",
            "OS-EXT-STS:power_state": 1,
          },
        },
      },
      { status: 404 },
    );
    for (const path of [
      "networks/n",
      "subnets/u",
      "ports/p",
      "routers/r",
      "security-groups/g",
      "floatingips/f",
    ])
      cloud.on(`DELETE /network/v2.0/${path}`, { status: 204 });
    cloud.on("PUT /network/v2.0/routers/r/remove_router_interface", { json: {} });
    cloud.on("DELETE /image/v2/images/i", { status: 204 });
    const { seen, failures } = await remove([
      leftover("network", "n"),
      leftover("subnet", "u"),
      leftover("router", "r"),
      leftover("security group", "g"),
      leftover("port", "p"),
      leftover("router interface", "x", { deviceId: "r", subnetIds: ["u"] }),
      leftover("image", "i"),
      leftover("floating IP", "f"),
      leftover("server", "s"),
    ]);
    expect(failures).toEqual([]);
    const level = (...ids: string[]) => Math.max(...ids.map((id) => seen.indexOf(id)));
    expect(level("s", "f")).toBeLessThan(Math.min(...["p", "x", "i"].map((id) => seen.indexOf(id))));
    expect(level("p", "x", "i")).toBeLessThan(Math.min(...["r", "g", "u"].map((id) => seen.indexOf(id))));
    expect(seen.at(-1)).toBe("n");
    expect(asked().filter((call) => call === "GET /compute/v2.1/servers/s")).toHaveLength(2);
  });

  it("tries again while something is in use, and takes what is gone already for gone", async () => {
    const busy = { status: 409, json: { NeutronError: { message: "in use" } } };
    cloud.on("DELETE /network/v2.0/ports/p", busy, busy, { status: 204 });
    cloud.on("DELETE /network/v2.0/networks/n", { status: 404 });
    expect(await remove([leftover("port", "p"), leftover("network", "n")])).toEqual({
      seen: ["p", "n"],
      failures: [],
    });
    expect(cloud.to("DELETE /network/v2.0/ports/p")).toHaveLength(3);
  });

  it("names what cannot go and removes the rest", async () => {
    cloud.on("DELETE /network/v2.0/ports/p", {
      status: 403,
      json: { NeutronError: { message: "not yours" } },
    });
    cloud.on("DELETE /network/v2.0/networks/n", { status: 204 });
    expect(await remove([leftover("port", "p"), leftover("network", "n")])).toEqual({
      seen: ["n"],
      failures: [expect.stringMatching(/^p: .*403: not yours/)],
    });
  });

  it("begins nothing once it is interrupted", async () => {
    const controller = new AbortController();
    cloud.on("DELETE /network/v2.0/ports/p", { status: 204 });
    const removed: string[] = [];
    const result = await removeLeftovers(
      session,
      [leftover("port", "p"), leftover("network", "n")],
      ({ resource }) => {
        removed.push(resource.id);
        controller.abort();
      },
      controller.signal,
    );
    expect(removed).toEqual(["p"]);
    expect(result.failures).toEqual([]);
    expect(asked()).toEqual(["DELETE /network/v2.0/ports/p"]);
  });
});
