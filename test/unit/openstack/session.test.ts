import { createServer } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OpenStackError } from "../../../openstack/error";
import { tokenInfo } from "../../../openstack/keystone";
import { retryAfter } from "../../../openstack/retry";
import { Session } from "../../../openstack/session";
import type { Dependencies } from "../../../openstack/transport";
import { FakeCloud, password } from "../../support/fakeOpenstack";

let cloud: FakeCloud;
let slept: number[];
let clock: number;

beforeEach(async () => {
  cloud = await new FakeCloud().start();
  slept = [];
  clock = 0;
});
afterEach(() => cloud.stop());

function session(dependencies: Dependencies = {}, change: Parameters<FakeCloud["auth"]>[0] = {}): Session {
  return new Session(cloud.auth(change), {
    now: () => clock,
    random: () => 0.5,
    sleep: async (ms) => {
      slept.push(ms);
      clock += ms;
    },
    ...dependencies,
  });
}

async function failure(promise: Promise<unknown>): Promise<OpenStackError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OpenStackError);
  return error as OpenStackError;
}

const servers = "GET /compute/v2.1/servers";

describe("tokens", () => {
  it("authenticates once for concurrent requests, and sends the token and the body Keystone wants", async () => {
    cloud.on(servers, { json: { servers: [] } });
    const one = session();
    await Promise.all([one, one, one].map((same) => same.request("compute", "GET", "/servers")));
    expect(cloud.tokens).toBe(1);
    expect(JSON.parse(cloud.calls[0]!.body).auth.identity.password.user.password).toBe(password);
    expect(cloud.to(servers).map((call) => call.headers["x-auth-token"])).toEqual(
      Array(3).fill("token-number-1"),
    );
  });

  it("renews two minutes before the expiry, not earlier", async () => {
    cloud.on(servers, { json: { servers: [] } });
    const one = session();
    await one.request("compute", "GET", "/servers");
    clock = 3_600_000 - 120_000 - 1;
    await one.request("compute", "GET", "/servers");
    expect(cloud.tokens).toBe(1);
    clock += 1;
    await one.request("compute", "GET", "/servers");
    expect(cloud.to(servers).at(-1)!.headers["x-auth-token"]).toBe("token-number-2");
  });

  it("uses a token that lives for seconds for most of its life", async () => {
    cloud.tokenLifetimeMs = 10_000;
    cloud.on(servers, { json: { servers: [] } });
    const one = session();
    await one.request("compute", "GET", "/servers");
    clock = 8_999;
    await one.request("compute", "GET", "/servers");
    expect(cloud.tokens).toBe(1);
    clock = 9_000;
    await one.request("compute", "GET", "/servers");
    expect(cloud.tokens).toBe(2);
  });

  it("renews once after a 401, also for a POST, and reports the second 401", async () => {
    const revoked = {
      status: 401,
      json: { error: { code: 401, message: "The request requires authentication." } },
    };
    cloud.on("POST /compute/v2.1/servers/x/action", revoked, { status: 202 });
    const one = session();
    await one.request("compute", "POST", "/servers/x/action", { json: { "os-start": null } });
    expect(
      cloud.to("POST /compute/v2.1/servers/x/action").map((call) => call.headers["x-auth-token"]),
    ).toEqual(["token-number-1", "token-number-2"]);
    cloud.on(servers, revoked);
    const error = await failure(one.request("compute", "GET", "/servers"));
    expect(error.status).toBe(401);
    expect(cloud.to(servers)).toHaveLength(2);
  });

  it("after concurrent 401s authenticates once more, not once each", async () => {
    const revoked = { status: 401, json: {} };
    cloud.on(servers, revoked, revoked, revoked, { json: { servers: [] } });
    const one = session();
    await Promise.all([one, one, one].map((same) => same.request("compute", "GET", "/servers")));
    expect(cloud.tokens).toBe(2);
  });

  it("tells who refused the password, and tries again on the next request", async () => {
    cloud.on("POST /identity/v3/auth/tokens", {
      status: 401,
      json: {
        error: {
          code: 401,
          message: "The request you have made requires authentication.",
          title: "Unauthorized",
        },
      },
      headers: { "x-openstack-request-id": "req-7" },
    });
    const one = session();
    const error = await failure(one.request("compute", "GET", "/servers"));
    expect(error.message).toBe(
      "identity POST /auth/tokens: 401: The request you have made requires authentication. Check the user, secret, project and " +
        "domains of the environment; an expired or deleted application credential also ends like this. (request req-7)",
    );
    await failure(one.request("compute", "GET", "/servers"));
    expect(cloud.to("POST /identity/v3/auth/tokens")).toHaveLength(2);
  });

  it("recognises an address that is not Keystone's", async () => {
    cloud.on("POST /identity/v3/auth/tokens", { text: "<h1>It works!</h1>" });
    expect((await failure(session().identity())).message).toContain("not like Keystone");
  });

  it("gives user, project and roles without a further call", async () => {
    expect(await tokenInfo(session())).toEqual({
      project: { id: "project-1", name: "demo" },
      user: { id: "user-1", name: "demo" },
      roles: ["member"],
      expiresAt: new Date("2026-01-01T01:00:00Z"),
    });
    expect(cloud.calls).toHaveLength(1);
  });
});

