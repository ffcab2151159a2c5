import { describe, expect, it, test } from "vitest";
import { claimOf, type State } from "../../../cli/stack/stateFile";
import type { CloudParts } from "../../../cli/takeOver/cloudParts";
import { completeState, type ExportedState } from "../../../cli/takeOver/completeState";
import { withIds } from "../../../cli/takeOver/importFile";
import { matchLab } from "../../../cli/takeOver/matchLab";
import { checkHarmless } from "../../../cli/takeOver/preview";
import { takeOverFacts, takeOverTable } from "../../../cli/takeOver/report";
import { parseConfig } from "../../../plan/config/parseConfig";
import type { Path } from "../../../plan/config/problem";
import type { LabPlan } from "../../../plan/lab/labPlan";
import { planLab } from "../../../plan/lab/planLab";
import { describeResource, labTag, ovbTag, ownerTag } from "../../../plan/lab/tags";
import { plannedResources } from "../../../plan/review/plannedResources";
import { tokens } from "../../../plan/review/resource";
import { foreignResources } from "../../../tenant/claim";
import type { Kind, Resource } from "../../../tenant/inventory";

const mark = "old.0123456789abcdef";
const planOf = (raw: Record<string, unknown> = {}, unknown: readonly Path[] = []) =>
  planLab(parseConfig({ lab: "lab", ...raw }, "dev", unknown));
const nothing = { lab: "lab", ids: new Set<string>() };

/** The tenant after an `up` of the plan by another stack: the id of each is "KIND NAME". */
function cloudOf(plan: LabPlan): { tenant: Resource[]; parts: CloudParts } {
  const tags = [ovbTag, labTag(plan.name), ownerTag(mark)];
  const kindOf: Record<string, Kind> = { credential: "application credential" };
  const withoutMark = ["route", "router interface", "rule", "association"];
  const all = [...plannedResources(plan).values()];
  const idOf = (key: string | undefined) => key?.replace(/^credential/, "application credential");
  const tenant: Resource[] = all
    .filter(({ type }) => !withoutMark.includes(type))
    .map(({ type, name, fields }) => {
      const kind = kindOf[type] ?? (type as Kind);
      const described = kind === "floating IP" || kind === "application credential";
      return {
        kind,
        id: `${kind} ${name}`,
        name: kind === "floating IP" ? "203.0.113.7" : (type === "image" && fields.name?.value) || name,
        tags: described ? [] : tags,
        description: described ? describeResource(tags, name) : "",
        ...(kind === "port" && { deviceId: `server ${name.replace(/-[^-]*$/, "")}` }),
      };
    });
  for (const { name, fields } of all.filter(({ type }) => type === "router interface")) {
    const deviceId = idOf(fields.router!.of) ?? "router-of-others";
    const port = tenant.findIndex(({ id }) => id === fields.port?.of);
    // The router's port is what was the lab's port before.
    if (port >= 0) tenant[port] = { ...tenant[port]!, kind: "router interface", deviceId, subnetIds: [] };
    else
      tenant.push({
        ...{ kind: "router interface", id: name, name: "", tags: [], description: "" },
        ...{ deviceId, subnetIds: [fields.subnet!.of!] },
      });
  }
  const parts: CloudParts = {
    rules: all
      .filter(({ type }) => type === "rule")
      .map(({ name, fields }) => ({
        ...{ id: `rule ${name}`, groupId: fields["security group"]!.of!, description: name },
      })),
    routes: all
      .filter(({ type }) => type === "route")
      .map(({ fields }) => ({
        subnetId: fields.subnet!.of!,
        destination: fields.destination!.value!,
        nexthop: fields["next hop"]!.value!,
      })),
    associations: all
      .filter(({ type }) => type === "association")
      .map(({ fields }) => ({ id: fields["floating IP"]!.of!, portId: fields.port!.of! })),
    existingRouter: plan.router?.kind === "existing" ? "router-of-others" : undefined,
    ports: [],
    statuses: new Map(),
    configDrives: new Set(),
  };
  return { tenant, parts };
}

const labs: readonly [string, Record<string, unknown>][] = [
  ["the usual", {}],
  ["a router of others", { access: { router: "router" } }],
  ["a network and a router of others", { access: { network: "private", router: "router" } }],
  [
    "more networks, and a NIC for each node's BMC",
    {
      networks: [{ name: "extra" }, { name: "storage", network: "storage" }],
      nodes: [{ networks: ["extra", "storage"] }],
      bmc: { mode: "nic" },
    },
  ],
  ["no BMC", { bmc: { enabled: false }, undercloud: { kind: "boot-server" } }],
  ["no undercloud", { undercloud: { kind: "none", address: "192.0.2.5" } }],
];

