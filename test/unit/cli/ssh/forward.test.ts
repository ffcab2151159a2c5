import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { freePort, SshLab } from "../../../support/sshLab";
import { noSshServer, sshUser } from "../../../support/sshServer";
import { until } from "../../../support/waiting";

const why = noSshServer ? ` (skipped: ${noSshServer})` : "";

describe.skipIf(noSshServer)(`ovb forward, with OpenSSH on both ends${why}`, () => {
  let lab: SshLab;
  let out: string;
  let said: string;
  let pending: Promise<number> | undefined;
  const services: Server[] = [];

  beforeEach(async () => {
    lab = new SshLab();
    for (const [name, value] of Object.entries(lab.environment)) vi.stubEnv(name, value);
    [out, said] = ["", ""];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      out += text;
      return true;
    });
    const take = (text: unknown) => {
      said += `${text}\n`;
      return true;
    };
    vi.spyOn(console, "error").mockImplementation(take);
    vi.spyOn(process.stderr, "write").mockImplementation(take);
    await lab.start("  ovb:bmc: { redfish: { httpsPort: 8443 } }\n");
  }, 90_000);
  afterEach(async () => {
    if (pending) process.emit("SIGINT"); // a test has failed
    await pending;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    for (const service of services.splice(0)) service.close();
    await lab.stop();
  });

  const forward = (...args: string[]) => {
    const running = lab.ovb("forward", "--user", sshUser, ...args).finally(() => {
      pending = undefined;
    });
    pending = running;
    return running;
  };
  const runs = () => until(`it forwards: ${said}`, () => out.includes("Ctrl-C ends it."));
  const leftovers = () => readdirSync(join(lab.folder, "run"));

  /** A service of the lab: says its name, and then what it was told, backwards, once the client has said all. */
  async function service(name: string, host: number, port: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const chunks: Buffer[] = [];
      socket.on("error", () => {});
      socket.on("data", (chunk) => chunks.push(chunk));
      socket.on("end", () => socket.end(`${name}:${Buffer.concat(chunks).reverse()}`));
    });
    services.push(server);
    server.listen(port, `${lab.net}.${host}`);
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  }

  /** What a client on this machine is told at a port of 127.0.0.1. */
  async function ask(port: number, text: string): Promise<string> {
    const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.end(text);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  it("brings services and ports of servers here through the undercloud, until Ctrl-C", async () => {
    await service("redfish", 241, 8443);
    const inner = await service("inner", 9, 0); // at the address that Nova has, not the planned one
    const ssh = await service("node", 10, 0);
    const [redfish, other] = [await freePort(), await freePort()];
    const running = forward(`${redfish}:redfish`, `${other}:undercloud:${inner}`, `lab-node-0:${ssh}`);
    await runs();
    expect(out.split("\n")).toEqual([
      `redfish           https://127.0.0.1:${redfish}/redfish/v1`,
      `undercloud:${inner}  127.0.0.1:${other}`.replace(/^(\S+)\s+/, (_, name) => `${name.padEnd(16)}  `),
      expect.stringMatching(new RegExp(`^node-0:${ssh} +127\\.0\\.0\\.1:${ssh}$`)),
      "Ctrl-C ends it.",
      "",
    ]);
    expect(await ask(redfish, "abc")).toBe("redfish:cba");
    expect(await ask(other, "abc")).toBe("inner:cba");
    expect(await ask(ssh, "abc")).toBe("node:cba");
    const much = "x".repeat(3_000_000);
    expect((await Promise.all([ask(redfish, much), ask(redfish, "y")])).map(({ length }) => length)).toEqual([
      much.length + 8,
      9,
    ]);
    expect(lab.undercloud.log).toContain(`${lab.net}.241`);
    process.emit("SIGINT");
    expect(await running).toBe(0);
    await expect(ask(redfish, "abc")).rejects.toThrow("ECONNREFUSED");
    expect(leftovers()).toEqual([]);
  });

  it("a port of the lab where nobody listens ends the client's connection, and the others go on", async () => {
    await service("redfish", 241, 8443);
    const [redfish, none] = [await freePort(), await freePort()];
    const running = forward(`${redfish}:redfish`, `${none}:bmc:9`);
    await runs();
    await ask(none, "abc").catch(() => "");
    expect(await ask(redfish, "abc")).toBe("redfish:cba");
    process.emit("SIGINT");
    expect(await running).toBe(0);
  });

  it("ends with an error when the undercloud is gone", async () => {
    const running = forward(`${await freePort()}:redfish`);
    await runs();
    await lab.undercloud.stop();
    expect(await running).toBe(1);
    expect(said).toContain("The connection to the undercloud has ended");
    expect(leftovers()).toEqual([]);
  });

  it("says at once that a port here is taken, with the way out", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    services.push(taken);
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    expect(await forward(`${port}:redfish`)).toBe(1);
    expect(said).toMatch(
      new RegExp(`Port ${port} of 127.0.0.1 is taken: LOCAL:TARGET takes another, such as \\d+:TARGET`),
    );
    expect(lab.undercloud.log).not.toContain("Accepted key");
  });

  it("refuses all targets that cannot be, in one go", async () => {
    expect(
      await forward("horizon", "70000:redfish", "node-9:22", "bmc:0", "bmc:1:2", "8:redfish", "8:boot"),
    ).toBe(1);
    expect(said.split("\n").filter((line) => line.startsWith("  - "))).toEqual([
      "  - horizon: no service of this lab (ironic, redfish, boot); a server's port is SERVER:PORT, such as bmc:22",
      "  - 70000:redfish: a port is 1 to 65535",
      "  - node-9:22: no server of this lab (undercloud, bmc, node-0, node-1), and no IPv4 address",
      "  - bmc:0: it is [LOCAL:]SERVICE or [LOCAL:]SERVER:PORT; a port is 1 to 65535",
      "  - bmc:1:2: it is [LOCAL:]SERVICE or [LOCAL:]SERVER:PORT; a port is 1 to 65535",
      "  - local port 8: two are to have it; LOCAL:TARGET gives one another",
    ]);
  });

  it("inside a devcloud's network: sockets for the process outside, and no longer than that", async () => {
    const folder = join(lab.folder, "sockets");
    mkdirSync(folder);
    const outer = createServer().listen(0); // keeps the event loop alive
    services.push(outer);
    const sleeper = (await import("node:child_process")).spawn("sleep", ["60"]);
    const running = forward("redfish", "--sockets", folder, "--until", String(sleeper.pid));
    await until("there is a socket", () => existsSync(join(folder, "0.sock")));
    sleeper.kill();
    expect(await running).toBe(1);
    expect(said).toContain("its listener has ended");
  });
});
