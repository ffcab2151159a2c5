import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetGone } from "../../../../cli/recover/forgetGone";
import type { LabStack } from "../../../../cli/stack/labStack";
import { Session } from "../../../../openstack/session";
import { FakeCloud } from "../../../support/fakeOpenstack";

const urnOf = (type: string, name: string) =>
  `urn:pulumi:dev::ovb::ovb:index:VirtualBaremetalLab$openstack:${type}::${name}`;
const made = (type: string, name: string, dependencies: string[] = []) => ({
  ...{ urn: urnOf(type, name), type: `openstack:${type}`, id: `id-of-${name}`, dependencies },
});
const server = "compute/instance:Instance";
const port = "networking/port:Port";
const network = "networking/network:Network";
const image = "images/image:Image";
const association = "networking/floatingIpAssociate:FloatingIpAssociate";
const rule = "networking/secGroupRule:SecGroupRule";
const credential = "identity/applicationCredential:ApplicationCredential";

const resources = [
  {
    urn: "urn:pulumi:dev::ovb::ovb:index:VirtualBaremetalLab::ovb-dev",
    type: "ovb:index:VirtualBaremetalLab",
  },
  made(server, "bmc", [urnOf(port, "bmc-ctlplane")]),
  made(server, "node-0", [urnOf(port, "node-0-ctlplane")]),
  ...[
    made(port, "bmc-ctlplane"),
    made(port, "node-0-ctlplane"),
    made(network, "ctlplane"),
    made(image, "disk"),
  ],
  // Read only, and one that another user of the project would not see.
  { ...made(network, "public"), external: true },
  made(credential, "bmc"),
  { ...made(association, "floating IP"), id: "id-of-floating-ip" },
  // Parts: of the port, and of nothing that is looked for.
  made(rule, "floating", [urnOf(port, "bmc-ctlplane")]),
  made(rule, "other", [urnOf(port, "node-0-ctlplane")]),
];

let cloud: FakeCloud;
let lines: string[];
const refreshed = vi.fn<(args: readonly string[]) => void>();

/** What is on the cloud, by name; the rest of the state is gone. */
function thereAre(...names: string[]): void {
  const of = (type: string) =>
    resources.filter((one) => one.type === `openstack:${type}`).map(({ urn }) => urn.split("::").at(-1)!);
  const listed = (type: string, more: object = {}) =>
    of(type)
      .filter((name) => names.includes(name))
      .map((name) => ({ id: `id-of-${name}`, name, tags: [], description: "", fixed_ips: [], ...more }));
  cloud.on("GET /compute/v2.1/servers/detail", { json: { servers: listed(server, { status: "ACTIVE" }) } });
  cloud.on("GET /image/v2/images", { json: { images: listed(image) } });
  cloud.on("GET /network/v2.0/networks", { json: { networks: listed(network) } });
  cloud.on("GET /network/v2.0/ports", { json: { ports: listed(port, { device_owner: "compute:nova" }) } });
}

function floatingIps(...ids: string[]): void {
  const floatingips = ids.map((id) => ({
    id,
    floating_ip_address: "198.51.100.1",
    tags: [],
    description: "",
  }));
  cloud.on("GET /network/v2.0/floatingips", { json: { floatingips } });
}

async function forgotten(ending = false): Promise<string[]> {
  const pulumi = async (args: readonly string[]) => {
    if (args[0] !== "stack") refreshed(args);
    return JSON.stringify({ deployment: { resources } });
  };
  const stack = { name: "dev", pulumi } as unknown as LabStack;
  await forgetGone(stack, new Session(cloud.auth(), { sleep: async () => {} }), (line) => lines.push(line), {
    ending,
  });
  return refreshed.mock.calls.flatMap(([args]) => args.filter((arg) => arg.startsWith("urn:")));
}

beforeEach(async () => {
  cloud = await new FakeCloud().start();
  cloud.on("GET /identity/v3/users/user-1/application_credentials", { status: 403, json: {} });
  for (const path of ["subnets", "routers", "security-groups"])
    cloud.on(`GET /network/v2.0/${path}`, { json: { [path.replace("-", "_")]: [] } });
  floatingIps("id-of-floating-ip");
  lines = [];
  refreshed.mockReset();
});
afterEach(() => cloud.stop());

