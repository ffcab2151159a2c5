import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recordMetadata } from "../../../../cli/ironic/record";
import { SshLab } from "../../../support/sshLab";
import { noSshServer, sshUser } from "../../../support/sshServer";
import { until } from "../../../support/waiting";

const why = noSshServer ? ` (skipped: ${noSshServer})` : "";

describe.skipIf(noSshServer)(`ovb ssh, with OpenSSH on both ends${why}`, () => {
  let lab: SshLab;
  let said: string;
  /** What a command there writes, as ssh's own output goes past this process. */
  let answer: string;

  beforeEach(async () => {
    lab = new SshLab();
    for (const [name, value] of Object.entries(lab.environment)) vi.stubEnv(name, value);
    said = "";
    const take = (text: unknown) => {
      said += `${text}\n`;
      return true;
    };
    vi.spyOn(console, "error").mockImplementation(take);
    vi.spyOn(process.stderr, "write").mockImplementation(take);
    await lab.start();
    answer = join(lab.folder, "answer");
    mkdirSync(answer, { mode: 0o777 });
    execFileSync("chmod", ["777", answer]);
  }, 90_000);
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await lab.stop();
  });

  const ssh = (...args: string[]) => lab.ovb("ssh", "--user", sshUser, ...args);
  const write = (text: string) => `${text} >${answer}/file`;
  const written = () => readFileSync(join(answer, "file"), "utf8").trim();
  const knownHosts = () => join(lab.folder, "ovb", "labs", "dev", "ssh", "known_hosts");
  const leftovers = () => readdirSync(join(lab.folder, "run"));

  it("runs a command on the undercloud at its floating IP, with the lab's key", async () => {
    expect(await ssh("undercloud", "--", write("whoami; pwd"))).toBe(0);
    expect(written()).toBe(join(lab.undercloud.folder, "home"));
    expect(lab.undercloud.log).toContain("Accepted key ED25519");
    expect(leftovers()).toEqual([]);
  });

  it("without floating IPs, goes to the undercloud's address on the access network, and on from there", async () => {
    lab.withoutFloatingIps();
    expect(await ssh("undercloud", "--", write("pwd"))).toBe(0);
    expect(written()).toBe(join(lab.undercloud.folder, "home"));
    expect(await ssh("bmc", "--", write("pwd"))).toBe(0);
    expect(written()).toBe(join(lab.bmc.folder, "home"));
  });

  it("gets to the BMC and to nodes through the undercloud, and not otherwise", async () => {
    for (const [name, server] of [
      ["bmc", lab.bmc],
      ["node-0", lab.node],
      ["lab-node-0", lab.node],
    ] as const) {
      const before = lab.undercloud.log.length;
      expect(await ssh(name, "--", write("pwd"))).toBe(0);
      expect(written()).toBe(join(server.folder, "home"));
      expect(lab.undercloud.log.slice(before)).toContain(`direct-tcpip`);
    }
    await lab.undercloud.stop();
    expect(await ssh("node-0", "--", "true")).toBe(255);
  });

  it("ends with the command's exit status, quietly", async () => {
    expect(await ssh("undercloud", "--", "exit 7")).toBe(7);
    expect(said.trim()).toBe("");
  });

  it("has the private key in a file of its owner's alone while it runs, and on no command line", async () => {
    const seen: string[] = [];
    const running = ssh(
      "node-0",
      "--",
      `touch ${answer}/there; while [ ! -e ${answer}/go ]; do sleep 0.1; done`,
    );
    await until("the command runs", () => existsSync(join(answer, "there")));
    const [folder = ""] = leftovers();
    const path = join(lab.folder, "run", folder);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(path, "key"), "utf8")).toBe(lab.key.privateKey);
    for (const file of readdirSync(path)) expect(statSync(join(path, file)).mode & 0o077).toBe(0);
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.push(readFileSync(`/proc/${pid}/cmdline`, "utf8"), readFileSync(`/proc/${pid}/environ`, "utf8"));
      } catch {} // it has ended, or is somebody else's
    }
    const secret = lab.key.privateKey.split("\n")[2]!;
    expect(seen.some((text) => text.includes(path))).toBe(true); // we have seen ssh
    expect(seen.filter((text) => text.includes(secret))).toEqual([]);
    writeFileSync(join(answer, "go"), "");
    expect(await running).toBe(0);
    expect(leftovers()).toEqual([]);
  });

  it("Ctrl-C ends it and leaves no key; what a killed run has left goes with the next", async () => {
    const running = ssh("undercloud", "--", `touch ${answer}/there; sleep 60`);
    await until("the command runs", () => existsSync(join(answer, "there")));
    process.emit("SIGINT");
    expect(await running).toBe(1);
    expect(said).toContain("Interrupted. The lab is as it was");
    expect(leftovers()).toEqual([]);
    const dead = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();
    mkdirSync(join(lab.folder, "run", `ovb-ssh-${dead}-abc`));
    mkdirSync(join(lab.folder, "run", `ovb-ssh-${process.ppid}-abc`)); // of one that runs
    expect(await ssh("undercloud", "--", "true")).toBe(0);
    expect(leftovers()).toEqual([`ovb-ssh-${process.ppid}-abc`]);
  });

  it("remembers host keys by VM: another VM at that address is let in, another key of the same one is not", async () => {
    expect(await ssh("undercloud", "--", "true")).toBe(0);
    const { id } = lab.servers.undercloud;
    expect(readFileSync(knownHosts(), "utf8")).toContain(`${id} ssh-ed25519 ${lab.undercloud.hostKey}`);
    await lab.undercloud.stop();
    await lab.undercloud.start(); // with another host key
    expect(await ssh("undercloud", "--", "true")).toBe(255);
    lab.nova.servers.delete(id);
    lab.nova.node("undercloud", { ...lab.servers.undercloud, id: "00000000-0000-4000-8000-00000000abcd" });
    expect(await ssh("undercloud", "--", "true")).toBe(1); // no state knows it
    expect(said).toContain("is not this stack's");
    lab.writeState();
    expect(await ssh("undercloud", "--", "true")).toBe(0);
  });

  it("a node on which something else was deployed is another", async () => {
    const deploy = (at: string) =>
      Object.assign(lab.servers["node-0"].metadata, recordMetadata({ at, disk: "req-1" }));
    deploy("2026-01-01T00:00:00Z");
    expect(await ssh("node-0", "--", "true")).toBe(0);
    await lab.node.stop();
    await lab.node.start();
    expect(await ssh("node-0", "--", "true")).toBe(255);
    deploy("2026-01-02T00:00:00Z");
    expect(await ssh("node-0", "--", "true")).toBe(0);
  });

  it("takes the user's key after the lab's, and says where the lab's is to be had", async () => {
    const own = join(lab.folder, "own key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", own]);
    lab.node.authorize(readFileSync(`${own}.pub`, "utf8"));
    expect(await ssh("node-0", "--", "true")).toBe(255);
    expect(said).toContain("node-0 lets in whom it was told to when it was deployed");
    expect(await ssh("--identity", own, "node-0", "--", "true")).toBe(0);
    // One of ssh-keygen's usual names is tried unasked.
    mkdirSync(join(lab.folder, ".ssh"));
    execFileSync("cp", [own, join(lab.folder, ".ssh", "id_ed25519")]);
    expect(await ssh("node-0", "--", "true")).toBe(0);
    lab.outputs({});
    expect(await ssh("undercloud", "--", "true")).toBe(255);
    expect(said).toContain("The stack has no key of the lab's own yet: `npx ovb up` makes it");
  });

  it("refuses what cannot be, before it connects", async () => {
    expect(await ssh("node-7")).toBe(1);
    expect(said).toContain("The lab lab has no node-7; it has: undercloud, bmc, node-0, node-1.");
    expect(await ssh("node-1")).toBe(1);
    expect(said).toContain("Planned and not on the cloud: node-1.");
    lab.servers["node-0"].vmState = "stopped";
    expect(await ssh("node-0")).toBe(1);
    expect(said).toContain("node-0 does not run, it is SHUTOFF by Nova: npx ovb power on node-0");
    expect(await lab.ovb("ssh", "--user", "-oProxyCommand=x", "undercloud")).toBe(2);
    expect(await lab.ovb("ssh")).toBe(2);
    expect(lab.undercloud.log).not.toContain("Accepted key");
  });
});
