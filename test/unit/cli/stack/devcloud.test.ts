import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { devcloudOf, inDevcloud } from "../../../../cli/stack/devcloud";
import { project } from "../../../../cli/stack/project";
import { labOnDevcloud as lab } from "../../../support/labOnDevcloud";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ovb-devcloud-of-"));
  vi.stubEnv("XDG_STATE_HOME", state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

describe("the devcloud that has a stack's lab", () => {
  it("is the one with its state, where the environment names no cloud", () => {
    expect(devcloudOf("dev", { XDG_STATE_HOME: state })).toBeUndefined();
    lab("one", "dev");
    lab("two", "other");
    expect(devcloudOf("dev", { XDG_STATE_HOME: state })).toBe("one");
    expect(devcloudOf("organization/ovb/other", { XDG_STATE_HOME: state })).toBe("two");
    expect(devcloudOf("third", { XDG_STATE_HOME: state })).toBeUndefined();
    for (const name of ["OS_CLOUD", "OS_AUTH_URL"])
      expect(devcloudOf("dev", { XDG_STATE_HOME: state, [name]: "x" })).toBeUndefined();
  });

  it("is not guessed where there are two", () => {
    lab("one", "dev");
    lab("two", "dev");
    expect(() => devcloudOf("dev", { XDG_STATE_HOME: state })).toThrow(
      "The devclouds one, two have a lab of the stack dev: npm run devcloud -- exec --name NAME -- COMMAND says which",
    );
  });

  it("runs our commands by `ovb devcloud exec`", () => {
    const ovb = join(project, "cli", "ovb.mjs");
    expect(inDevcloud("one", ["ssh", "bmc"])).toEqual([
      ...["devcloud", "exec", "--name", "one", "--", process.execPath, ovb, "ssh", "bmc"],
    ]);
  });
});
