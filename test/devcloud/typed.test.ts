import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Clone, type Printed } from "../support/typed/clone";
import { typed } from "../support/typed/typed";

// Every command of README and docs, typed in a fresh clone on the lab that its `npm start` makes. In order: each test finds what
// the last one left. It has not yet been seen to pass as a whole (test/cloud/testRuns.ts); then it takes start.test.ts's place.

let clone: Clone;
beforeAll(() => {
  clone = new Clone();
});
afterAll(async () => {
  await clone.start("npm run devcloud -- down --all").ended;
  clone.remove();
});

function type(command: string, answers?: readonly [question: string, answer: string]): Promise<Printed> {
  return clone.type({ type: command, prints: [], answers });
}

test("npm start ends with a lab in which a node has fetched boot.ipxe and was deployed by Ironic", async () => {
  const { status, text } = await type("npm start");
  expect(text).toContain("a real OpenStack is started on this machine");
  expect(status, text).toBe(0);
  expect(text).toMatch(/node-0 has fetched boot\.ipxe/);
  expect(text).toMatch(/Ironic deployed Debian on node-0 in \d+ s, and it booted that/);
  expect(text).toMatch(/nodes\.json +\S+/);
  console.log(text.slice(text.lastIndexOf("Duration")));
});

test("what the devcloud runs is told where the iPXE images are", async () => {
  const print = "sh -c 'echo $OVB_IPXE_DISK && ls $OVB_IPXE_DISK $OVB_IPXE_ISO'";
  const { status, text } = await type(`npm run devcloud -- exec -- ${print}`);
  expect(status, text).toBe(0);
  expect(text).toMatch(/ipxe-disk-[0-9a-f]+\.qcow2\n/);
});

test.each(["npm start", "npm start -- --no-deploy"])("a second %s changes nothing", async (command) => {
  const { status, text } = await type(command);
  expect(status, text).toBe(0);
  expect(text).toMatch(/\d+ unchanged/);
  expect(text).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  expect(text).toContain("Ironic answers: node-0 active, node-1 manageable");
});

describe("README and docs, typed", () => {
  test.each(typed)("$type", async (entry) => {
    const { status, text } = await clone.type(entry);
    expect(status, text).toBe(entry.status ?? 0);
    for (const pattern of entry.prints) expect(text).toMatch(pattern);
    if (entry.leaves) expect(clone.read(entry.leaves[0])).toMatch(entry.leaves[1]);
  });
});

test("npm stop asks, destroys the lab, and can be repeated", async () => {
  const first = await type("npm stop", ["Go on?", "y\n"]);
  expect(first.text).toContain("Destroy the lab ovb-dev");
  expect(first.status, first.text).toBe(0);
  const servers = await type("npm run --silent devcloud -- exec --inside -- openstack server list -f value");
  expect(servers).toEqual({ status: 0, text: "" });
  const again = await type("npm stop -- --yes");
  expect(again.status, again.text).toBe(0);
  expect(again.text).toContain("there is no lab of the stack dev");
});

test("npm stop -- --all asks, and ends the devcloud", async () => {
  const { status, text } = await type("npm stop -- --all", ["Go on?", "y\n"]);
  expect(status, text).toBe(0);
  expect((await type("npm run devcloud -- status")).text).toContain("no cloud is there");
});