describe("repetition", () => {
  const ok = { json: { servers: [] } };

  it("waits as long as Retry-After says, with jitter on top", async () => {
    cloud.on(servers, { status: 429, headers: { "Retry-After": "7" } }, ok);
    await session().request("compute", "GET", "/servers");
    expect(slept).toEqual([7_250]);
  });

  it("backs off exponentially with full jitter on 503, 502, 504 and a reset", async () => {
    cloud.on(servers, { status: 503 }, { status: 502 }, { reset: true }, { status: 504 }, ok);
    await session().request("compute", "GET", "/servers");
    expect(slept).toEqual([250, 500, 1_000, 2_000]);
  });

  it("repeats what a 500 answered, if it may be repeated", async () => {
    cloud.on(servers, { status: 500 }, ok);
    await session().request("compute", "GET", "/servers");
    expect(slept).toEqual([250]);
    cloud.on("POST /compute/v2.1/servers", { status: 500 });
    await expect(session().request("compute", "POST", "/servers", { json: {} })).rejects.toMatchObject({
      status: 500,
    });
    expect(slept).toEqual([250]);
  });

  it("gives up after five attempts", async () => {
    cloud.on(servers, {
      status: 503,
      text: "<html><title>503</title><h1>503 Service Unavailable</h1>No server</html>",
    });
    const error = await failure(session().request("compute", "GET", "/servers"));
    expect(cloud.to(servers)).toHaveLength(5);
    expect(error.message).toContain("503: 503 Service Unavailable No server.");
    expect(error.message).toContain("try again later");
  });

  it("does not wait for a Retry-After of an hour", async () => {
    cloud.on(servers, { status: 429, headers: { "Retry-After": "3600" } });
    const error = await failure(session().request("compute", "GET", "/servers"));
    expect(slept).toEqual([]);
    expect(error.message).toContain("asks to wait 3600 s");
  });

  it.each([
    ["reset", { reset: true }, 1],
    ["503 without Retry-After", { status: 503 }, 1],
    ["502", { status: 502, headers: { "Retry-After": "1" } }, 1],
    ["503 with Retry-After", { status: 503, headers: { "Retry-After": "1" } }, 5],
    ["429 with Retry-After", { status: 429, headers: { "Retry-After": "1" } }, 5],
    ["500", { status: 500 }, 1],
  ])("a POST met by %s (%j) is sent %i times", async (_, reply, times) => {
    cloud.on("POST /compute/v2.1/servers", reply);
    await failure(session().request("compute", "POST", "/servers", { json: {} }));
    expect(cloud.to("POST /compute/v2.1/servers")).toHaveLength(times);
  });

  it("repeats a POST marked idempotent after a reset, but never one that says otherwise", async () => {
    cloud.on("POST /compute/v2.1/read", { reset: true }, { json: {} });
    await session().request("compute", "POST", "/read", { idempotent: true });
    expect(cloud.to("POST /compute/v2.1/read")).toHaveLength(2);
    cloud.on("PUT /compute/v2.1/once", { reset: true });
    const error = await failure(session().request("compute", "PUT", "/once", { idempotent: false }));
    expect(cloud.to("PUT /compute/v2.1/once")).toHaveLength(1);
    expect(["ECONNRESET", "UND_ERR_SOCKET"]).toContain(error.code);
  });

  it("repeats any request that found nobody listening, and says so in the end", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    cloud.catalog = () => [
      {
        type: "compute",
        endpoints: [{ interface: "public", region_id: "R", url: `http://127.0.0.1:${port}` }],
      },
    ];
    const error = await failure(session().request("compute", "POST", "/servers", { json: {} }));
    expect(error.code).toBe("ECONNREFUSED");
    expect(slept).toHaveLength(4);
    expect(error.message).toContain(`Nothing listens at http://127.0.0.1:${port}: is the cloud up`);
  });

  it("ends a silent attempt at its timeout", async () => {
    cloud.on("POST /compute/v2.1/servers", { hang: true });
    const error = await failure(
      session().request("compute", "POST", "/servers", { json: {}, timeoutMs: 50 }),
    );
    expect(error.code).toBe("ETIMEDOUT");
    expect(error.message).toContain("within 0.05 s");
  });

  it("stops at the signal, while waiting for an answer and while waiting to repeat", async () => {
    cloud.on(servers, { hang: true });
    const first = new AbortController();
    const hanging = session().request("compute", "GET", "/servers", { signal: first.signal });
    setTimeout(() => first.abort(new Error("Ctrl-C")), 100);
    await expect(hanging).rejects.toThrow("Ctrl-C");
    cloud.on(servers, { status: 503, headers: { "Retry-After": "60" } });
    const second = new AbortController();
    const real = new Session(cloud.auth());
    const waiting = real.request("compute", "GET", "/servers", { signal: second.signal });
    setTimeout(() => second.abort(new Error("Ctrl-C")), 200);
    await expect(waiting).rejects.toThrow("Ctrl-C");
  });

  it("reads Retry-After as seconds and as a date", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfter("3", now)).toBe(3_000);
    expect(retryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5_000);
    expect(retryAfter("Thu, 01 Jan 2020 00:00:00 GMT", now)).toBe(0);
    expect(retryAfter("soon", now)).toBeUndefined();
    expect(retryAfter(null, now)).toBeUndefined();
  });
});

