import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { ask, errorOf } from "../../../../support/redfish/request";
import { type Served, serve } from "../../../../support/redfish/serve";

const v1 = "/redfish/v1";
const system = `${v1}/Systems/node-0`;
const manager = `${v1}/Managers/node-0`;

let served: Served;
let node: FakeNode;
beforeAll(async () => {
  served = await serve([]);
});
afterAll(() => served.close());
beforeEach(() => {
  node = new FakeNode("node-0", { firmware: "uefi" });
  served.nodes.splice(0, Infinity, node);
  served.resets.length = 0;
});

const get = async (path: string) => (await ask(served, "GET", path)).body;
const patch = (path: string, body: unknown) => ask(served, "PATCH", path, { body });

it("every link of the whole service leads to a resource that says where it is", async () => {
  const seen = new Map<string, string>();
  const follow = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.set(path, "asked");
    const { status, body } = await ask(served, "GET", path);
    expect([path, status]).toEqual([path, 200]);
    expect(body["@odata.id"]).toBe(path);
    seen.set(path, body["@odata.type"]);
    const links: string[] = [];
    JSON.stringify(body, (name, value) => {
      if (name === "@odata.id" && value !== path && !value.includes("#")) links.push(value);
      return value;
    });
    for (const link of links) await follow(link);
  };
  await follow(`${v1}/`);
  expect(seen.size).toBeGreaterThan(35);
  for (const kind of [
    "Bios",
    "SecureBoot",
    "Storage",
    "Drive",
    "Memory",
    "UpdateService",
    "SoftwareInventory",
  ]) {
    expect([...seen.values()].some((type) => type.startsWith(`#${kind}.`))).toBe(true);
  }
});

describe("the light", () => {
  it.each([
    [{ IndicatorLED: "Lit" }, true],
    [{ IndicatorLED: "Blinking" }, true],
    [{ LocationIndicatorActive: true }, true],
  ])("%j", async (body, lit) => {
    expect((await patch(system, body)).body).toMatchObject({
      LocationIndicatorActive: lit,
      IndicatorLED: "Lit",
    });
    expect(node.indicator.isLit).toBe(true);
    expect((await patch(system, { IndicatorLED: "Off" })).body.LocationIndicatorActive).toBe(false);
    expect(errorOf(await patch(system, { IndicatorLED: "Purple" }))).toBe("PropertyValueNotInList");
  });
});

describe("BIOS attributes", () => {
  const settingsPath = `${system}/Bios/Settings`;

  it("are kept as pending, beside those set before, and reset", async () => {
    expect((await get(`${system}/Bios`)).Attributes).toEqual({ BootMode: "Uefi" });
    await patch(settingsPath, { Attributes: { ProcTurboMode: "Enabled" } });
    const settings = { Attributes: { Cores: 4 }, "@Redfish.SettingsApplyTime": { ApplyTime: "OnReset" } };
    expect((await patch(settingsPath, settings)).body.Attributes).toEqual({
      ProcTurboMode: "Enabled",
      Cores: 4,
    });
    expect((await get(`${system}/Bios`)).Attributes).toEqual({ BootMode: "Uefi" });
    expect((await ask(served, "POST", `${system}/Bios/Actions/Bios.ResetBios`, { body: {} })).status).toBe(
      204,
    );
    expect((await get(settingsPath)).Attributes).toEqual({});
  });

  it.each([
    [{}, "PropertyMissing"],
    [{ Attributes: [] }, "PropertyValueTypeError"],
    [{ Attributes: { a: {} } }, "PropertyValueTypeError"],
    [{ Attributes: { a: "x".repeat(300) } }, "PropertyValueTypeError"],
    [{ Attributes: { "a b": 1 } }, "PropertyUnknown"],
    [{ Attributes: { BootMode: "Uefi" } }, "PropertyNotWritable"],
    [{ Attributes: { a: 1 }, Id: "x" }, "PropertyNotWritable"],
  ])("%.60j is refused: %s", async (body, key) => {
    const answer = await patch(settingsPath, body);
    expect([answer.status, errorOf(answer)]).toEqual([400, key]);
    expect(node.attributes.pending).toEqual({});
  });
});

