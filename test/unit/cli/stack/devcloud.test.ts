import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { devcloudOf, inDevcloud } from "../../../../cli/stack/devcloud";
import { project } from "../../../../cli/stack/project";
import { Cloud } from "../../../../devcloud/cloud";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ovb-devcloud-of-"));
  vi.stubEnv("XDG_STATE_HOME", state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

/** As `ovb up` in a devcloud leaves it, in the folder that the devcloud gives to it. */
function lab(cloud: string, stack: string): void {
  const file = join(
    new Cloud(cloud).labsFolder,
    stack,
    "backend",
    ".pulumi",
    "stacks",
    "ovb",
    `${stack}.json`,
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "{}");
}

describe("the devcloud that has a stack's lab", () => {
  it("is the one with its state, where the environment names no cloud", () => {
    expect(devcloudOf({ stack: "dev" }, {})).toBeUndefined();
    lab("one", "dev");
    lab("two", "other");
    expect(devcloudOf({ stack: "dev" }, {})).toBe("one");
    expect(devcloudOf({ stack: "organization/ovb/other" }, {})).toBe("two");
    expect(devcloudOf({ stack: "third" }, {})).toBeUndefined();
    for (const name of ["OS_CLOUD", "OS_AUTH_URL"])
      expect(devcloudOf({ stack: "dev" }, { [name]: "x" })).toBeUndefined();
  });

  it("is not guessed where there are two", () => {
    lab("one", "dev");
    lab("two", "dev");
    expect(() => devcloudOf({ stack: "dev" }, {})).toThrow(
      "The devclouds one, two have a lab of the stack dev: npm run devcloud -- exec --name NAME -- COMMAND says which",
    );
  });

  it("runs our commands by `ovb devcloud exec`", () => {
    const ovb = join(project, "cli", "ovb.mjs");
    expect(inDevcloud("one", ["ssh", "bmc"])).toEqual([
      ...[ovb, "devcloud", "exec", "--name", "one", "--", process.execPath, ovb, "ssh", "bmc"],
    ]);
  });
});
