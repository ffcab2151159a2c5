import { RunError } from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import { lookUp } from "../../../program/lookUp";
import { record } from "../../support/recorder";

type Answer = (inputs: Record<string, unknown>) => Record<string, unknown>;

/** A cloud that has everything; ids tell what was asked. */
const cloud: Record<string, Answer> = {
  "openstack:networking/getNetwork:getNetwork": ({ name }) => ({ id: `network ${name}`, name }),
  "openstack:networking/getRouter:getRouter": ({ name }) => ({ id: `router ${name}`, name }),
  "openstack:images/getImage:getImage": ({ name }) => ({ id: `image ${name}`, name }),
  "openstack:compute/getFlavor:getFlavor": ({ name }) => ({
    id: `flavor ${name}`,
    vcpus: 2,
    ram: 4096,
    disk: 20,
  }),
};

function lookUpFor(raw: Record<string, unknown>, answers: Record<string, Answer> = {}) {
  const config = parseConfig(raw, "dev");
  return record(() => lookUp(planLab(config), config), { ...cloud, ...answers });
}

/** What the provider says, in the engine's wrapping (seen with Pulumi 3.246 and providers 3.15.2 and 5.5.1). */
function refusal(token: string, words: string): Answer {
  const details = `invocation of ${token} returned an error: invoking ${token}: 1 error occurred:\n\t* ${words}\n\n`;
  return () => {
    throw Object.assign(new Error(details), { details }); // the engine's errors come over gRPC
  };
}

test("each name is asked for once, whoever needs it", async () => {
  const { result, calls } = await lookUpFor({ nodes: [{ name: "a" }, { name: "b", flavor: "m1.small" }] });
  expect(calls).toHaveLength(6);
  expect(calls.map(({ token, inputs }) => ({ token, inputs }))).toEqual(
    expect.arrayContaining([
      { token: "openstack:networking/getNetwork:getNetwork", inputs: { name: "public", external: true } },
      { token: "openstack:compute/getFlavor:getFlavor", inputs: { name: "m1.small" } },
      { token: "openstack:compute/getFlavor:getFlavor", inputs: { name: "undercloud" } },
      { token: "openstack:images/getImage:getImage", inputs: { name: "debian-13" } },
      { token: "openstack:images/getImage:getImage", inputs: { name: "ovb-undercloud" } },
      { token: "openstack:compute/getFlavor:getFlavor", inputs: { name: "baremetal" } },
    ]),
  );
  const size = { vcpus: 2, ram: 4096, disk: 20 };
  expect(result).toEqual({
    networks: { public: "network public" },
    publicNetwork: "public",
    routers: {},
    images: { "debian-13": "image debian-13", "ovb-undercloud": "image ovb-undercloud" },
    flavors: {
      "m1.small": "flavor m1.small",
      undercloud: "flavor undercloud",
      baremetal: "flavor baremetal",
    },
    flavorSizes: { "m1.small": size, undercloud: size, baremetal: size },
  });
});

test("all that a lab may refer to by name", async () => {
  const { result } = await lookUpFor({
    access: { network: "private", router: "router" },
    networks: [{ name: "store", network: "storage" }],
    nodes: [{ networks: ["store"], image: "own-ipxe" }],
    images: { disk: { source: "existing", name: "ipxe" }, iso: { source: "existing", name: "ipxe.iso" } },
  });
  expect(result.networks).toEqual({
    public: "network public",
    private: "network private",
    storage: "network storage",
  });
  expect(result.routers).toEqual({ router: "router router" });
  expect(Object.keys(result.images).sort()).toEqual([
    "debian-13",
    "ipxe",
    "ipxe.iso",
    "ovb-undercloud",
    "own-ipxe",
  ]);
});

test("an id stands where a name may: of flavors any text, of the others a UUID", async () => {
  const [external, network, router, image] = [1, 2, 3, 4].map(
    (i) => `0000000${i}-1111-2222-3333-444444444444`,
  );
  const token = "openstack:compute/getFlavor:getFlavor";
  const none = refusal(token, "Your query returned no results.");
  const { result, calls } = await lookUpFor(
    {
      ...{ publicNetwork: external, access: { network, router } },
      ...{ undercloud: { kind: "boot-server", image, flavor: "42" }, bmc: { enabled: false } },
    },
    {
      "openstack:networking/getNetwork:getNetwork": ({ networkId }) => ({
        id: networkId,
        name: `name of ${networkId}`,
      }),
      "openstack:networking/getRouter:getRouter": ({ routerId }) => ({ id: routerId }),
      [token]: (inputs) =>
        inputs.name === "42" ? none(inputs) : { id: inputs.flavorId ?? `flavor ${inputs.name}` },
    },
  );
  expect(result).toMatchObject({
    networks: { [external!]: external, [network!]: network },
    publicNetwork: `name of ${external}`,
    routers: { [router!]: router },
    images: { [image!]: image },
    flavors: { "42": "42", baremetal: "flavor baremetal" },
  });
  expect(calls.map(({ inputs }) => inputs)).toContainEqual({ networkId: external, external: true });
});

test("nothing is asked of the cloud that the lab does not need", async () => {
  const { calls } = await lookUpFor({
    access: { network: "private", router: "router" },
    undercloud: { kind: "boot-server", floatingIp: false },
    bmc: { enabled: false, flavor: "unused" },
    nodes: [{ name: "none", count: 0, flavor: "unused" }],
  });
  const names = calls.map(({ inputs }) => inputs.name);
  expect(names.sort()).toEqual(["debian-13", "m1.small", "private", "router"]);
});

test("everything that is missing comes out at once, each with its key and the way out", async () => {
  const failed = lookUpFor(
    { undercloud: { kind: "boot-server" }, nodes: [{ name: "a" }, { name: "b" }] },
    {
      "openstack:compute/getFlavor:getFlavor": refusal(
        "openstack:compute/getFlavor:getFlavor",
        "Your query returned no results. Please change your search criteria and try again.",
      ),
      "openstack:images/getImage:getImage": refusal(
        "openstack:images/getImage:getImage",
        "Your query returned more than one result. Please try a more specific search criteria, or set `most_recent` attribute to true.",
      ),
    },
  );
  await expect(failed).rejects.toThrow(RunError);
  await expect(failed).rejects.toThrow(
    [
      "The cloud cannot give this lab what it needs; nothing was created:",
      "  - ovb:undercloud.flavor, ovb:bmc.flavor 'm1.small': this cloud has no such flavor, or does not show it to you. `openstack flavor list` shows what there is.",
      "  - ovb:undercloud.image, ovb:bmc.image 'debian-13': more than one image has this name, see `openstack image list`. Give the id of the one that you mean, or use another.",
      "  - ovb:nodes[0].flavor, ovb:nodes[1].flavor 'baremetal': this cloud has no such flavor, or does not show it to you. `openstack flavor list` shows what there is.",
    ].join("\n"),
  );
});

test("an API that nobody can reach is one sentence, not one for each look-up", async () => {
  const clients = ["networking", "networking", "image", "compute"];
  const failed = lookUpFor(
    {},
    Object.fromEntries(
      Object.keys(cloud).map((token, i) => [
        token,
        refusal(token, `Error creating OpenStack ${clients[i]} client: Authentication failed`),
      ]),
    ),
  );
  const message = await failed.then(
    () => "",
    (error: Error) => error.message,
  );
  expect(message.split("\n")).toHaveLength(2);
  expect(message).toContain("  - Authentication failed. Is the API reachable");
});
