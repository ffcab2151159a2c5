import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { localLabs, readStateFile } from "../../../../cli/stack/stateFile";
import { ageOf, sweepJson, sweepTable } from "../../../../cli/sweep/sweepReport";

const folder = mkdtempSync(join(tmpdir(), "ovb-sweep-"));
afterAll(() => rmSync(folder, { recursive: true }));

const lab = "urn:pulumi:dev::ovb::ovb:index:VirtualBaremetalLab";
const resources = [
  { urn: "urn:pulumi:dev::ovb::pulumi:pulumi:Stack::ovb-dev", type: "pulumi:pulumi:Stack" },
  { urn: `${lab}::mine`, type: "ovb:index:VirtualBaremetalLab" },
  { urn: `${lab}$openstack:networking/port:Port::p`, type: "openstack:networking/port:Port", id: "1" },
  {
    urn: `${lab}$openstack:networking/network:Network::n`,
    type: "openstack:networking/network:Network",
    id: "2",
    external: true,
  },
  // Of the same program, and none of the lab's.
  {
    urn: "urn:pulumi:dev::ovb::openstack:networking/port:Port::q",
    type: "openstack:networking/port:Port",
    id: "3",
  },
];

describe("a state file", () => {
  const file = join(folder, "state.json");
  it.each([
    ["pulumi stack export", { version: 3, deployment: { resources } }],
    ["a stack's file of a file backend", { version: 3, checkpoint: { latest: { resources } } }],
  ])("as %s has it, tells the lab and what it made", (_, state) => {
    writeFileSync(file, JSON.stringify(state));
    expect(readStateFile(file)).toMatchObject({
      labs: ["mine"],
      claims: [{ lab: "mine", owner: undefined, ids: new Set(["1", "3"]) }],
      ids: new Map([["1", "mine"]]),
    });
  });

  it("that cannot be used is named with what would do, and not quoted", () => {
    writeFileSync(file, "password: hidden");
    expect(() => readStateFile(file)).toThrow(/--state .*state\.json: it is no JSON.*pulumi stack export/);
    expect(() => readStateFile(file)).not.toThrow(/hidden/);
    writeFileSync(file, JSON.stringify({ deployment: { resources: resources.slice(0, 1) } }));
    expect(() => readStateFile(file)).toThrow(/holds no lab\. --lab NAME/);
    expect(() => readStateFile(join(folder, "none"))).toThrow(/ENOENT/);
  });

  it("that we keep on this machine tells which stack holds a lab; a broken one tells nothing", () => {
    for (const [stack, text] of [
      ["dev", JSON.stringify({ checkpoint: { latest: { resources } } })],
      ["cut", "{"],
    ] as const) {
      const stacks = join(folder, "labs", stack, "backend", ".pulumi", "stacks", "ovb");
      mkdirSync(stacks, { recursive: true });
      writeFileSync(join(stacks, `${stack}.json`), text);
    }
    expect(localLabs({ OVB_LABS_FOLDER: join(folder, "labs") })).toMatchObject([
      { lab: "mine", stack: "dev" },
    ]);
    expect(localLabs({ OVB_LABS_FOLDER: join(folder, "nowhere") })).toEqual([]);
  });
});

describe("the report", () => {
  const minute = 60_000;
  const now = 100 * 24 * 60 * minute;
  const thing = (id: string, name: string, age: number) => ({
    resource: { kind: "port" as const, id, name, tags: [], description: "", madeMs: now - age * minute },
    lab: "a",
    owner: "dev.7",
    because: "tag" as const,
  });
  const labs = [
    {
      ...{
        lab: "a",
        owner: "dev.7",
        leftovers: [thing("1", "new", 5), thing("2", "old\u001b[31m", 125)],
        madeMs: now - 5 * minute,
      },
      kept: [{ resource: thing("3", "held", 7).resource, lab: "a", why: "somebody is on it" }],
      expiresMs: now - minute,
    },
  ];

  const held = { lab: "a", owner: "dev.7", ids: new Set(["2"]), stack: "dev" };

  it.each([
    [0, "0m"],
    [59, "59m"],
    [125, "2h 5m"],
    [1440 * 3 + 240, "3d 4h"],
  ])("%i minutes are %s", (minutes, text) => expect(ageOf(now - minutes * minute, now)).toBe(text));

  it("has ages first, the oldest on top, what stays and why, and no control character", () => {
    expect(sweepTable(labs, [held], now).split("\n")).toEqual([
      "AGE    LAB  OWNER  KIND  NAME      ID  KNOWN BY",
      "2h 5m  a    dev.7  port  old?[31m  2   tag",
      "5m     a    dev.7  port  new       1   tag",
      expect.stringMatching(/^a expired at 1970-/),
      expect.stringContaining("npx ovb destroy --stack dev"),
      "a: the port held stays: somebody is on it.",
      "",
    ]);
    expect(sweepTable([], [], now)).toBe("No lab here matches.\n");
  });

  it("as JSON says what became of each", () => {
    const [gone, stuck] = labs[0]!.leftovers;
    const failures = [gone!, stuck!].map((leftover) => ({ leftover, error: new Error("in use") }));
    const left = [{ ...labs[0]!, leftovers: [stuck!] }];
    const json = JSON.parse(sweepJson(labs, left, failures, false));
    expect(json.labs[0].resources).toMatchObject([
      { id: "1", removed: true },
      { id: "2", removed: false, error: "in use" },
      { id: "3", removed: false, stays: "somebody is on it" },
    ]);
  });
});