describe("what is sent", () => {
  it("names the microversion under the service's own name", async () => {
    cloud.on(servers, { json: {} }).on("GET /placement/usages", { json: {} });
    const one = session();
    await one.request("compute", "GET", "/servers", { microversion: "2.87" });
    await one.request("placement", "GET", "/usages", { microversion: "1.9" });
    expect(cloud.to(servers)[0]!.headers["openstack-api-version"]).toBe("compute 2.87");
    expect(cloud.to("GET /placement/usages")[0]!.headers["openstack-api-version"]).toBe("placement 1.9");
  });

  it("encodes the query, repeats arrays, leaves out undefined", async () => {
    cloud.on(servers, { json: {} });
    const query = { name: "a b&c", id: ["1", "2"], none: undefined, all: true };
    await session().request("compute", "GET", "/servers", { query });
    expect(cloud.to(servers)[0]!.url).toBe("/compute/v2.1/servers?name=a+b%26c&id=1&id=2&all=true");
  });

  it("does not follow a redirect, because the token would go with it", async () => {
    cloud.on(servers, { status: 302, headers: { Location: `${cloud.origin}/elsewhere` } });
    const error = await failure(session().request("compute", "GET", "/servers"));
    expect(error.message).toContain(`redirect to ${cloud.origin}/elsewhere`);
    expect(cloud.to("GET /elsewhere")).toEqual([]);
  });

  it("accepts other statuses where asked to", async () => {
    cloud.on("DELETE /compute/v2.1/servers/x", { status: 404, json: { itemNotFound: { message: "gone" } } });
    expect(
      await session().request("compute", "DELETE", "/servers/x", { okStatus: [204, 404] }),
    ).toBeDefined();
  });
});