it("every disk is a drive, with its size where Nova says it", async () => {
  const { Drives } = await get(`${system}/Storage/1`);
  const drives = await Promise.all(Drives.map((drive: { "@odata.id": string }) => get(drive["@odata.id"])));
  expect(drives.map(({ Id, CapacityBytes }) => [Id, CapacityBytes])).toEqual([
    ["disk", 20 * 2 ** 30],
    ["a-volume", null],
  ]);
});

describe("HTTP boot", () => {
  it("has its image fetched into the drive, and boots it", async () => {
    const Boot = { BootSourceOverrideTarget: "UefiHttp", HttpBootUri: "http://192.0.2.1/x.iso" };
    expect((await patch(system, { Boot })).body.Boot).toMatchObject(Boot);
    expect(node.image).toBe("http://192.0.2.1/x.iso");
    expect(node.override).toEqual({ target: "http", persistence: "once" });
    await patch(system, { Boot: { HttpBootUri: null } });
    expect([node.image, node.override.target]).toEqual([undefined, "none"]);
    // What was inserted by itself stays, whatever is sent along with a boot device.
    node.image = "http://192.0.2.1/cd.iso";
    await patch(system, { Boot: { BootSourceOverrideTarget: "Cd", HttpBootUri: null } });
    expect(node.image).toBe("http://192.0.2.1/cd.iso");
  });

  it("is refused with the reason where the image cannot be had, and is none of BIOS's", async () => {
    node.refuses = new Set(["insert"]);
    const Boot = { BootSourceOverrideTarget: "UefiHttp", HttpBootUri: "http://192.0.2.1/x.iso" };
    const answer = await patch(system, { Boot });
    expect([answer.status, errorOf(answer)]).toEqual([400, "PropertyValueNotInList"]);
    expect(JSON.stringify(answer.body)).toContain("node-0 can't do insert.");
    expect(node.override.target).toBe("none");
    served.nodes.splice(0, Infinity, new FakeNode("node-0", { drive: false }));
    expect(errorOf(await patch(system, { Boot: { HttpBootUri: "http://h/x.iso" } }))).toBe("PropertyUnknown");
  });
});

describe("the manager", () => {
  it("is restarted: sessions of that node end", async () => {
    const reset = (body: unknown) => ask(served, "POST", `${manager}/Actions/Manager.Reset`, { body });
    expect((await reset({ ResetType: "GracefulRestart" })).status).toBe(204);
    expect((await reset({})).status).toBe(204);
    expect(served.resets).toEqual(["node-0", "node-0"]);
    expect(errorOf(await reset({ ResetType: "On" }))).toBe("ActionParameterValueNotInList");
    expect(served.resets).toHaveLength(2);
  });

  it("says where it is, as its client has found it", async () => {
    expect((await get(`${manager}/EthernetInterfaces/NIC0`)).IPv4Addresses).toEqual([
      { Address: "127.0.0.1", AddressOrigin: "Static", SubnetMask: "255.0.0.0" },
    ]);
    expect(await get(`${manager}/NetworkProtocol`)).toMatchObject({
      HTTP: { ProtocolEnabled: true, Port: served.port },
      HTTPS: { ProtocolEnabled: false },
      IPMI: { ProtocolEnabled: true, Port: 6230 },
    });
  });

  it("has a version, and so has the system's firmware", async () => {
    expect((await get(manager)).FirmwareVersion).toBe("1.00");
    expect((await get(system)).BiosVersion).toBe("UEFI");
    expect((await get(`${v1}/UpdateService/FirmwareInventory/BMC`)).Version).toBe("1.00");
  });
});
