import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkHome, forgetHome, noteHome, readHomes, refuseDevcloud } from "../../../../cli/stack/home";
import { Session } from "../../../../openstack/session";
import { FakeCloud } from "../../../support/fakeOpenstack";

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

test("a devcloud is noted beside a tenant; without one, a devcloud is not taken for the tenant", async () => {
  await noteHome("org/ovb/dev", session(one), env);
  expect(() => refuseDevcloud("org/ovb/dev", env)).toThrow(/has its lab on mine.*Set OS_CLOUD=mine/);
  await noteHome("org/ovb/dev", session(one), { ...env, OVB_DEVCLOUD: "devcloud" });
  expect(readHomes("org/ovb/dev", env)).toMatchObject({ devcloud: "devcloud", tenant: { cloud: "mine" } });
  refuseDevcloud("org/ovb/dev", env);
  forgetHome("org/ovb/dev", { ...env, OVB_DEVCLOUD: "devcloud" });
  expect(readHomes("org/ovb/dev", env).devcloud).toBeUndefined();
  expect(statSync(join(state, "ovb", "clouds", "org%2Fovb%2Fdev.json")).mode & 0o777).toBe(0o600);
});

test("what is noted of another backend or another devcloud stays, whatever is noted or forgotten here", async () => {
  const elsewhere = { ...env, PULUMI_BACKEND_URL: "file:///a" };
  await noteHome("dev", session(one), elsewhere);
  await noteHome("dev", session(one), { ...env, OVB_DEVCLOUD: "first" });
  forgetHome("dev", { ...env, OVB_DEVCLOUD: "second" });
  forgetHome("dev", env);
  expect(readHomes("dev", elsewhere)).toMatchObject({ devcloud: "first", tenant: { cloud: "mine" } });
  forgetHome("dev", { ...env, OVB_DEVCLOUD: "first" });
  expect(readHomes("dev", elsewhere).devcloud).toBeUndefined();
  await expect(checkHome("dev", session(other), elsewhere)).rejects.toThrow("nothing was done");
});
