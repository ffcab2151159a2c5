import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { ask, errorOf } from "../../../../support/redfish/request";
import { type Served, serve } from "../../../../support/redfish/serve";

const v1 = "/redfish/v1";
const system = `${v1}/Systems/node-0`;

let served: Served;
beforeAll(async () => {
  served = await serve([new FakeNode("node-0"), new FakeNode("node-1")]);
});
afterAll(() => served.close());

const get = async (path: string) => (await ask(served, "GET", path)).body;

describe("$expand", () => {
  it.each([".", "*", ".($levels=1)"])("%s of a collection shows its members", async (value) => {
    const all = await get(`${v1}/Systems?$expand=${value}`);
    expect(all.Members.map(({ Id, PowerState }: Record<string, string>) => [Id, PowerState])).toEqual([
      ["node-0", "Off"],
      ["node-1", "Off"],
    ]);
    // A level, not two.
    expect(all.Members[0].Processors).toEqual({ "@odata.id": `${system}/Processors` });
  });

  it("tells subordinate resources and Links apart", async () => {
    const below = await get(`${system}?$expand=.`);
    expect(below.Processors.Members).toHaveLength(1);
    expect(below.Links.Chassis).toEqual([{ "@odata.id": `${v1}/Chassis/node-0` }]);
    const links = await get(`${system}?$expand=~`);
    expect(links.Processors).toEqual({ "@odata.id": `${system}/Processors` });
    expect(links.Links.Chassis[0].ChassisType).toBe("StandAlone");
  });

  it("has an ETag of all that it shows", async () => {
    const first = await ask(served, "GET", `${v1}/Systems?$expand=.`);
    const again = { headers: { "if-none-match": first.headers.get("etag")! } };
    expect((await ask(served, "GET", `${v1}/Systems?$expand=.`, again)).status).toBe(304);
    served.nodes[0]!.state = "on";
    expect((await ask(served, "GET", `${v1}/Systems?$expand=.`, again)).status).toBe(200);
    served.nodes[0]!.state = "off";
  });
});

it("$select leaves the named properties and what OData asks for, also of expanded members", async () => {
  expect(await get(`${system}?$select=PowerState,Boot/BootSourceOverrideTarget`)).toEqual({
    "@odata.id": system,
    "@odata.type": expect.any(String),
    PowerState: "Off",
    Boot: {
      BootSourceOverrideTarget: "None",
      "BootSourceOverrideTarget@Redfish.AllowableValues": expect.any(Array),
    },
  });
  const { Members } = await get(`${v1}/Systems?$expand=.&$select=PowerState`);
  expect(Members[1]).toEqual({
    "@odata.id": `${v1}/Systems/node-1`,
    "@odata.type": expect.any(String),
    PowerState: "Off",
  });
  const full = await ask(served, "GET", system);
  expect((await ask(served, "GET", `${system}?$select=Id`)).headers.get("etag")).toBe(
    full.headers.get("etag"),
  );
});

it("only shows the one member there is, or the collection", async () => {
  expect((await get(`${v1}/Systems?only`)).Members).toHaveLength(2);
  expect((await get(`${system}/Processors?only`)).TotalCores).toBe(2);
});

it.each([
  [`${system}?only`, 400, "QueryNotSupportedOnResource"],
  [`${v1}/Systems?only=foo`, 400, "QueryParameterValueFormatError"],
  [`${v1}/Systems?only&$expand=.`, 400, "QueryCombinationInvalid"],
  [`${v1}/Systems?$expand=everything`, 400, "QueryParameterValueFormatError"],
  [`${v1}/Systems?$expand=.($levels=2)`, 400, "QueryParameterOutOfRange"],
  [`${v1}/Systems?$top=1`, 501, "QueryParameterUnsupported"],
])("%s: %i %s", async (path, status, key) => {
  const answer = await ask(served, "GET", path);
  expect([answer.status, errorOf(answer)]).toEqual([status, key]);
});

it("is of reading only", async () => {
  const answer = await ask(served, "PATCH", `${system}?$select=Id`, { body: { Boot: {} } });
  expect([answer.status, errorOf(answer)]).toEqual([400, "QueryNotSupportedOnOperation"]);
});
