import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBuiltToolchain } from "../../toolchain/builtToolchain";

// The plugin that we build must speak the names that the npm package registers: a property named otherwise on one side is
// silently ignored, or refused by the engine with words that lead nobody here.
const modules = ["blockstorage", "compute", "identity", "images", "networking"];
const sdk = join(__dirname, "..", "..", "node_modules", "@pulumi", "openstack");
const skipped =
  "SKIPPED: no built Pulumi plugin for these sources in the cache (npm run devcloud -- prepare)";

interface Schema {
  resources: Record<string, { inputProperties?: object; properties?: object }>;
  functions: Record<string, { inputs?: { properties?: object } }>;
  types: Record<string, { properties?: object }>;
}

const built = findBuiltToolchain();
const schema: Schema = built
  ? JSON.parse(readFileSync(built.schema, "utf8"))
  : { resources: {}, functions: {}, types: {} };

const codeOf = (token: string) => readFileSync(join(sdk, `${token.split(":")[1]}.js`), "utf8");
const names = (code: string, pattern: RegExp) =>
  [...new Set([...code.matchAll(pattern)].map((match) => match[1]!))].sort();
const keys = (properties: object | undefined) => Object.keys(properties ?? {}).sort();

describe.skipIf(!built)(built ? "the plugin's schema and @pulumi/openstack" : skipped, () => {
  test("have the same resources", () => {
    expect(Object.keys(schema.resources).sort()).toEqual(sdkTokens(/__pulumiType = '(openstack:[^']+)'/g));
  });

  test("have the same functions", () => {
    expect(Object.keys(schema.functions).sort()).toEqual(sdkTokens(/invoke\("(openstack:[^"]+)"/g));
  });

  test.each(Object.keys(schema.resources))("%s: same inputs and outputs", (token) => {
    const code = codeOf(token);
    expect(keys(schema.resources[token]!.inputProperties)).toEqual(
      names(code, /resourceInputs\["(\w+)"\] = [^;\n]*\bargs\b/g),
    );
    expect(keys(schema.resources[token]!.properties)).toEqual(
      names(code, /resourceInputs\["(\w+)"\] = state\b/g),
    );
  });

  test.each(Object.keys(schema.functions))("%s: same arguments", (token) => {
    expect(keys(schema.functions[token]!.inputs?.properties)).toEqual(
      names(codeOf(token), /^\s*"(\w+)": args\./gm),
    );
  });

  // Terraform's nested blocks: a port's fixedIps, an instance's networks.
  test.each(Object.keys(schema.types))("%s: same fields", (token) => {
    const [module, member] = token.split(":")[1]!.split("/") as [string, string];
    const name = member[0]!.toUpperCase() + member.slice(1);
    const declared = [fieldsOf("input", module, name), fieldsOf("output", module, name)].filter(
      (fields) => fields,
    );
    expect(declared.length).toBeGreaterThan(0);
    for (const fields of declared) expect(keys(schema.types[token]!.properties)).toEqual(fields);
  });
});

/** The fields of an interface in types/input.d.ts or output.d.ts; nothing when it is not declared there. */
function fieldsOf(side: "input" | "output", module: string, name: string): string[] | undefined {
  const text = readFileSync(join(sdk, "types", `${side}.d.ts`), "utf8");
  const namespace =
    new RegExp(`^export declare namespace ${module} \\{\n([^]*?)^\\}`, "m").exec(text)?.[1] ?? "";
  const body = new RegExp(`^    interface ${name} \\{\n([^]*?)^    \\}`, "m").exec(namespace)?.[1];
  return body === undefined ? undefined : names(body, /^ {8}(\w+)\??:/gm);
}

/** Tokens of the five services, from the package's own index files, so that a file never loaded does not count. */
function sdkTokens(pattern: RegExp): string[] {
  const found = modules.flatMap((module) => {
    const files = [
      ...readFileSync(join(sdk, module, "index.js"), "utf8").matchAll(/require\("\.\/(\w+)"\)/g),
    ];
    return files.flatMap(([, file]) => names(readFileSync(join(sdk, module, `${file}.js`), "utf8"), pattern));
  });
  return [...new Set(found)].sort();
}
