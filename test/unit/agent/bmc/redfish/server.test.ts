import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RedfishServer } from "../../../../../agent/bmc/redfish/server";
import { Sessions, sessionLimit, sessionTimeout } from "../../../../../agent/bmc/redfish/sessions";
import { selfSigned } from "../../../../support/certificate";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { ask, errorOf } from "../../../../support/redfish/request";
import { type Served, serve, testPassword, testUser } from "../../../../support/redfish/serve";

const v1 = "/redfish/v1";
const system = `${v1}/Systems/node-0`;
const reset = `${system}/Actions/ComputerSystem.Reset`;
const drive = `${system}/VirtualMedia/Cd`;
const sessionsPath = `${v1}/SessionService/Sessions`;
const nobody = { authorization: "" };

let served: Served;
let node: FakeNode;

beforeAll(async () => {
  served = await serve([]);
});
afterAll(() => served.close());
beforeEach(() => {
  node = new FakeNode("node-0");
  served.nodes.splice(0, Infinity, node);
  served.log.length = 0;
});

describe("who may", () => {
  it.each(["/redfish", v1, `${v1}/`, `${v1}/odata`, `${v1}/$metadata`])("anyone read %s", async (path) => {
    expect((await ask(served, "GET", path, { headers: nobody })).status).toBe(200);
  });

  it.each([
    ["GET", `${v1}/Systems`],
    ["GET", system],
    ["PATCH", system],
    ["POST", reset],
    ["GET", sessionsPath],
    ["DELETE", `${sessionsPath}/x`],
    ["POST", v1],
    ["GET", `${v1}/Systems/no-such-node`],
    ["GET", "/"],
  ])("nobody without a login %s %s", async (method, path) => {
    for (const headers of [nobody, { authorization: "Basic !" }, { authorization: "Bearer x" }]) {
      const answer = await ask(served, method, path, { headers });
      expect([answer.status, errorOf(answer)]).toEqual([401, "NoValidSession"]);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
      expect(answer.headers.get("allow")).toBeNull();
    }
    expect(node.changes).toEqual([]);
  });

  it("not with nearly the right password, nor the right one and a wrong token", async () => {
    for (const pair of [
      `${testUser}:${testPassword}x`,
      `${testUser}:`,
      `x:${testPassword}`,
      `${testUser}${testPassword}`,
      ":",
    ]) {
      const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
      expect((await ask(served, "GET", system, { headers: { authorization } })).status).toBe(401);
    }
    expect((await ask(served, "GET", system, { headers: { "x-auth-token": "x" } })).status).toBe(401);
    expect((await ask(served, "GET", system)).status).toBe(200);
  });

  it("log in for a token, and out", async () => {
    for (const path of [sessionsPath, `${sessionsPath}/Members`]) {
      const login = await ask(served, "POST", path, {
        headers: nobody,
        body: { UserName: testUser, Password: testPassword },
      });
      expect(login.status).toBe(201);
      const headers = { ...nobody, "x-auth-token": login.headers.get("x-auth-token")! };
      const own = login.headers.get("location")!;
      expect((await ask(served, "GET", own, { headers })).body).toEqual(login.body);
      expect(JSON.stringify(login.body)).not.toContain(testPassword);
      expect((await ask(served, "DELETE", own, { headers })).status).toBe(204);
      expect((await ask(served, "GET", system, { headers })).status).toBe(401);
    }
    const wrong = await ask(served, "POST", sessionsPath, {
      headers: nobody,
      body: { UserName: testUser, Password: "guessed" },
    });
    expect([wrong.status, errorOf(wrong)]).toEqual([401, "ResourceAtUriUnauthorized"]);
    for (const body of [
      { UserName: testUser },
      { UserName: testUser, Password: 1 },
      { UserName: testUser, Password: testPassword, X: 1 },
    ]) {
      const answer = await ask(served, "POST", sessionsPath, { headers: nobody, body });
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toContain(testPassword);
    }
  });

  it("not come up without a password", () => {
    const make = () =>
      new RedfishServer({ machines: () => [], username: testUser, password: "", log: () => {} });
    expect(make).toThrow(/needs a user name and a password/);
  });
});

