import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { consoleNow } from "../../../openstack/console";
import { OpenStackError } from "../../../openstack/error";
import { isMomentary } from "../../../openstack/momentary";
import { Session } from "../../../openstack/session";
import { waitForServer } from "../../../openstack/wait";
import { until } from "../../../process/until";
import { FakeCloud } from "../../support/fakeOpenstack";

let cloud: FakeCloud;
let session: Session;
beforeEach(async () => {
  cloud = await new FakeCloud().start();
  session = new Session(cloud.auth(), { sleep: async () => {} });
});
afterEach(() => cloud.stop());

const action = "POST /compute/v2.1/servers/s1/action";
const server = "GET /compute/v2.1/servers/s1";
const none = {
  status: 404,
  json: { itemNotFound: { message: "Guest does not have a console available." } },
};

describe("waiting for something on a console", () => {
  it("goes on between two boots, through an overload and through a conflict", async () => {
    cloud.on(server, { json: { server: { id: "s1", status: "ACTIVE" } } });
    cloud.on(
      action,
      none,
      { status: 409, json: { conflictingRequest: { message: "not ready" } } },
      ...Array.from({ length: 12 }, () => ({ status: 503, text: "overloaded" })),
      { json: { output: "at last" } },
    );
    const look = () => consoleNow(session, "s1");
    const patience = { clock: session, pauseMs: 0, timeoutMs: 60_000 };
    expect(await until(look, patience)).toBe("at last");
  });

  it("ends where the server is gone, or nobody may look", async () => {
    cloud.on(action, none);
    cloud.on(server, { status: 404, json: {} });
    await expect(consoleNow(session, "s1")).rejects.toMatchObject({ status: 404 });
    cloud.on(action, { status: 403, json: { forbidden: { message: "no" } } });
    await expect(consoleNow(session, "s1")).rejects.toMatchObject({ status: 403 });
  });
});

describe("waiting for a server", () => {
  it("goes on through answers of a moment, and ends at its limit by the last of them", async () => {
    const busy = Array.from({ length: 12 }, () => ({ status: 502, text: "bad gateway" }));
    const there = {
      json: { server: { id: "s1", name: "s1", status: "SHUTOFF", "OS-EXT-STS:task_state": null } },
    };
    cloud.on(server, ...busy, there);
    const isOff = (now?: { status: string }) => now?.status === "SHUTOFF";
    expect(await waitForServer(session, "s1", isOff, { timeoutMs: 60_000 })).toMatchObject({ id: "s1" });
    cloud.on(server, { status: 502, text: "bad gateway" });
    await expect(waitForServer(session, "s1", isOff, { timeoutMs: 0 })).rejects.toMatchObject({
      status: 502,
    });
  });
});

describe("an answer of a moment", () => {
  const answer = (failure: { status?: number; code?: string }) =>
    new OpenStackError({ service: "compute", method: "GET", path: "/" }, { detail: "", ...failure });

  it.each([409, 423, 425, 429, 500, 502, 503, 504])("is %i", (status) => {
    expect(isMomentary(answer({ status }))).toBe(true);
  });

  it.each([400, 401, 403, 404, 413, 501])("is not %i", (status) => {
    expect(isMomentary(answer({ status }))).toBe(false);
  });

  it("is none at all, but for a certificate, a service that is nowhere, and an interrupt", () => {
    expect(isMomentary(answer({ code: "ECONNREFUSED" }))).toBe(true);
    expect(isMomentary(answer({ code: "CERT_HAS_EXPIRED" }))).toBe(false);
    expect(isMomentary(answer({ code: "no endpoint" }))).toBe(false);
    expect(isMomentary(new Error("Ctrl-C"))).toBe(false);
  });
});
