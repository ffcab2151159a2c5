import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labFolder } from "../../cli/stack/environment";
import { createImage, deleteImage } from "../../openstack/glance";
import { createApplicationCredential, deleteApplicationCredential } from "../../openstack/keystone";
import { type Collection, deleteNetworking, listNetworking, setTags } from "../../openstack/neutron";
import { killUp } from "./killUp";
import { inventory, session } from "./tenant";
import { project, type Ran, run, succeeded, TestLab } from "./testLab";

const name = "sw-killed";
const mark = `ovb:lab=${name}`;
const lab = new TestLab(name, { lab: name, nodes: [{ count: 1 }], bmc: { readinessTimeout: 0 } });

/** 20 give the figure of docs/operate.md. */
const kills = Number(process.env.OVB_KILLS ?? 3);

const undo: (() => Promise<unknown>)[] = [];
let before: Awaited<ReturnType<typeof inventory>>;

async function create(
  collection: Collection,
  fields: Record<string, unknown>,
  tags: readonly string[] = [],
): Promise<string> {
  const kind = collection.replace("-", "_").replace(/s$/, "");
  const answer = await session.request<Record<string, { id: string }>>("network", "POST", `/${collection}`, {
    json: { [kind]: fields },
  });
  const { id } = answer[kind]!;
  undo.unshift(() => deleteNetworking(session, collection, id));
  if (tags.length > 0) await setTags(session, collection, id, tags);
  return id;
}

function sweep(...args: string[]): Promise<Ran> {
  return run(process.execPath, command(...args));
}

function command(...args: string[]): string[] {
  return [`${project}/cli/ovb.mjs`, "sweep", ...args];
}

/** Everything that looks like the lab's and is not. */
beforeAll(async () => {
  const untagged = await create("networks", { name: `${name}-ctlplane` });
  await create("subnets", {
    ...{ name: `${name}-ctlplane`, network_id: untagged, cidr: "10.9.0.0/24", ip_version: 4 },
    enable_dhcp: false, // or a port of the DHCP server's turns up in the midst of the test
  });
  await create("ports", { name: `${name}-node-0-ctlplane`, network_id: untagged });
  await create("networks", { name: `${name}-access`, description: mark }, ["somebody"]);
  await create("networks", { name: "other-ctlplane", description: "ovb:lab=sw-other" }, [
    "ovb",
    "ovb:lab=sw-other",
  ]);
  await create("networks", { name: "unrelated", description: mark });
  await create("networks", { name: `${name}-only-half-a-tag` }, [mark]);
  await create("networks", { name: `${name}2-ctlplane`, description: `${mark}2` }, ["ovb", `${mark}2`]);
  await create("routers", { name: `${name}-router` }, ["ovb"]);
  await create("security-groups", { name: `${name}-access`, description: "ours" });
  const [external] = await listNetworking(session, "networks", { "router:external": true });
  await create("floatingips", { floating_network_id: external!.id, description: `${name}-undercloud` });
  const image = { name: `${name}-ipxe-disk`, disk_format: "raw", container_format: "bare" } as const;
  const { id } = await createImage(session, { ...image, tags: ["ovb:lab=sw-other"] });
  undo.unshift(() => deleteImage(session, id));
  const credential = await createApplicationCredential(session, {
    name: `${name}-bmc-mine`,
    description: "mine",
  });
  undo.unshift(() => deleteApplicationCredential(session, credential.id));
  before = await inventory();
});

afterAll(async () => {
  await sweep("--lab", name, "--yes");
  for (const one of undo) await one();
  lab.remove();
  rmSync(labFolder(name), { recursive: true, force: true });
});

test("without a condition, or without somebody to ask, it says what is missing and does nothing", async () => {
  expect(await sweep("--yes")).toMatchObject({ status: 2, stderr: expect.stringContaining("--older-than") });
  expect(await sweep("--lab", name)).toMatchObject({ status: 2, stderr: expect.stringContaining("--yes") });
  expect(await sweep("--older-than", "soon")).toMatchObject({ status: 2 });
});