describe("sessions", () => {
  let now = 1e12;
  const sessions = new Sessions(() => now);

  it("end when they were idle for too long", () => {
    const { token, session } = sessions.open("::1");
    now += (sessionTimeout - 1) * 1000;
    expect(sessions.use(token)).toBe(session);
    now += (sessionTimeout - 1) * 1000;
    expect(sessions.use(token)).toBe(session);
    now += sessionTimeout * 1000;
    expect(sessions.list()).toEqual([]);
    expect(sessions.use(token)).toBeUndefined();
  });

  it("give way, the one idle longest first, when there are too many", () => {
    const opened = Array.from({ length: sessionLimit }, () => sessions.open("::1"));
    sessions.use(opened[0]!.token);
    sessions.open("::1");
    expect(sessions.list()).toHaveLength(sessionLimit);
    expect(sessions.use(opened[0]!.token)).toBeDefined();
    expect(sessions.use(opened[1]!.token)).toBeUndefined();
  });
});

describe("HTTP", () => {
  it.each([
    ["GET", `${v1}/Systems/no-such-node`, 404, "ResourceMissingAtURI"],
    ["GET", `${v1}/Systems/%E0%A4%A`, 404, "ResourceMissingAtURI"],
    ["GET", `${v1}/Systems/__proto__`, 404, "ResourceMissingAtURI"],
    ["GET", `${v1}/AccountService/Roles/constructor`, 404, "ResourceMissingAtURI"],
    ["GET", `${v1}/EventService`, 404, "ResourceMissingAtURI"],
    ["GET", `${system}/SecureBoot`, 404, "ResourceMissingAtURI"],
    ["GET", `${system}/EthernetInterfaces/NIC9`, 404, "ResourceMissingAtURI"],
    ["GET", reset, 405, "OperationNotAllowed"],
    ["PUT", system, 405, "OperationNotAllowed"],
    ["DELETE", system, 405, "OperationNotAllowed"],
    ["PATCH", `${v1}/AccountService/Accounts/1`, 405, "OperationNotAllowed"],
    ["GET", `${v1}/Systems?$filter=x`, 501, "QueryParameterUnsupported"],
  ])("%s %s: %i %s", async (method, path, status, key) => {
    const answer = await ask(served, method, path);
    expect([answer.status, errorOf(answer)]).toEqual([status, key]);
    if (status === 405) expect(answer.headers.get("allow")).toMatch(/^[A-Z, ]+$/);
  });

  it("HEAD is GET without the body, and an unknown query is ignored", async () => {
    const get = await ask(served, "GET", `${system}/?foo=bar`);
    const head = await ask(served, "HEAD", system);
    expect(get.status).toBe(200);
    expect([head.status, head.body]).toEqual([200, ""]);
    for (const name of ["etag", "allow", "content-length", "odata-version", "link"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
      expect(head.headers.get(name)).toBeTruthy();
    }
  });

  it("takes a change of what a power change in between has not touched, as gofish makes it", async () => {
    const body = { Boot: { BootSourceOverrideTarget: "Pxe" } };
    const etag = (await ask(served, "GET", system)).headers.get("etag")!;
    await ask(served, "POST", reset, { body: { ResetType: "On" } });
    const now = (await ask(served, "GET", system, { headers: { "if-none-match": etag } })).headers.get(
      "etag",
    )!;
    expect(now).not.toBe(etag);
    const changed = await ask(served, "PATCH", system, { body, headers: { "if-match": etag } });
    expect(changed.status).toBe(200);
    expect((await ask(served, "PATCH", system, { body, headers: { "if-match": etag } })).status).toBe(412);
    const latest = changed.headers.get("etag")!;
    expect((await ask(served, "PATCH", system, { body, headers: { "if-match": latest } })).status).toBe(200);
  });

  it("changes only what the client has seen", async () => {
    const body = { Boot: { BootSourceOverrideTarget: "Pxe" } };
    const etag = (await ask(served, "GET", system)).headers.get("etag")!;
    const unchanged = await ask(served, "GET", system, { headers: { "if-none-match": etag } });
    expect(unchanged.status).toBe(304);
    node.override = { target: "disk", persistence: "continuous" };
    const late = await ask(served, "PATCH", system, { body, headers: { "if-match": etag } });
    expect([late.status, errorOf(late)]).toEqual([412, "PreconditionFailed"]);
    expect(node.override.target).toBe("disk");
    const fresh = (await ask(served, "GET", system)).headers.get("etag")!;
    for (const match of [fresh, "*"]) {
      node.override = { target: "disk", persistence: "continuous" };
      expect((await ask(served, "PATCH", system, { body, headers: { "if-match": match } })).status).toBe(200);
      expect(node.override).toEqual({ target: "pxe", persistence: "continuous" });
    }
    const version = await ask(served, "GET", system, { headers: { "odata-version": "3.0" } });
    expect([version.status, errorOf(version)]).toEqual([412, "HeaderInvalid"]);
  });

  it.each([
    ["{", 400, "MalformedJSON", {}],
    ["[]", 400, "UnrecognizedRequestBody", {}],
    ["null", 400, "UnrecognizedRequestBody", {}],
    ["ResetType=On", 415, "UnrecognizedRequestBody", { "content-type": "application/x-www-form-urlencoded" }],
    [`{"ResetType":"${"x".repeat(70_000)}"}`, 413, "PayloadTooLarge", {}],
    ["{}", 400, "ActionParameterMissing", {}],
    ['{"ResetType":"Suspend"}', 400, "ActionParameterValueNotInList", {}],
    ['{"ResetType":"toString"}', 400, "ActionParameterValueNotInList", {}],
    ['{"ResetType":["On"]}', 400, "ActionParameterValueNotInList", {}],
    ['{"ResetType":"On","Force":true}', 400, "ActionParameterUnknown", {}],
  ] as const)("Reset with %.40s: %i %s", async (body, status, key, headers) => {
    const answer = await ask(served, "POST", reset, { body, headers });
    expect([answer.status, errorOf(answer)]).toEqual([status, key]);
    expect(node.changes).toEqual([]);
  });
});

describe("a change", () => {
  it.each([
    [{}, "EmptyJSON"],
    [{ "@odata.id": system }, "NoOperation"],
    [{ Boot: {} }, "NoOperation"],
    [{ Boot: 1 }, "PropertyValueTypeError"],
    [{ Boot: null }, "PropertyValueTypeError"],
    [{ Boot: { BootSourceOverrideTarget: 1 } }, "PropertyValueTypeError"],
    [{ Boot: { BootSourceOverrideTarget: "UefiHttp" } }, "PropertyValueNotInList"],
    [{ Boot: { BootSourceOverrideTarget: "BiosSetup" } }, "PropertyValueNotInList"],
    [{ Boot: { BootSourceOverrideTarget: "Pxe", BootSourceOverrideMode: "UEFI" } }, "PropertyValueNotInList"],
    [{ Boot: { BootOrder: ["x"] } }, "PropertyUnknown"],
    [{ Boot: { toString: "x" } }, "PropertyUnknown"],
    [{ Colour: "red" }, "PropertyUnknown"],
    [{ PowerState: "On" }, "PropertyNotWritable"],
  ])("%j is refused: %s", async (body, key) => {
    const answer = await ask(served, "PATCH", system, { body });
    expect([answer.status, errorOf(answer)]).toEqual([400, key]);
    expect(node.override).toEqual({ target: "none", persistence: "once" });
  });

  it("is made as far as it can be, and the rest is reported", async () => {
    const body = {
      Boot: { BootSourceOverrideTarget: "Hdd", BootSourceOverrideEnabled: "Continuous" },
      Id: "x",
    };
    const answer = await ask(served, "PATCH", system, { body });
    expect(answer.status).toBe(200);
    expect(answer.body.Boot.BootSourceOverrideTarget).toBe("Hdd");
    expect(answer.body["@Message.ExtendedInfo"][0]).toMatchObject({
      MessageId: expect.stringMatching(/PropertyNotWritable$/),
      RelatedProperties: ["#/Id"],
    });
    expect(node.override).toEqual({ target: "disk", persistence: "continuous" });
  });

  it("is announced as far as the node's facts go", async () => {
    Object.assign(node, { powerActions: ["on", "off"], bootTargets: ["none", "pxe"] });
    const { body } = await ask(served, "GET", system);
    expect(body.Actions["#ComputerSystem.Reset"]["ResetType@Redfish.AllowableValues"]).toEqual([
      "On",
      "ForceOn",
      "ForceOff",
    ]);
    expect(body.Boot["BootSourceOverrideTarget@Redfish.AllowableValues"]).toEqual(["None", "Pxe"]);
    expect((await ask(served, "POST", reset, { body: { ResetType: "Nmi" } })).status).toBe(400);
  });

  it("waits, in the client's hands, for a machine that is busy", async () => {
    node.busyFor = -1;
    for (const [path, body] of [
      [reset, { ResetType: "On" }],
      [`${drive}/Actions/VirtualMedia.InsertMedia`, { Image: "http://192.0.2.1/x.iso" }],
      [`${drive}/Actions/VirtualMedia.EjectMedia`, undefined],
    ] as const) {
      const answer = await ask(served, "POST", path, { body });
      expect([answer.status, errorOf(answer)]).toEqual([503, "ServiceTemporarilyUnavailable"]);
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    node.state = undefined;
    expect((await ask(served, "GET", system)).headers.get("retry-after")).toBe("2");
    expect((await ask(served, "GET", `${v1}/Systems`)).status).toBe(200);
  });

  it("that fails in an unknown way is an error, in the log with its reason and not in the answer", async () => {
    node.change = async () => {
      throw new Error("Nova said something odd");
    };
    const answer = await ask(served, "POST", reset, { body: { ResetType: "On" } });
    expect([answer.status, errorOf(answer)]).toEqual([500, "InternalError"]);
    expect(JSON.stringify(answer.body)).not.toContain("odd");
    expect(served.log.join()).toContain("Nova said something odd");
  });

  it("leaves a line in the log with the node and no secret", async () => {
    await ask(served, "POST", reset, { body: { ResetType: "On" } });
    expect(JSON.parse(served.log[0]!)).toEqual({
      event: "redfish.request",
      method: "POST",
      path: reset,
      node: "node-0",
      status: 204,
      ms: expect.any(Number),
    });
    const secret = {
      UserName: "me",
      Password: "of-the-image",
      Image: "http://me:in-the-url@192.0.2.1/x.iso",
    };
    await ask(served, "POST", `${drive}/Actions/VirtualMedia.InsertMedia`, { body: secret });
    await ask(served, "POST", sessionsPath, { body: { UserName: testUser, Password: testPassword } });
    expect(served.log).toHaveLength(3);
    expect(served.log.join()).not.toMatch(new RegExp(`${testPassword}|of-the-image|in-the-url`));
  });
});

describe("virtual media", () => {
  const insert = (body: unknown) =>
    ask(served, "POST", `${drive}/Actions/VirtualMedia.InsertMedia`, { body });

  it("shows an image's URL without its credentials", async () => {
    expect((await insert({ Image: "https://me:pw@192.0.2.1/a/b.iso" })).status).toBe(204);
    expect(node.image).toBe("https://me:pw@192.0.2.1/a/b.iso");
    const { body } = await ask(served, "GET", drive);
    expect(body).toMatchObject({ Image: "https://192.0.2.1/a/b.iso", ImageName: "b.iso", Inserted: true });
  });

  it.each([
    [{ Image: "/etc/passwd" }, "ActionParameterValueConflict"],
    [{ Image: 1 }, "ActionParameterValueConflict"],
    [{ Image: "http://h/x.iso", Inserted: false }, "ActionParameterValueConflict"],
    [{ Image: "http://h/x.iso", WriteProtected: false }, "ActionParameterValueConflict"],
    [{ Image: "http://h/x.iso", TransferProtocolType: "NFS" }, "ActionParameterValueConflict"],
    [{ Image: "http://h/x.iso", TransferMethod: "Carrier pigeon" }, "ActionParameterValueNotInList"],
    [{ Image: "http://h/x.iso", UserName: "me" }, "ActionParameterNotSupported"],
  ])("refuses %j: %s", async (body, key) => {
    const answer = await insert(body);
    expect([answer.status, errorOf(answer)]).toEqual([400, key]);
    expect(node.image).toBeUndefined();
  });

  it("takes all that says what is so anyway", async () => {
    const answer = await insert({
      Image: "http://192.0.2.1/x.iso",
      Inserted: true,
      WriteProtected: true,
      TransferMethod: "Stream",
      TransferProtocolType: "HTTP",
      UserName: "",
      Password: null,
    });
    expect(answer.status).toBe(204);
  });
});

describe("whom a drive takes an https image from", () => {
  const managersDrive = `${v1}/Managers/node-0/VirtualMedia/Cd`;
  const pem = selfSigned("media").cert;

  it("is changed at one place and read at both", async () => {
    expect((await ask(served, "GET", drive)).body.VerifyCertificate).toBe(true);
    const changed = await ask(served, "PATCH", managersDrive, { body: { VerifyCertificate: false } });
    expect([changed.status, changed.body.VerifyCertificate]).toEqual([200, false]);
    expect(node.trust.verify).toBe(false);
    expect((await ask(served, "GET", drive)).body.VerifyCertificate).toBe(false);
    for (const [body, key] of [
      [{ VerifyCertificate: "no" }, "PropertyValueTypeError"],
      [{ WriteProtected: false }, "PropertyNotWritable"],
    ] as const) {
      const answer = await ask(served, "PATCH", drive, { body });
      expect([answer.status, errorOf(answer)]).toEqual([400, key]);
    }
  });

  it("has certificates that are added, read and deleted", async () => {
    const certificates = `${drive}/Certificates`;
    expect((await ask(served, "GET", certificates)).body.Members).toEqual([]);
    const body = { CertificateString: pem, CertificateType: "PEM" };
    const added = await ask(served, "POST", certificates, { body });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ CertificateString: pem, Subject: { CommonName: "media" } });
    expect(added.headers.get("location")).toBe(`${certificates}/1`);
    expect(node.trust).toEqual({ verify: true, certificates: { "1": pem } });
    expect((await ask(served, "GET", `${managersDrive}/Certificates/1`)).body.CertificateString).toBe(pem);
    expect((await ask(served, "DELETE", `${certificates}/1`)).status).toBe(204);
    expect((await ask(served, "GET", `${certificates}/1`)).status).toBe(404);
    expect(node.trust.certificates).toEqual({});
  });

  it.each([
    [{}, "PropertyMissing"],
    [{ CertificateString: "x", CertificateType: "PEM" }, "PropertyValueTypeError"],
    [{ CertificateString: 1, CertificateType: "PEM" }, "PropertyValueTypeError"],
    [{ CertificateString: pem, CertificateType: "PKCS7" }, "PropertyValueNotInList"],
  ])("is no other thing: %.60j", async (body, key) => {
    const answer = await ask(served, "POST", `${drive}/Certificates`, { body });
    expect([answer.status, errorOf(answer)]).toEqual([400, key]);
    expect(node.trust.certificates).toEqual({});
  });
});
