import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openstackPluginVersion } from "../../openstack/plugin";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";
import { resourceTypes } from "../support/recorder";
import { recordLab } from "../support/recordLab";

// The plugin that we build is newer than the installed @pulumi/openstack. A property named otherwise on one side is silently
// ignored, or refused by the engine with words that lead nobody here: so of the types that the program uses, everything that
// only one side knows is listed here, and nothing of it is used.
const sdk = join(__dirname, "..", "..", "node_modules", "@pulumi", "openstack");
const skipped =
  "SKIPPED: no built Pulumi plugin for these sources in the cache (npm run devcloud -- prepare)";

interface Type {
  readonly type?: string;
  readonly items?: Type;
  readonly $ref?: string;
}
type Properties = Readonly<Record<string, Type>>;
interface Schema {
  readonly version: string;
  readonly resources: Record<string, { inputProperties: Properties; properties: Properties }>;
  readonly functions: Record<
    string,
    { inputs: { properties: Properties }; outputs: { properties: Properties } }
  >;
  readonly types: Record<string, { properties: Properties }>;
}

const built = findBuiltToolchain();
const schema: Schema = built
  ? JSON.parse(readFileSync(built.schema, "utf8"))
  : { version: "", resources: {}, functions: {}, types: {} };

/** Arguments that the program gives to look-ups, and what it reads of the answers. */
const lookUps: Record<string, { readonly args: string[]; readonly reads: string[] }> = {
  "openstack:compute/getFlavor:getFlavor": { args: ["name"], reads: ["id", "vcpus", "ram", "disk"] },
  "openstack:identity/getAuthScope:getAuthScope": { args: ["name"], reads: ["region", "serviceCatalogs"] },
  "openstack:images/getImage:getImage": { args: ["name"], reads: ["id"] },
  "openstack:networking/getNetwork:getNetwork": { args: ["name", "external"], reads: ["id"] },
  "openstack:networking/getRouter:getRouter": { args: ["name"], reads: ["id"] },
};

/** Inputs and outputs, and fields of nested blocks, that the installed SDK has and the plugin has not (-), or the other way (+). */
const differences: Record<string, string[]> = {
  "GetImage in": ["+containerFormat", "+diskFormat", "+sort", "-sortDirection", "-sortKey"],
  "GetImage out": ["+sort", "-sortDirection", "-sortKey"],
  "GetRouter out": ["+externalQosPolicyId", "+routes"],
  "Image out": ["-updateAt"],
  "Instance in": ["-accessIpV4", "-accessIpV6", "-floatingIp", "+hypervisorHostname", "-volumes"],
  "Instance out": ["-floatingIp", "+hypervisorHostname", "-volumes"],
  "InstanceNetwork in": ["-floatingIp"],
  "Router in": ["-externalGateway", "+externalQosPolicyId"],
  "Router out": ["-externalGateway", "+externalQosPolicyId"],
  "SecGroup in": ["+stateful"],
  "SecGroup out": ["+stateful"],
  "SecGroupRule in": ["+remoteAddressGroupId"],
  "SecGroupRule out": ["+remoteAddressGroupId"],
  "Subnet in": ["-allocationPoolsCollection", "+dnsPublishFixedIp", "-hostRoutes", "+segmentId"],
  "Subnet out": ["-allocationPoolsCollection", "+dnsPublishFixedIp", "-hostRoutes", "+segmentId"],
};

type Side = Readonly<Record<string, string>>;

/** Names and types of an interface's or class's properties in a .d.ts file's text, written as `typeOf` writes them. */
function declared(text: string, header: string): Side {
  const body = new RegExp(
    `^( *)(?:export )?(?:declare )?${header} (?:extends [\\w.]+ )?\\{\n([\\s\\S]*?)^\\1\\}`,
    "m",
  ).exec(text);
  if (!body) throw new Error(`No ${header} in the SDK`);
  const indent = body[1]!.length + 4;
  const code = body[2]!.replace(/\{\s*\[key: string\]: \w+;\s*\}/g, "map");
  const property = new RegExp(`^ {${indent}}(?:readonly )?(\\w+)\\??: (.*);$`, "gm");
  return Object.fromEntries([...code.matchAll(property)].map(([, name, type]) => [name!, plain(type!)]));
}

const plain = (type: string) => type.replace(/pulumi\.\w+<|>|\| undefined|\b(in|out)puts\.|\s/g, "");

function typeOf({ type, items, $ref }: Type): string {
  if ($ref) {
    const [module, member] = tokenParts($ref.replace("#/types/", ""));
    return `${module}.${upper(member)}`;
  }
  if (type === "array") return `${typeOf(items!)}[]`;
  return type === "integer" ? "number" : type === "object" ? "map" : type!;
}

const typesOf = (properties: Properties): Side =>
  Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, typeOf(type)]));