test(`${kills} ups, killed at random moments, their state lost: sweep leaves nothing of them, and everything else`, async () => {
  for (let round = 1; round <= kills; round++) {
    // Each resource of the lab is announced twice, "creating" and "created"; the delay falls between two of those.
    const line = 1 + Math.floor(Math.random() * 50);
    const delay = Math.floor(Math.random() * 3000);
    const said = (text: string) => (text.match(/ (creating|created)/g) ?? []).length >= line;
    const killed = await killUp(lab, said, delay);
    rmSync(labFolder(name), { recursive: true, force: true }); // the state, the passphrase, everything
    const began = performance.now();
    const { stdout } = succeeded(await sweep("--lab", name, "--yes", "--format", "json"));
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const { labs } = JSON.parse(stdout) as {
      labs: { resources: { knownBy: string; removed: boolean; kind: string }[] }[];
    };
    const found = labs.flatMap(({ resources }) => resources);
    const untagged = found
      .filter(({ knownBy }) => knownBy !== "tag")
      .map(({ kind, knownBy }) => `${kind} by ${knownBy}`);
    console.log(
      `${round}: ${killed ? `killed ${delay} ms after line ${line}` : `ended before line ${line}`}; ` +
        `${found.length} resources swept in ${seconds} s; not by tag: ${untagged.join(", ") || "none"}`,
    );
    expect(found.every(({ removed }) => removed)).toBe(true);
    expect(await inventory()).toEqual(before);
  }
}, 3_600_000);

test("an interrupted sweep stops, says so, and the next one goes on", async () => {
  const groups = Array.from({ length: 40 }, (_, i) =>
    create("security-groups", { name: `${name}-${i}`, description: mark }, ["ovb", mark]),
  );
  await Promise.all(groups);
  const interrupted = spawn(process.execPath, command("--lab", name, "--yes"), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  interrupted.stderr.on("data", (chunk: Buffer) => {
    if (!said.includes("1/40") && `${said}${chunk}`.includes("1/40")) interrupted.kill("SIGINT");
    said += chunk;
  });
  expect(await new Promise((resolve) => interrupted.on("close", resolve))).toBe(1);
  expect(said).toMatch(/Interrupted\. Run the command again/);
  const left = (await listNetworking(session, "security-groups", { description: mark })).length;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(40);
  succeeded(await sweep("--lab", name, "--yes"));
  expect(await inventory()).toEqual(before);
});

test("a stranger on the lab's network keeps that, and is named", async () => {
  const network = await create("networks", { name: `${name}-ctlplane`, description: mark });
  const group = await create("security-groups", { name: `${name}-ctlplane`, description: `x (${mark})` }, [
    "ovb",
    mark,
  ]);
  const stranger = await create("ports", { name: "stranger", network_id: network });
  const refused = await sweep("--lab", name, "--yes");
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("the port stranger is on it") });
  expect((await listNetworking(session, "networks", { id: network })).length).toBe(1);
  expect((await listNetworking(session, "ports", { id: stranger })).length).toBe(1);
  expect((await listNetworking(session, "security-groups", { id: group })).length).toBe(0);
  await deleteNetworking(session, "ports", stranger);
  succeeded(await sweep("--lab", name, "--yes"));
  expect(await inventory()).toEqual(before);
});

test("age and expiry choose labs", async () => {
  const lasts = ["ovb", mark, "ovb:expires=5h"];
  const network = await create("networks", { name: `${name}-ctlplane` }, lasts);
  const dry = async (...args: string[]) =>
    (
      JSON.parse(succeeded(await sweep("--dry-run", "--format", "json", ...args)).stdout) as {
        labs: { lab: string }[];
      }
    ).labs.map((one) => one.lab);
  expect(await dry()).toEqual(expect.arrayContaining([name, `${name}2`, "sw-other"]));
  expect(await dry("--older-than", "5h")).not.toContain(name);
  expect(await dry("--expired")).toEqual([]);
  await expect
    .poll(() => dry("--older-than", "1m", "--lab", name), { timeout: 600_000, interval: 5000 })
    .toEqual([name]);
  await setTags(session, "networks", network, ["ovb", mark, "ovb:expires=1m"]);
  expect(await dry("--expired")).toEqual([name]);
  succeeded(await sweep("--expired", "--yes"));
  expect((await listNetworking(session, "networks", { id: network })).length).toBe(0);
  expect(await inventory()).toEqual(before);
});
