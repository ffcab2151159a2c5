import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commands, main } from "../../../../cli/main";

const ran = vi.hoisted(() => ({ calls: [] as (readonly string[])[], status: 0 }));
vi.mock("../../../../process/run", async (original) => {
  const real = await original<typeof import("../../../../process/run")>();
  return {
    ...real,
    run: async (_command: string, args: readonly string[]) => {
      ran.calls.push(args);
      if (ran.status !== 0) throw new real.CommandFailed("failed", ran.status, "");
      return "";
    },
  };
});

let state: string;
let said: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ovb-home-"));
  mkdirSync(join(state, "ovb", "clouds"), { recursive: true });
  for (const name of ["OS_CLOUD", "OS_AUTH_URL", "OVB_LABS_FOLDER", "OVB_DEVCLOUD", "PULUMI_BACKEND_URL"])
    vi.stubEnv(name, undefined);
  vi.stubEnv("XDG_STATE_HOME", state);
  Object.assign(ran, { calls: [], status: 0 });
  said = "";
  vi.spyOn(console, "error").mockImplementation((text) => {
    said += `${text}\n`;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(state, { recursive: true });
});
const home = (homes: object) =>
  writeFileSync(join(state, "ovb", "clouds", "dev.json"), JSON.stringify(homes));

describe("where the environment names no cloud", () => {
  it("a command runs on the devcloud that the stack's lab lives on, as typed, and says so", async () => {
    home({ devcloud: "mine" });
    expect(await main(["status", "--stack", "dev", "--format", "json"])).toBe(0);
    const [exec] = ran.calls;
    expect(exec!.slice(1, 6)).toEqual(["devcloud", "exec", "--name", "mine", "--"]);
    expect(exec!.slice(-5)).toEqual(
      [expect.stringMatching(/ovb\.mjs$/), "status", "--stack", "dev", "--format", "json"].slice(-5),
    );
    expect(said).toContain("on the devcloud mine of this machine, where the lab of the stack dev lives");
  });

  it("with the exit status that it has there, and no word more", async () => {
    home({ devcloud: "mine" });
    ran.status = 2;
    expect(await main(["pulumi", "--stack", "dev", "--", "preview"])).toBe(2);
    expect(said.split("\n")).toHaveLength(2);
    expect(ran.calls[0]!.slice(-4)).toEqual(["--stack", "dev", "--", "preview"]);
  });

  it("a command takes the entry of clouds.yaml that made the lab", async () => {
    home({ tenant: { cloud: "theirs", authUrl: "https://k", project: { id: "1", name: "demo" } } });
    vi.stubEnv("OS_CLIENT_CONFIG_FILE", join(state, "none.yaml"));
    vi.stubEnv("HOME", state);
    expect(await main(["power", "status", "--stack", "dev"])).toBe(1);
    expect(said).toContain("on theirs, project demo, where the lab of the stack dev lives");
    expect(said).toContain('OS_CLOUD is "theirs", but');
    expect(ran.calls).toEqual([]);
  });

  it("sweep does, though it is about no stack: it goes to where the lab of the usual one lives", async () => {
    home({ devcloud: "mine" });
    expect(await main(["sweep", "--dry-run"])).toBe(0);
    expect(ran.calls[0]!.slice(-2)).toEqual(["sweep", "--dry-run"]);
    expect(said).toContain("on the devcloud mine of this machine, where the lab of the stack dev lives");
  });

  it("the environment wins where it names one", async () => {
    home({ devcloud: "mine" });
    vi.stubEnv("OS_AUTH_URL", "http://127.0.0.1:1");
    expect(await main(["status", "--stack", "dev"])).toBe(1);
    expect(ran.calls).toEqual([]);
  });

  it("every command about a lab goes home, but those that need no cloud or choose it", () => {
    const staying = commands.filter(({ goesHome }) => !goesHome).map(({ name }) => name);
    expect(staying.sort()).toEqual(["ipa", "plan", "start", "stop"]);
  });
});
