import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeNode } from "../../../../support/redfish/fakeNode";
import { pythonPackage } from "../../../../support/redfish/pythonPackages";
import { type Served, serve, testPassword, testUser } from "../../../../support/redfish/serve";
import { Sushy } from "../../../../support/redfish/sushy";

const { path, why } = pythonPackage("sushy", "5.14.0");

describe.skipIf(path === undefined)(
  `Redfish for sushy, Ironic's library${why && ` (skipped: ${why})`}`,
  () => {
    let sushy: Sushy;
    let served: Served;
    let bios: FakeNode;
    let uefi: FakeNode;

    beforeAll(async () => {
      sushy = new Sushy(path!);
      bios = new FakeNode("node-0");
      uefi = new FakeNode("node-1", { firmware: "uefi", drive: false });
      served = await serve([bios, uefi]);
      expect(await sushy.ask("enter", served.url, testUser, "session")).toBe("1.15.0");
    });

    afterAll(async () => {
      sushy?.stop();
      await served?.close();
    });

    beforeEach(() => {
      bios.changes.length = 0;
      bios.state = "off";
      bios.busyFor = 0;
      bios.override = { target: "none", persistence: "once" };
      bios.image = undefined;
      served.log.length = 0;
    });

    it("lists the nodes that there are just now", async () => {
      expect(await sushy.ask("systems")).toEqual(["node-0", "node-1"]);
      served.nodes.push(new FakeNode("node-2"));
      expect(await sushy.ask("systems")).toEqual(["node-0", "node-1", "node-2"]);
      served.nodes.pop();
      expect(await sushy.ask("power", "node-2")).toMatchObject({ error: "ResourceNotFoundError" });
    });

    it("answers an inspection", async () => {
      expect(await sushy.ask("inspect", "node-1")).toEqual({
        uuid: uefi.uuid,
        power: "Off",
        memoryGiB: 4,
        cpus: 2,
        architecture: "x86-64",
        disks: [20 * 1024 ** 3],
        macs: { "20:57:f8:00:00:01": "Enabled", "20:57:f8:00:00:02": "Enabled" },
        mode: "UEFI",
        vendor: "OpenStack Foundation",
        managers: ["node-1"],
        chassis: ["node-1"],
        pcie: 0,
      });
    });

    it.each([
      ["On", "off", "on", "On"],
      ["ForceOn", "off", "on", "On"],
      ["ForceOff", "on", "off", "Off"],
      ["GracefulShutdown", "on", "soft", "Off"],
      ["ForceRestart", "on", "reset", "On"],
      ["GracefulRestart", "on", "restart", "On"],
      ["PowerCycle", "on", "cycle", "On"],
      ["PushPowerButton", "on", "soft", "Off"],
      ["PushPowerButton", "off", "on", "On"],
      ["Nmi", "on", "diag", "On"],
    ] as const)("%s of a machine that is %s: %s", async (type, before, action, after) => {
      bios.state = before;
      expect(await sushy.ask("reset", "node-0", type)).toBeNull();
      expect(bios.changes).toEqual([action]);
      expect(await sushy.ask("power", "node-0")).toBe(after);
    });

    it.each(["ForceRestart", "GracefulRestart", "PowerCycle"])(
      "%s of a machine that is off powers it on",
      async (type) => {
        expect(await sushy.ask("reset", "node-0", type)).toBeNull();
        expect(await sushy.ask("power", "node-0")).toBe("On");
      },
    );

    it("gives the machine's own reason where Ironic's users see it", async () => {
      bios.refuses = new Set(["diag"]);
      const answer = (await sushy.ask("reset", "node-0", "Nmi")) as { text: string };
      expect(answer).toMatchObject({ error: "BadRequestError", status: 400 });
      expect(answer.text).toContain("node-0 can't do diag.");
      bios.refuses = new Set(["bios-setup"]);
    });

    it("keeps a boot override once, continuously, and not at all", async () => {
      expect(await sushy.ask("boot", "node-0")).toEqual(["None", "Disabled", "Legacy"]);
      await sushy.ask("set_boot", "node-0", "Pxe", "Once");
      expect(bios.override).toEqual({ target: "pxe", persistence: "once" });
      expect(await sushy.ask("boot", "node-0")).toEqual(["Pxe", "Once", "Legacy"]);
      await sushy.ask("set_boot", "node-0", "Hdd", "Continuous");
      expect(await sushy.ask("boot", "node-0")).toEqual(["Hdd", "Continuous", "Legacy"]);
      // As Ironic does when the persistence is already the wanted one.
      await sushy.ask("set_boot", "node-0", "Cd");
      expect(bios.override).toEqual({ target: "cdrom", persistence: "continuous" });
      await sushy.ask("set_boot", "node-0", null, "Disabled");
      expect(await sushy.ask("boot", "node-0")).toEqual(["None", "Disabled", "Legacy"]);
      await sushy.ask("set_boot", "node-0", "Pxe");
      expect(await sushy.ask("boot", "node-0")).toEqual(["Pxe", "Once", "Legacy"]);
    });

    it("takes the boot mode that a node has and refuses the other", async () => {
      await sushy.ask("set_boot", "node-1", "Pxe", "Once", "UEFI");
      expect(uefi.override).toEqual({ target: "pxe", persistence: "once", firmware: "uefi" });
      const answer = await sushy.ask("set_boot", "node-1", "Pxe", "Once", "Legacy");
      expect(answer).toMatchObject({ error: "BadRequestError", status: 400 });
      expect((answer as { text: string }).text).toContain("It can be UEFI.");
    });

    it("keeps what is in the drive when a boot device is chosen", async () => {
      const url = "http://192.0.2.240:8088/boot.iso";
      const [node] = [new FakeNode("node-9", { firmware: "uefi" })];
      served.nodes.push(node!);
      expect(await sushy.ask("insert", "system", "node-9", url)).toBeNull();
      expect(await sushy.ask("set_boot", "node-9", "Cd", "Once")).toBeNull();
      expect([node!.image, node!.override.target]).toEqual([url, "cdrom"]);
      served.nodes.pop();
    });

    it("does not offer UefiHttp to a machine with BIOS, and refuses what the machine can't boot", async () => {
      expect(await sushy.ask("set_boot", "node-0", "UefiHttp")).toMatchObject({
        error: "InvalidParameterValueError",
      });
      const answer = await sushy.ask("set_boot", "node-0", "BiosSetup");
      expect(answer).toMatchObject({ error: "BadRequestError" });
      expect((answer as { text: string }).text).toContain("node-0 can't do bios-setup.");
      expect(bios.override.target).toBe("none");
    });

    it.each(["system", "manager"])("inserts and ejects a CD by the %s", async (owner) => {
      const url = "http://192.0.2.240:8088/boot.iso";
      expect(await sushy.ask("media", owner, "node-0")).toEqual([null, false, true]);
      expect(await sushy.ask("insert", owner, "node-0", url)).toBeNull();
      expect(bios.image).toBe(url);
      expect(await sushy.ask("media", owner, "node-0")).toEqual([url, true, true]);
      expect(await sushy.ask("eject", owner, "node-0")).toBeNull();
      expect(bios.image).toBeUndefined();
    });

    it("has no drive where the machine has none, in the way that Ironic looks for", async () => {
      for (const owner of ["system", "manager"]) {
        expect(await sushy.ask("media", owner, "node-1")).toMatchObject({ error: "MissingAttributeError" });
      }
    });

    it("refuses an image that it can't fetch", async () => {
      expect(await sushy.ask("insert", "system", "node-0", "nfs://192.0.2.1/x.iso")).toMatchObject({
        status: 400,
      });
      expect(await sushy.ask("insert", "system", "node-0", "http://192.0.2.1/x.iso", "me")).toMatchObject({
        status: 400,
      });
      expect(bios.image).toBeUndefined();
    });

    it("is busy in a way that sushy tries again after", async () => {
      bios.busyFor = 2;
      expect(await sushy.ask("reset", "node-0", "On")).toBeNull();
      expect(bios.changes).toEqual(["on"]);
      expect(served.log.filter((line) => line.includes('"status":503'))).toHaveLength(2);
      bios.state = undefined;
      setTimeout(() => {
        bios.state = "on";
      }, 60);
      expect(await sushy.ask("power", "node-0")).toBe("On");
    });

    it("is busy in words when it stays so", async () => {
      bios.busyFor = -1;
      const answer = await sushy.ask("set_boot", "node-0", "Pxe");
      expect(answer).toMatchObject({ error: "ServerSideError", status: 503 });
      expect((answer as { text: string }).text).toContain("node-0: Nova is rebuilding it.");
      expect(bios.override.target).toBe("none");
    });

    it("lets a client whose session has gone log in again, and forgets it at logout", async () => {
      const basic = `Basic ${Buffer.from(`${testUser}:${testPassword}`).toString("base64")}`;
      const all = `${served.url}/redfish/v1/SessionService/Sessions`;
      const list = async (): Promise<string[]> => {
        const answer = await fetch(all, { headers: { authorization: basic } });
        const body = (await answer.json()) as { Members: { "@odata.id": string }[] };
        return body.Members.map((member) => member["@odata.id"]);
      };
      const [only] = await list();
      await fetch(served.url + only!, { method: "DELETE", headers: { authorization: basic } });
      expect(await sushy.ask("power", "node-0")).toBe("Off");
      expect(await sushy.ask("sessions")).toBe(1);
      expect(await list()).not.toContain(only);
      await sushy.ask("leave");
      expect(await list()).toEqual([]);
      for (const kind of ["basic", "auto", "session"]) {
        expect(await sushy.ask("enter", served.url, testUser, kind)).toBe("1.15.0");
        expect(await sushy.ask("power", "node-0")).toBe("Off");
      }
    });

    it("refuses a wrong password in each kind of login", async () => {
      const enter = (user: string, kind: string) =>
        sushy.ask("enter", served.url, user, kind, true, "wrong-password");
      for (const user of [testUser, "mallory"]) {
        expect(await enter(user, "session")).toMatchObject({ error: "AccessError", status: 401 });
        for (const kind of ["basic", "auto"]) {
          await enter(user, kind);
          expect(await sushy.ask("systems")).toMatchObject({ error: "AccessError", status: 401 });
        }
      }
      expect(served.log.join("\n")).toContain("redfish.password_refused");
      expect(served.log.join("\n")).not.toMatch(/wrong-password|not-for-any-log/);
      await sushy.ask("enter", served.url, testUser, "session");
    });

    it("speaks HTTPS with the certificate it is given", async () => {
      const folder = mkdtempSync(join(tmpdir(), "ovb-redfish-"));
      const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      execFileSync(
        "openssl",
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"].concat([
          "-addext",
          "subjectAltName=IP:127.0.0.1",
          "-keyout",
          key,
          "-out",
          cert,
        ]),
        { stdio: "ignore" },
      );
      const secure = await serve([bios], {
        cert: readFileSync(cert, "utf8"),
        key: readFileSync(key, "utf8"),
      });
      try {
        expect(await sushy.ask("enter", secure.url, testUser, "session", cert)).toBe("1.15.0");
        expect(await sushy.ask("power", "node-0")).toBe("Off");
        expect(await sushy.ask("enter", secure.url, testUser, "session", true)).toMatchObject({
          error: "ConnectionError",
        });
      } finally {
        await secure.close();
        rmSync(folder, { recursive: true });
        await sushy.ask("enter", served.url, testUser, "session");
      }
    });
  },
);
