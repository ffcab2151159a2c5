import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { dialects } from "../../../../plan/inventory/dialects";
import type { Inventory } from "../../../../plan/inventory/inventory";
import { bmcPassword, tripleoLab } from "../../../support/inventory";

/*
 * The inventories, read by those they are for. CI installs them (.ci/run has the versions); a test whose reader is
 * missing is skipped by name.
 */
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const venv = join(cache, "ovb", "python-inventory-readers");
const bin = (name: string) => join(venv, "bin", name);
const missing = !existsSync(bin("baremetal"));
const read = (title: string, run: () => Promise<void>) =>
  test.skipIf(missing)(
    missing ? `${title}: skipped, ${venv} is not there (.ci/run makes it)` : title,
    run,
    60_000,
  );

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-inventory-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Its status and all that it wrote. */
function run(
  command: string,
  args: readonly string[],
): Promise<{ status: number; out: string; err: string }> {
  const env = { PATH: process.env.PATH, HOME: folder };
  return new Promise((resolve) => {
    execFile(bin(command), args, { env, timeout: 50_000 }, (error, out, err) =>
      resolve({ status: error ? Number(error.code ?? 1) : 0, out, err }),
    );
  });
}

const labs: Record<string, Inventory> = {
  ipmi: tripleoLab(),
  redfish: tripleoLab(),
  "without BMC": tripleoLab({ undercloud: { kind: "custom" }, bmc: { enabled: false } }),
};
const driverOf = (lab: string) => (lab === "redfish" ? ("redfish" as const) : ("ipmi" as const));

interface Posted {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** As much of Ironic's API as `baremetal create` asks for: a POST is noted and answered with a UUID. */
async function fakeIronic(posted: Posted[]): Promise<Server> {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const uuid = `00000000-0000-4000-8000-${String(posted.length).padStart(12, "0")}`;
    const known = request.method === "POST" && ["/v1/nodes", "/v1/ports"].includes(request.url!);
    if (known) posted.push({ path: request.url!, body: JSON.parse(body) });
    response.writeHead(known ? 201 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(known ? { ...JSON.parse(body), uuid } : { error_message: request.url }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

for (const [name, lab] of Object.entries(labs)) {
  read(`baremetal create (python-ironicclient) enrols nodes and ports, ${name}`, async () => {
    const posted: Posted[] = [];
    const server = await fakeIronic(posted);
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const file = write("ironic.json", dialects.ironic!.render(lab, { driver: driverOf(name) }));
      const ran = await run("baremetal", [
        "--os-auth-type",
        "none",
        "--os-endpoint",
        endpoint,
        "create",
        file,
      ]);
      expect(ran).toEqual({ status: 0, out: "", err: "" });
    } finally {
      server.close();
    }
    const nodes = posted.filter(({ path }) => path === "/v1/nodes").map(({ body }) => body);
    const ports = posted.filter(({ path }) => path === "/v1/ports").map(({ body }) => body);
    expect(nodes.map((node) => node.name)).toEqual(lab.nodes.map((node) => node.name));
    expect(ports.map((port) => port.address)).toEqual(
      lab.nodes.flatMap((node) => node.ports.map(({ mac }) => mac)),
    );
    expect(ports.every((port) => port.node_uuid)).toBe(true);
    const secrets = JSON.stringify(nodes).split(bmcPassword).length - 1;
    expect(secrets).toBe(lab.bmc ? lab.nodes.length : 0);
  });

  read(`tripleo-common accepts instackenv and finds the BMCs apart, ${name}`, async () => {
    const file = write("nodes.json", dialects.instackenv!.render(lab, { driver: driverOf(name) }));
    const script = `
import json, sys
from tripleo_common.utils import nodes
listed = json.load(open(sys.argv[1]))["nodes"]
nodes.validate_nodes(listed)
handlers = [(nodes._find_node_handler(node), node) for node in listed]
print(json.dumps({
  "ids": [handler.unique_id_from_fields(node) for handler, node in handlers],
  "info": handlers[0][0].convert(handlers[0][1]),
  "profiles": [nodes.capabilities_to_dict(node["capabilities"]).get("profile") for node in listed],
}))
`;
    const ran = await run("python", ["-c", script, file]);
    expect(ran).toMatchObject({ status: 0, err: "" });
    const { ids, info, profiles } = JSON.parse(ran.out);
    expect(profiles).toEqual(["control", "control", "control", "compute"]);
    // What TripleO makes Ironic's driver_info of is what we tell Ironic ourselves.
    const { nodes } = JSON.parse(dialects.ironic!.render(lab, { driver: driverOf(name) }));
    expect(info).toEqual(nodes[0].driver_info);
    if (lab.bmc) expect(new Set(ids).size).toBe(lab.nodes.length);
  });

  read(`Metal3's BareMetalHost has this schema, nothing unknown in it, ${name}`, async () => {
    const documents = parseAllDocuments(dialects.metal3!.render(lab, { driver: driverOf(name) }));
    const specs = documents
      .map((document) => document.toJS())
      .filter(({ kind }) => kind === "BareMetalHost")
      .map(({ spec }) => spec);
    expect(specs).toHaveLength(lab.nodes.length);
    const schema = parse(
      readFileSync(join(__dirname, "..", "..", "..", "support", "bareMetalHost.schema.yaml"), "utf8"),
    );
    const validate = async (instances: unknown[]) => {
      const file = write("specs.json", JSON.stringify({ schema: strict(schema), instances }));
      const script =
        "import json, sys, jsonschema\n" +
        "told = json.load(open(sys.argv[1]))\n" +
        "validator = jsonschema.Draft4Validator(told['schema'])\n" +
        "print(json.dumps([e.message for i in told['instances'] for e in validator.iter_errors(i)]))\n";
      return JSON.parse((await run("python", ["-c", script, file])).out);
    };
    expect(await validate(specs)).toEqual([]);
    // It does refuse what is wrong.
    expect(await validate([{ ...specs[0], bootMode: "bios", colour: "red" }])).toHaveLength(2);
  });

  read(`ansible-inventory lists groups and hosts without a warning, ${name}`, async () => {
    const file = write(
      "ansible.yaml",
      dialects.ansible!.render(lab, { driver: driverOf(name), sshUser: "debian" }),
    );
    const ran = await run("ansible-inventory", ["-i", file, "--list"]);
    expect(ran).toMatchObject({ status: 0, err: "" });
    const listed = JSON.parse(ran.out);
    expect(listed.nodes.children).toEqual(["nodes_control", "nodes_big_compute"]);
    expect(listed.nodes_control.hosts).toEqual([0, 1, 2].map((i) => `ovb-dev-control-${i}`));
    expect(listed.undercloud.hosts).toEqual(["ovb-dev-undercloud"]);
    expect(listed.bmc?.hosts ?? []).toEqual(lab.bmc ? ["ovb-dev-bmc"] : []);
    expect(listed._meta.hostvars["ovb-dev-control-2"]).toMatchObject({
      ansible_host: "192.0.2.12",
      ansible_ssh_common_args: "-o ProxyJump=debian@198.51.100.9",
      ...(lab.bmc && { bmc_password: bmcPassword, ipmi_port: 6232 }),
    });
  });
}

/** Kubernetes refuses unknown fields where it is asked to; a JSON schema has to say so at each level. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  const closed = "properties" in inner && typeof inner.properties === "object";
  return closed ? { ...inner, additionalProperties: false } : inner;
}
