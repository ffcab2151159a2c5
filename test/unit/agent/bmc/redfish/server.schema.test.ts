import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSigned } from "../../../../support/certificate";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { pythonPackage } from "../../../../support/redfish/pythonPackages";
import { ask } from "../../../../support/redfish/request";
import { type Served, serve, testPassword, testUser } from "../../../../support/redfish/serve";

/**
 * DMTF's CSDL files ("csdl" in its Redfish-Publications); no package carries them, so the validator's test exists
 * only where this names a folder with them.
 */
const schemas = process.env.OVB_REDFISH_SCHEMAS;

/** What DSP0268 requires beyond @odata.id, @odata.type and Name. */
const requiredOf: Record<string, string[]> = {
  ServiceRoot: ["Id", "Links"],
  ComputerSystem: ["Id"],
  Processor: ["Id"],
  SimpleStorage: ["Id"],
  EthernetInterface: ["Id"],
  VirtualMedia: ["Id"],
  Manager: ["Id"],
  Chassis: ["Id", "ChassisType"],
  SessionService: ["Id"],
  Session: ["Id"],
  AccountService: ["Id"],
  ManagerAccount: ["Id", "AccountTypes"],
  Role: ["Id"],
  Certificate: ["Id"],
  Bios: ["Id"],
  SecureBoot: ["Id"],
  Storage: ["Id"],
  Drive: ["Id"],
  Memory: ["Id"],
  UpdateService: ["Id"],
  SoftwareInventory: ["Id"],
  ManagerNetworkProtocol: ["Id"],
};
const requiredOfCollection = ["Members", "Members@odata.count"];

let served: Served;
beforeAll(async () => {
  const bare = {
    macs: [],
    vcpus: undefined,
    memoryMiB: undefined,
    diskGiB: undefined,
    disks: [],
    drive: false,
  };
  const [full, uefi, poor] = [
    new FakeNode("node-0"),
    new FakeNode("node-1", { firmware: "uefi" }),
    new FakeNode("ceph-storage-0", bare),
  ] as const;
  full.trust = { verify: true, certificates: { "1": selfSigned("media").cert } };
  full.image = "http://192.0.2.240:8088/boot.iso";
  uefi.override = { target: "pxe", persistence: "continuous" };
  served = await serve([full, uefi, poor]);
  await ask(served, "POST", "/redfish/v1/SessionService/Sessions", {
    body: { UserName: testUser, Password: testPassword },
  });
});
afterAll(() => served.close());

const linksIn = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "@odata.id" ? [inner.split("#")[0]] : linksIn(inner),
  );
};

describe("Redfish resources", () => {
  it("are each where the links to them say, and have what their schema requires", async () => {
    const metadata = (await ask(served, "GET", "/redfish/v1/$metadata")).body as string;
    const seen = new Map<string, string>();
    const wanted = ["/redfish/v1/"];
    for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
      if (seen.has(path)) continue;
      const { status, body } = await ask(served, "GET", path);
      expect([path, status, body["@odata.id"]]).toEqual([path, 200, path]);
      const [type, name] = /^#(\w+)\.(?:v\d+_\d+_\d+\.)?\1$/.exec(body["@odata.type"]) ?? [];
      expect(metadata).toContain(`Namespace="${type!.slice(1).split(".").slice(0, -1).join(".")}"`);
      seen.set(path, name!);
      const required = name!.endsWith("Collection") ? requiredOfCollection : requiredOf[name!]!;
      for (const property of [...required, "Name"]) expect(body, path).toHaveProperty([property]);
      expect(body["Members@odata.count"]).toBe(body.Members?.length);
      wanted.push(...linksIn(body));
    }
    const kinds = new Set([...seen.values()].filter((name) => !name.endsWith("Collection")));
    expect([...kinds].sort()).toEqual(Object.keys(requiredOf).sort());
  });

  if (schemas) {
    it("pass DMTF's Redfish-Service-Validator", async () => {
      const { path: validator, why } = pythonPackage("redfish-service-validator", "3.1.8");
      expect(validator, why).toBeDefined();
      const folder = mkdtempSync(join(tmpdir(), "ovb-redfish-"));
      try {
        const start = "from redfish_service_validator.console_scripts import main; main()";
        const config = [
          "--rhost",
          served.url,
          "--schema_directory",
          schemas,
          "--skipschema",
          "--logdir",
          folder,
        ];
        const child = spawn("python3", ["-c", start, "-u", testUser, "-p", testPassword, ...config], {
          cwd: folder,
          env: { ...process.env, PYTHONPATH: validator },
        });
        let text = "";
        child.stdout.on("data", (part) => {
          text += part;
        });
        await new Promise((resolve) => child.on("close", resolve));
        const [, passed, , failed] = /\|\s+(\d+)\s+\|\s+(\d+)\s+\|\s+(\d+)\s+\|/.exec(text) ?? [];
        expect(Number(passed), text).toBeGreaterThan(300);
        expect(Number(failed), text).toBe(0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