describe.each(labs)("a lab that another stack made: %s", (_, raw) => {
  const plan = planOf(raw);
  const { tenant, parts } = cloudOf(plan);
  const found = matchLab(plan, tenant, parts, nothing);
  const undercloud = plan.undercloud?.ironic && plan.undercloud.name;
  const anew = [undercloud, plan.bmc?.name].filter((name) => name !== undefined);

  it("is taken over whole, but for an undercloud with Ironic, the BMC and its credential", () => {
    expect(found.made.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(
      [
        ...anew.map((name) => `server ${name}`),
        ...(plan.bmc?.credential === "made" ? [`credential ${plan.bmc.name}`] : []),
      ].sort(),
    );
    expect(found.taken.length + found.made.length).toBe(plannedResources(plan).size);
    expect(found.removed.map(({ name }) => name).sort()).toEqual(
      [...anew, ...(plan.bmc ? [plan.bmc.name] : [])].sort(),
    );
    expect(found).toMatchObject({ owner: mark, beside: [], isForeign: true });
    const kept = plan.undercloud && !undercloud ? [plan.undercloud.name] : [];
    expect(found.taken.filter(({ type }) => type === "server").map(({ name }) => name)).toEqual([
      ...kept,
      ...plan.nodes.map(({ name }) => name),
    ]);
  });

  it("has each by the id of what is really it", () => {
    for (const { type, name, id } of found.taken) {
      if (type === "route") expect(id).toMatch(/^subnet lab-\S+-route-169\.254\.169\.254\/32-\d/);
      else if (type === "router interface")
        expect(id).toBe(name.endsWith("-ctlplane") ? `port ${name}` : name);
      else if (type === "association") expect(id).toBe(`floating IP ${name}`);
      else expect(id).toBe(`${type} ${name}`);
    }
  });

  it("and where one of it is missing, that is made", () => {
    for (const gone of tenant.filter(({ id }) => found.taken.some((one) => one.id === id))) {
      const rest = tenant.filter((one) => one !== gone);
      const { made } = matchLab(plan, rest, parts, nothing);
      expect(made.length).toBeGreaterThan(found.made.length);
    }
  });
});

describe("what cannot be told apart is refused, and what is not the lab's is not touched", () => {
  const plan = planOf();
  const { tenant, parts } = cloudOf(plan);
  const node = tenant.find(({ id }) => id === "server lab-node-0")!;

  test("an undercloud with user data that is encrypted in the configuration is made anew, and else kept", () => {
    const removed = (userData: string) => {
      const encrypted = userData === "[secret]" ? [["undercloud", "userData"]] : [];
      const own = planOf({ undercloud: { kind: "custom", userData } }, encrypted);
      const there = cloudOf(own);
      return matchLab(own, there.tenant, there.parts, nothing).removed.map(({ name }) => name);
    };
    expect(removed("#cloud-config\n")).not.toContain("lab-undercloud");
    expect(removed("[secret]")).toContain("lab-undercloud");
  });

  test("two of one name", () => {
    expect(() => matchLab(plan, [...tenant, { ...node, id: "second" }], parts, nothing)).toThrow(
      /nothing was changed.*\n {2}- server lab-node-0: server lab-node-0 and second\n/,
    );
  });

  test("two stacks of one lab's name", () => {
    const second = { ...node, id: "x", name: "lab-node-7", tags: [ovbTag, labTag("lab"), ownerTag("two.1")] };
    expect(() => matchLab(plan, [...tenant, second], parts, nothing)).toThrow(
      `nothing was changed. These show what is whose, and without --dry-run remove it:\n  - npx ovb sweep --lab lab --owner ${mark} --dry-run\n`,
    );
  });

  test("the same names without a mark, and another lab's", () => {
    const others = [
      { ...node, id: "bare", tags: [] },
      { ...node, id: "other", tags: [ovbTag, labTag("lab-2")] },
      { ...node, id: "doctor", name: "lab-undercloud", tags: [...node.tags, "ovb:doctor"] },
    ];
    const ids = JSON.stringify(matchLab(plan, [...others, ...tenant], parts, nothing));
    for (const { id } of others) expect(ids).not.toContain(`"${id}"`);
  });

  test("a node in the middle of a network boot, which the provider cannot read", () => {
    const statuses = new Map([
      [node.id, "RESCUE"],
      ["server lab-node-1", "ACTIVE"],
      ["server lab-bmc", "RESCUE"],
    ]);
    expect(() => matchLab(plan, tenant, { ...parts, statuses }, nothing)).toThrow(
      /nothing was changed .*:\n {2}- lab-node-0 is in RESCUE: `openstack server unrescue server lab-node-0` ends it$/,
    );
  });

  test("a rule of that name in a group of others", () => {
    const rules = [{ id: "theirs", groupId: "other", description: "lab-access-ssh" }, ...parts.rules];
    const found = matchLab(plan, tenant, { ...parts, rules }, nothing);
    expect(found.taken.find(({ name }) => name === "lab-access-ssh")).toMatchObject({
      id: "rule lab-access-ssh",
    });
  });

  test("what the configuration has not is left alone and named", () => {
    const more = { ...node, id: "x", name: "lab-node-7" };
    const found = matchLab(plan, [...tenant, more], parts, nothing);
    expect(found.beside).toEqual([more]);
    expect(takeOverTable(found)).toMatch(/left alone +server +lab-node-7 +x\n/);
    expect(takeOverFacts(plan, found).at(-1)![1]).toContain(`npx ovb sweep --lab lab --owner ${mark}`);
  });

  test("what is deleted is shown by its id", () => {
    const found = matchLab(plan, tenant, parts, nothing);
    const deleted = takeOverTable(found)
      .split("\n")
      .filter((line) => line.startsWith("deleted"));
    expect(deleted).toHaveLength(found.removed.length);
    expect(takeOverFacts(plan, found)).toContainEqual([
      "deleted",
      "2: lab-undercloud (server lab-undercloud), lab-bmc (server lab-bmc)",
    ]);
  });

  test("a run that was killed goes on: what the state has is taken, and what this stack made is not deleted", () => {
    const own = "new.1";
    const remark = (one: Resource) => ({ ...one, tags: [ovbTag, labTag("lab"), ownerTag(own)] });
    const half = tenant.map((one) =>
      /node-0|bmc$/.test(one.id) && one.kind !== "application credential" ? remark(one) : one,
    );
    const claim = { lab: "lab", owner: own, ids: new Set(half.map(({ id }) => id)) };
    const found = matchLab(plan, half, parts, claim);
    expect(found.removed.map(({ id }) => id).sort()).toEqual([
      "application credential lab-bmc",
      "server lab-undercloud",
    ]);
    expect(found.taken.map(({ id }) => id)).toContain("server lab-node-0");
    // Killed in its update: what that made without writing it down is not taken for the lab's.
    const orphan = remark({ ...node, id: "orphan" });
    const ids = matchLab(plan, [...half, orphan], parts, claim).taken.map(({ id }) => id);
    expect(ids).not.toContain("orphan");
  });
});

describe("the import file", () => {
  const lab = { type: "ovb:index:VirtualBaremetalLab", name: "lab", component: true };
  const [network, subnet, stash] = [
    { type: tokens.network, name: "lab-ctlplaneNetwork", logicalName: "lab-ctlplane", parent: "lab" },
    { type: tokens.subnet, name: "lab-ctlplane", parent: "lab" },
    { type: "pulumi:index:Stash", name: "lab-owner" },
  ].map((one) => ({ ...one, id: "<PLACEHOLDER>", version: "1.2.3" }));
  const taken = [{ type: "network", name: "lab-ctlplane", id: "n" } as const];

  it("has ids for what is there, and nothing else but components", () =>
    expect(withIds({ resources: [lab, network!, subnet!, stash!] }, { taken })).toEqual({
      nameTable: {},
      resources: [lab, { ...network, id: "n" }],
    }));

  it("has a parent that the state has under a name that is nobody else's", () =>
    expect(
      withIds(
        {
          nameTable: { "lab-ctlplane": "urn" },
          resources: [{ type: tokens.network, name: "lab-ctlplane", parent: "lab-ctlplane" }],
        },
        { taken },
      ),
    ).toEqual({
      nameTable: { "state lab-ctlplane": "urn" },
      resources: [{ type: tokens.network, name: "lab-ctlplane", parent: "state lab-ctlplane", id: "n" }],
    }));
});

describe("the state after the import", () => {
  const plan = planOf({ nodes: [{ count: 1 }] });
  const urn = (type: string, name: string) => `urn:pulumi:two::ovb::${type}::${name}`;
  const stack = { urn: urn("pulumi:pulumi:Stack", "ovb-two"), type: "pulumi:pulumi:Stack" };
  const resource = (type: string, name: string, id: string, outputs = {}) => ({
    ...{ urn: urn(type, name), type, id, custom: true, inputs: { name }, outputs },
  });
  const tags = [ovbTag, labTag("lab"), ownerTag(mark)];
  const tenant: Resource[] = [
    { kind: "port", id: "p", name: "lab-node-0-ctlplane", tags, description: "", deviceId: "s" },
    { kind: "server", id: "s", name: "lab-node-0", tags: [...tags, "theirs"], description: "" },
  ];
  const [node] = plan.nodes;
  const parts = {
    ...{ rules: [], routes: [], associations: [], configDrives: new Set(["s"]), statuses: new Map() },
    ports: [
      {
        ...{ id: "p", network_id: "net", mac_address: node!.mac, device_id: "s" },
        fixed_ips: [{ subnet_id: "sub", ip_address: "192.0.2.99" }],
      },
    ],
  };
  const image = resource(tokens.image, "lab-ipxe-disk", "i");
  const inputs = new Map([[image.urn, { localFilePath: "build/a.qcow2", name: "not this" }]]);
  const complete = (resources: readonly ReturnType<typeof resource>[], ports = parts.ports) => {
    const state = { version: 3, deployment: { resources: [stack, ...resources] } };
    let count = 0;
    const newId = () => `0000000${count++}-0000-4000-8000-000000000000` as const;
    return completeState<ExportedState>(state, { plan, tenant, parts: { ...parts, ports }, inputs }, newId);
  };

  it("has an owner's mark, once, by which everything of the other's is foreign", () => {
    const state = complete([]);
    const claim = claimOf(state as State, "lab");
    expect(claim.owner).toBe("two.0000000100004000");
    expect(foreignResources(tenant, claim)).toEqual(tenant);
    expect(state.deployment.resources!.map(({ type }) => type)).toEqual([
      "pulumi:pulumi:Stack",
      "pulumi:providers:pulumi",
      "pulumi:index:Stash",
    ]);
    const again = completeState(state, { plan, tenant, parts, inputs });
    expect(again).toEqual(state);
  });

  it("has what the provider does not read back, as the cloud has it", () => {
    const [port, server, disk] = complete([
      resource(tokens.port, "lab-node-0-ctlplane", "p", { __pulumi_raw_state_delta: {}, adminStateUp: true }),
      resource(tokens.server, "lab-node-0", "s", { networks: [{ mac: node!.mac, name: "lab-ctlplane" }] }),
      image,
    ]).deployment.resources!.slice(3);
    expect(port).toMatchObject({
      inputs: { tags },
      outputs: { tags, fixedIps: [{ subnetId: "sub", ipAddress: "192.0.2.99" }] },
    });
    expect(Object.keys(port!.outputs!).sort()).toEqual(["adminStateUp", "fixedIps", "tags"]);
    // A tag of somebody else's is not ours to take away.
    expect(server!.inputs).toMatchObject({ tags, configDrive: true, networks: [{ port: "p" }] });
    expect(server!.outputs).toMatchObject({
      networks: [{ port: "p", uuid: "net", name: "lab-ctlplane", mac: node!.mac }],
    });
    expect(disk!.outputs).toEqual({ localFilePath: "build/a.qcow2" });
  });

  it("has no NIC that is not attached", () => {
    const [server] = complete([resource(tokens.server, "lab-node-0", "s")], []).deployment.resources!.slice(
      3,
    );
    expect(server!.inputs).toMatchObject({ networks: [] });
    const other = resource(tokens.server, "lab-node-0", "another server");
    expect(complete([other]).deployment.resources!.slice(3)[0]!.inputs).toMatchObject({ networks: [] });
  });
});

describe("an update after the import", () => {
  const step = (op: string, type: keyof typeof tokens, more = {}) => ({
    ...{ op, urn: `urn:pulumi:two::ovb::${tokens[type]}::lab-x`, newState: { type: tokens[type] } },
    ...more,
  });
  it.each([
    ["nothing changes", step("same", "server")],
    ["something is made", step("create", "server")],
    ["a port changes in place", step("update", "port", { diffReasons: ["description", "tags"] })],
    ["a server's tags change", step("update", "server", { diffReasons: ["tags[0]", "forceDelete"] })],
  ])("goes on where %s", (_, one) => expect(() => checkHarmless({ steps: [one] }, "lab")).not.toThrow());

  it.each([
    ["replaced", step("replace", "network", { replaceReasons: ["cidr"] }), "replace network lab-x: cidr"],
    [
      "deleted",
      { ...step("delete", "server"), newState: undefined, oldState: { type: tokens.server } },
      "delete server lab-x: ",
    ],
    [
      "resized",
      step("update", "server", { diffReasons: ["flavorId", "tags"] }),
      "update server lab-x: flavorId",
    ],
  ])("is refused where something is %s", (_, one, said) =>
    expect(() => checkHarmless({ steps: [one] }, "lab")).toThrow(said),
  );
});
