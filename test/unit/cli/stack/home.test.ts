import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkHome, forgetHome, noteHome, readHome, refuseDevcloud } from "../../../../cli/stack/home";
import { Session } from "../../../../openstack/session";
import { FakeCloud } from "../../../support/fakeOpenstack";
import { labOnDevcloud } from "../../../support/labOnDevcloud";

let state: string;
let one: FakeCloud;
let other: FakeCloud;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), "ovb-home-"));
  env = { XDG_STATE_HOME: state, OS_CLOUD: "mine" };
  one = await new FakeCloud().start();
  other = await new FakeCloud().start();
  other.project = { id: "project-2", name: "other" };
});
afterEach(async () => {
  rmSync(state, { recursive: true });
  await Promise.all([one.stop(), other.stop()]);
});
const session = (cloud: FakeCloud, region?: string) => new Session(cloud.auth({ ...(region && { region }) }));

test("the tenant that up has noted is the stack's, and another is refused with the way back", async () => {
  await checkHome("dev", session(other), env); // nothing is noted yet
  await noteHome("dev", session(one), env);
  await checkHome("dev", session(one), env);
  await checkHome("two", session(other), env);
  await expect(checkHome("dev", session(other), env)).rejects.toThrow(
    /stack dev has its lab on mine, project demo, and the environment names mine, project other; nothing was done. Use OS_CLOUD=mine/,
  );
  await expect(checkHome("dev", session(one, "R2"), env)).rejects.toThrow("region R2");
  forgetHome("dev", env);
  await checkHome("dev", session(other), env);
});

test("a stack of the same name in another backend is another", async () => {
  await noteHome("dev", session(one), { ...env, PULUMI_BACKEND_URL: "file:///a" });
  await checkHome("dev", session(other), { ...env, PULUMI_BACKEND_URL: "file:///b" });
  await expect(checkHome("dev", session(other), { ...env, PULUMI_BACKEND_URL: "file:///a" })).rejects.toThrow(
    "nothing was done",
  );
});

test("a devcloud is not taken for the tenant that a stack's lab lives in, unless it has one too", async () => {
  await noteHome("org/ovb/dev", session(one), env);
  expect(statSync(join(state, "ovb", "clouds", "org%2Fovb%2Fdev.json")).mode & 0o777).toBe(0o600);
  const nowhere = { XDG_STATE_HOME: state };
  expect(() => refuseDevcloud("org/ovb/dev", nowhere)).toThrow(/has its lab on mine.*Set OS_CLOUD=mine/);
  vi.stubEnv("XDG_STATE_HOME", state);
  labOnDevcloud("devcloud", "dev");
  vi.unstubAllEnvs();
  refuseDevcloud("org/ovb/dev", nowhere);
});

test("what is noted stays, whatever is made or destroyed on a devcloud or in another backend", async () => {
  const elsewhere = { ...env, PULUMI_BACKEND_URL: "file:///a" };
  await noteHome("dev", session(one), elsewhere);
  forgetHome("dev", env);
  const devcloud = { ...elsewhere, OVB_LABS_FOLDER: join(state, "labs") };
  await checkHome("dev", session(other), devcloud);
  await noteHome("dev", session(other), devcloud);
  forgetHome("dev", devcloud);
  expect(readHome("dev", elsewhere)).toMatchObject({ cloud: "mine", project: { id: "project-1" } });
  await expect(checkHome("dev", session(other), elsewhere)).rejects.toThrow("nothing was done");
});
