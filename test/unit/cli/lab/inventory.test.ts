import { execFile } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openstackPluginVersion } from "../../../../openstack/plugin";
import { dialects } from "../../../../plan/inventory/dialects";
import { bmcPassword, tripleoLab } from "../../../support/inventory";

const ovb = join(__dirname, "..", "..", "..", "..", "cli", "ovb.mjs");
const openstackPlugin = [{ name: "openstack", version: openstackPluginVersion, kind: "resource" }];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ovb-inventory-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The real command, where a `pulumi` stands in that holds these outputs and notes what it was asked. */
function inventory(outputs: object, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
  const script = `#!/bin/sh
echo "$*" >>${folder}/asked
case "$1 $2" in
"version ") echo v3.250.0 ;;
"plugin ls") echo '${JSON.stringify(openstackPlugin)}' ;;
"stack output") cat ${folder}/outputs.json ;;
esac
`;
  for (const [name, text] of Object.entries({ pulumi: script, "pulumi-language-nodejs": "#!/bin/sh\n" })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const all = {
    PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: folder,
    PULUMI_BACKEND_URL: "file:///elsewhere",
    ...env,
  };
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [ovb, "inventory", ...args],
      { cwd: folder, env: all },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("a file that its owner alone can read, also where an older one was open; the password is nowhere else", async () => {
  const file = join(folder, "nodes", "ironic.json");
  mkdirSync(dirname(file));
  writeFileSync(file, "old", { mode: 0o644 });
  const ran = await inventory({ inventory: tripleoLab() }, [
    "--format",
    "ironic",
    "--output",
    "nodes/ironic.json",
  ]);
  expect(ran).toEqual({
    status: 0,
    stdout: "nodes/ironic.json: 4 nodes; next: baremetal create nodes/ironic.json\n",
    stderr: "",
  });
  expect(readFileSync(file, "utf8")).toBe(dialects.ironic!.render(tripleoLab(), { driver: "ipmi" }));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(file))).toEqual(["ironic.json"]);
  const asked = readFileSync(join(folder, "asked"), "utf8");
  expect(asked).toContain("stack output --json --show-secrets --stack dev");
  expect(asked).not.toContain(bmcPassword);
});

test("--output - is the inventory on stdout and nothing else", async () => {
  const ran = await inventory({ inventory: tripleoLab() }, ["-o", "-", "--mac"]);
  expect(ran).toMatchObject({ status: 0, stderr: "" });
  expect(JSON.parse(ran.stdout).nodes[0].mac).toHaveLength(1);
});

test("what cannot be: one line each, status 1 for the lab's, 2 for the command line's", async () => {
  const of = async (outputs: object, ...args: string[]) => {
    const { status, stdout, stderr } = await inventory(outputs, args);
    expect(stdout).toBe("");
    return { status, said: stderr.split("\n")[0] };
  };
  expect(await of({}, "--stack", "qa")).toEqual({
    status: 1,
    said: "The stack qa has no inventory yet: npx ovb up --stack qa",
  });
  const mute = tripleoLab({ bmc: { redfish: { httpsPort: 0 } } });
  expect(await of({ inventory: mute }, "--driver", "redfish")).toEqual({
    status: 1,
    said: "This lab's BMC speaks no Redfish: take --driver ipmi",
  });
  expect(await of({}, "--mac", "--format", "ironic")).toEqual({
    status: 2,
    said: "error: --mac is for --format instackenv",
  });
  expect(await of({}, "--format", "ironic", "--output", "nodes.txt")).toEqual({
    status: 2,
    said: "error: --output nodes.txt: `baremetal create` reads files that end in .json or .yaml only",
  });
  expect(await of({}, "--format", "ansible", "--ssh-user", "a b")).toMatchObject({ status: 2 });
  expect(await of({}, "--format", "heat")).toMatchObject({
    status: 2,
    said: expect.stringContaining("Allowed choices are instackenv, ironic, metal3, ansible"),
  });
});

test("a lab that was never made is named, with the way to make it and where else it may be", async () => {
  const ran = await inventory({}, [], { PULUMI_BACKEND_URL: "" });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toMatch(
    /^No state of the stack dev in .*: npx ovb up --stack dev makes the lab, or npm run devcloud/,
  );
});