const all = ["bmc", "node-0", "bmc-ctlplane", "node-0-ctlplane", "ctlplane", "disk"];
const without = (...names: string[]) => all.filter((name) => !names.includes(name));

describe("what is gone from the cloud", () => {
  it("is nothing: nothing is refreshed", async () => {
    thereAre(...all);
    expect(await forgotten()).toEqual([]);
    expect({ lines, calls: refreshed.mock.calls }).toEqual({ lines: [], calls: [] });
  });

  it("is a server, an image, or a server with its port: it alone is forgotten, and named", async () => {
    thereAre(...without("bmc", "disk"));
    expect(await forgotten()).toEqual([urnOf(server, "bmc"), urnOf(image, "disk")]);
    expect(lines).toEqual([
      "the server bmc is gone from the cloud: making it again",
      "the image disk is gone from the cloud: making it again",
    ]);
    refreshed.mockReset();
    thereAre(...without("node-0", "node-0-ctlplane"));
    expect(await forgotten()).toEqual([
      urnOf(server, "node-0"),
      urnOf(port, "node-0-ctlplane"),
      urnOf(rule, "other"),
    ]);
  });

  it("is a port of a server that lives: refused, as a new one takes the server's disk; with the way to have it so", async () => {
    thereAre(...without("node-0-ctlplane"));
    await expect(forgotten()).rejects.toThrow(
      /port node-0-ctlplane, of the server node-0\nNothing was changed.*\n.*refresh --yes --target 'urn:.*::node-0-ctlplane'$/,
    );
    expect(refreshed).not.toHaveBeenCalled();
  });

  it("takes its parts with it, which the provider could not delete", async () => {
    thereAre(...without("bmc", "bmc-ctlplane"));
    expect(await forgotten()).toEqual([
      urnOf(server, "bmc"),
      urnOf(port, "bmc-ctlplane"),
      urnOf(rule, "floating"),
    ]);
  });

  it("is an association whose floating IP is", async () => {
    thereAre(...all);
    floatingIps();
    expect(await forgotten()).toEqual([urnOf(association, "floating IP")]);
  });

  it("is forgotten before a destroy whatever it is, and nothing is refused", async () => {
    thereAre(...without("bmc-ctlplane"));
    expect(await forgotten(true)).toEqual([urnOf(port, "bmc-ctlplane"), urnOf(rule, "floating")]);
    expect(lines).toEqual(["the port bmc-ctlplane is gone from the cloud"]);
    refreshed.mockReset();
    thereAre();
    floatingIps();
    expect(await forgotten(true)).toHaveLength(9);
  });

  it("is everything: refused, as this is rather another tenant than an empty one", async () => {
    thereAre();
    floatingIps();
    await expect(forgotten()).rejects.toThrow(
      /Nothing that the stack dev has made \(7 resources\) is in .*project demo/,
    );
    expect(refreshed).not.toHaveBeenCalled();
  });
});

it("a server in ERROR is named with Nova's reason and the command that puts it back", async () => {
  thereAre(...all);
  const broken = (name: string, role: string) => ({
    ...{ id: `id-of-${name}`, name, status: "ERROR", fault: { message: "No valid host" } },
    tags: ["ovb", "ovb:lab=ovb-dev", `ovb:role=${role}`],
  });
  cloud.on("GET /compute/v2.1/servers/detail", {
    json: { servers: [broken("bmc", "bmc"), broken("node-0", "node")] },
  });
  expect(await forgotten()).toEqual([]);
  expect(lines).toEqual([
    `the server bmc is in ERROR: No valid host; \`npx ovb pulumi -- up --replace '${urnOf(server, "bmc")}'\` puts it back, with an empty disk`,
    "the server node-0 is in ERROR: No valid host; `npx ovb rebuild node-0` puts it back, with an empty disk",
  ]);
});