const isOpenStacks = (token: string) => token.startsWith("openstack:"); // a Stash is the engine's own
const tokenParts = (token: string) => token.split(":")[1]!.split("/") as [string, string];
const upper = (name: string) => name[0]!.toUpperCase() + name.slice(1);
const codeOf = (token: string) => readFileSync(join(sdk, `${token.split(":")[1]}.d.ts`), "utf8");
const withoutId = ({ id: _, ...rest }: Side): Side => rest;

/** "-name" of the installed SDK alone, "+name" of the plugin alone, "name: A, B" of different types. */
function compare(installed: Side, plugin: Side): string[] {
  return [...new Set([...Object.keys(installed), ...Object.keys(plugin)])].sort().flatMap((name) => {
    const [ours, theirs] = [installed[name], plugin[name]];
    if (ours === theirs) return [];
    return [
      theirs === undefined ? `-${name}` : ours === undefined ? `+${name}` : `${name}: ${ours}, ${theirs}`,
    ];
  });
}

/** The nested blocks that these types name, and those that they name. */
function blocksOf(properties: Properties): string[] {
  return Object.values(properties).flatMap((type) => {
    const reference = (type.items ?? type).$ref?.replace("#/types/", "");
    return reference ? [reference, ...blocksOf(schema.types[reference]!.properties)] : [];
  });
}

function block(side: "input" | "output", token: string): Side {
  const [module, member] = tokenParts(token);
  const text = readFileSync(join(sdk, "types", `${side}.d.ts`), "utf8");
  const namespace = new RegExp(`^export declare namespace ${module} \\{\n([\\s\\S]*?)^\\}`, "m").exec(
    text,
  )![1]!;
  return declared(namespace, `interface ${upper(member)}`);
}

/** All differences of the types that the program uses, by token and side. */
function found(): Record<string, string[]> {
  const all: [string, string[]][] = [];
  for (const token of resourceTypes.filter(isOpenStacks)) {
    const name = token.split(":")[2]!;
    const { inputProperties, properties } = schema.resources[token]!;
    const code = codeOf(token);
    all.push([`${name} in`, compare(declared(code, `interface ${name}Args`), typesOf(inputProperties))]);
    const outputs = declared(code.replace(/^ {4}(static|constructor).*\n/gm, ""), `class ${name}`);
    all.push([`${name} out`, compare(outputs, typesOf(properties))]);
    for (const nested of new Set(blocksOf(inputProperties)))
      all.push([
        `${nested.split(":")[2]} in`,
        compare(block("input", nested), typesOf(schema.types[nested]!.properties)),
      ]);
  }
  for (const token of Object.keys(lookUps)) {
    const name = upper(token.split(":")[2]!);
    const { inputs, outputs } = schema.functions[token]!;
    const code = codeOf(token);
    all.push([`${name} in`, compare(declared(code, `interface ${name}Args`), typesOf(inputs.properties))]);
    const result = declared(code, `interface ${name}Result`);
    all.push([`${name} out`, compare(withoutId(result), withoutId(typesOf(outputs.properties)))]);
  }
  return Object.fromEntries(all.filter(([, list]) => list.length > 0).sort());
}

describe.skipIf(!built)(built ? "the plugin's schema and the installed @pulumi/openstack" : skipped, () => {
  test("the plugin calls itself by the release that the program names", () => {
    expect(schema.version).toBe(openstackPluginVersion);
  });

  test("of the types that the program uses, only these properties are one side's alone", () => {
    expect(found()).toEqual(differences);
  });

  test("no input of a lab is one side's alone", async () => {
    const networks = [
      { name: "tenant", dhcp: false, portSecurity: "disabled" },
      { name: "o", network: "storage" },
    ];
    const nodes = [{ networks: ["tenant", "o"] }];
    const labs = [
      await recordLab(),
      await recordLab({ networks, nodes, ctlplane: { portSecurity: "disabled" } }),
    ];
    const used = labs.flatMap(({ registrations }) =>
      registrations
        .filter(({ custom, type }) => custom && isOpenStacks(type))
        .flatMap(({ type, inputs }) => Object.keys(inputs).map((name) => [type, name] as const)),
    );
    for (const [token, name] of new Set(used)) {
      const { inputProperties } = schema.resources[token]!;
      expect(Object.keys(inputProperties), token).toContain(name);
      const sides = differences[`${token.split(":")[2]} in`] ?? [];
      expect(
        sides.map((difference) => difference.slice(1)),
        token,
      ).not.toContain(name);
    }
    for (const [token, { args, reads }] of Object.entries(lookUps)) {
      const { inputs, outputs } = schema.functions[token]!;
      expect(Object.keys(inputs.properties), token).toEqual(expect.arrayContaining(args));
      expect(Object.keys(outputs.properties), token).toEqual(expect.arrayContaining(reads));
    }
  });
});