describe("errors", () => {
  it.each([
    [
      "compute",
      { json: { itemNotFound: { code: 404, message: "Instance x could not be found." } } },
      "Instance x could not be found.",
    ],
    [
      "network",
      { json: { NeutronError: { type: "PortNotFound", message: "Port x could not be found.", detail: "" } } },
      "Port x could not be found.",
    ],
    [
      "network",
      { json: { NeutronError: "The resource could not be found." } },
      "The resource could not be found.",
    ],
    [
      "identity",
      { json: { error: { code: 404, message: "Could not find user: x.", title: "Not Found" } } },
      "Could not find user: x.",
    ],
    [
      "image",
      {
        text: "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  Failed to find image x<br /><br />\n\n\n </body>\n</html>",
      },
      "404 Not Found Failed to find image x.",
    ],
    [
      "image",
      {
        json: {
          code: "404 Not Found",
          title: "Not Found",
          message: "Failed to find image x<br /><br />\n\n\n",
        },
      },
      "Failed to find image x.",
    ],
    [
      "placement",
      { json: { errors: [{ status: 404, title: "Not Found", detail: "No resource provider x found" }] } },
      "No resource provider x found.",
    ],
    ["compute", {}, "no explanation given."],
  ] as const)("quotes the %s service's own message: %#", async (service, reply, message) => {
    const base = {
      identity: "/identity/v3",
      compute: "/compute/v2.1",
      network: "/network/v2.0",
      image: "/image/v2",
      placement: "/placement",
    };
    cloud.on(`GET ${base[service]}/things/x`, {
      status: 404,
      headers: { "x-openstack-request-id": "req-42" },
      ...reply,
    });
    const error = await failure(session().request(service, "GET", "/things/x"));
    expect(error).toMatchObject({
      service,
      method: "GET",
      path: "/things/x",
      status: 404,
      requestId: "req-42",
    });
    expect(error.message).toBe(`${service} GET /things/x: 404: ${message} (request req-42)`);
  });

  it("tells a quota from a missing role", async () => {
    cloud.on("POST /compute/v2.1/a", {
      status: 403,
      json: { forbidden: { message: "Quota exceeded for cores" } },
    });
    cloud.on("POST /compute/v2.1/b", {
      status: 403,
      json: { forbidden: { message: "Policy doesn't allow it" } },
    });
    const one = session();
    expect((await failure(one.request("compute", "POST", "/a"))).message).toContain("larger quota");
    expect((await failure(one.request("compute", "POST", "/b"))).message).toContain("access rules");
  });

  it("advises on certificates by their code", async () => {
    const refuse = (() =>
      Promise.reject(
        new TypeError("fetch failed", {
          cause: Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
        }),
      )) as typeof fetch;
    expect((await failure(session({ fetch: refuse }).identity())).message).toContain("set OS_CACERT");
    const withCa = await failure(session({ fetch: refuse }, { caFile: "/etc/lab.pem" }).identity());
    expect(withCa.message).toContain("not signed by the authority that OS_CACERT");
    expect(slept).toEqual([]);
  });

  it("shows neither password nor token, whatever a service or fetch echoes", async () => {
    const echo = {
      status: 400,
      json: { badRequest: { message: `bad header token-number-1 and ${password}` } },
    };
    cloud.on(servers, echo);
    const one = session();
    const leaky = ((url: string | URL, init?: RequestInit) => {
      const token = new Headers(init?.headers).get("X-Auth-Token");
      return token === null
        ? fetch(url, init)
        : Promise.reject(
            new TypeError("fetch failed", { cause: new Error(`${token} is an invalid header value`) }),
          );
    }) as typeof fetch;
    const errors = [
      await failure(one.request("compute", "GET", "/servers")),
      await failure(session({ fetch: leaky }).request("compute", "GET", "/broken")),
    ];
    const shown = [...errors, one].flatMap((each) => [
      inspect(each, { depth: null, showHidden: true }),
      JSON.stringify(each),
      String(each),
    ]);
    expect(errors[0]!.message).toContain("[secret] and [secret]");
    expect(errors[1]!.message).toContain("[secret] is an invalid header value");
    for (const text of shown) {
      expect(text).not.toContain(password);
      expect(text).not.toMatch(/token-number-\d/);
    }
  });
});
