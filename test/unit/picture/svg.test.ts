import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planHtml, planSvg } from "../../../picture/views";
import type { LabPlan } from "../../../plan/lab/labPlan";
import { serversOf, shortName } from "../../../plan/lab/servers";
import { arbitraryConfig } from "../../support/arbitraryConfig";
import {
  change,
  changeOf,
  changeOfRacks,
  elements,
  labOf,
  labs,
  parseXml,
  type XmlElement,
} from "../../support/pictures";

/** Long names are broken into lines. */
const squeezed = (text: string) => text.replace(/\s+/g, "");
const seen = (text: string) => squeezed(text.replace(/\p{C}/gu, "?"));

const textOf = (root: XmlElement) =>
  squeezed(
    elements(root)
      .filter(({ name }) => name === "text")
      .map(({ text }) => `${text}\n`)
      .join(""),
  );

function expectWhole(lab: LabPlan, root: XmlElement): void {
  const text = textOf(root);
  for (const server of serversOf(lab)) {
    expect(text).toContain(seen(shortName(lab, server)));
    for (const { address, mac, allowedAddressPairs, dhcpOptions } of server.ports) {
      if (address) expect(text).toContain(address);
      if (mac) expect(text).toContain(mac);
      for (const pair of allowedAddressPairs) expect(text).toContain(pair.replace(/\/32$/, ""));
      for (const { name, value } of dhcpOptions) expect(text).toContain(seen(`DHCP ${name} ${value}`));
    }
  }
  for (const node of lab.nodes) if (node.ipmiAddress) expect(text).toContain(`udp${node.ipmiPort}`);
  for (const network of [lab.access, lab.ctlplane, ...lab.networks])
    expect(text).toContain(seen("subnet" in network ? network.subnet.cidr : network.name));
  expect(text).toContain(seen(lab.publicNetwork));
  if (lab.router) expect(text).toContain(seen(lab.router.name));
}

describe("the picture as SVG", () => {
  it("is well-formed and has every server, NIC, address, MAC, VIP, DHCP option and network of any lab", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryConfig, async (raw) => {
        const lab = labOf(raw);
        expectWhole(lab, parseXml(await planSvg(lab)));
      }),
      { numRuns: 20 },
    );
  });

  it.each(Object.entries(labs))(
    "has all of the lab of %s nodes, and asks for nothing from outside",
    async (_, lab) => {
      const text = await planSvg(lab);
      expectWhole(lab, parseXml(text));
      expect(text).not.toMatch(/\b(href|src)=|url\(|@import|<script|<foreignObject/i);
    },
  );

  it("is the same, byte for byte, each time", async () => {
    expect(await planSvg(labOf({}))).toBe(await planSvg(labOf({})));
    expect(await planSvg(changeOfRacks.after, {}, changeOfRacks.comparison)).toBe(
      await planSvg(changeOfRacks.after, {}, changeOfRacks.comparison),
    );
  });

  it("takes names for text, whatever they hold", async () => {
    const name = `</text><script>alert("1")</script>&amp;'\u0007\u202e]]>`;
    const lab = labOf({
      publicNetwork: name,
      access: { network: name },
      nodes: [{ flavor: name, dhcpOptions: { "domain-name": name } }],
    });
    const text = await planSvg(lab);
    const root = parseXml(text);
    expectWhole(lab, root);
    expect(elements(root).map((element) => element.name)).not.toContain("script");
    expect(text).not.toMatch(/[^\P{C}\n]/u);
  });

  it("says what a change does to each thing, by word and by colour", async () => {
    const root = parseXml(await planSvg(change.after, {}, change.comparison));
    const badge = (id: string) =>
      elements(elements(root).find(({ attributes }) => attributes.id === id)!)
        .filter(({ name }) => name === "text")
        .map(({ text }) => text.trim())
        .filter((text) => /^(created|changed|resized|replaced|deleted)$/.test(text));
    expect(badge("picture-server-ovb-dev-undercloud")).toEqual(["replaced"]);
    expect(badge("picture-server-ovb-dev-bmc")).toEqual([]);
    expect(badge("picture-server-ovb-dev-node-0")).toEqual(["resized"]);
    expect(badge("picture-server-ovb-dev-new-0")).toEqual(["created"]);
    expect(badge("picture-server-ovb-dev-old-0")).toEqual(["deleted"]);
    expect(badge("picture-net-storage")).toEqual(["created"]);
    expect(badge("picture-ctlplane")).toEqual([]);
    const text = textOf(root);
    expect(text).toContain("+VIP192.0.2.250");
    expect(text).toContain("~flavorbaremetal.largewasflavorbaremetal");
    expect(text).toContain("±replaced");
  });

  it("marks one node of a rack, and leaves the others alone", async () => {
    const root = parseXml(await planSvg(changeOfRacks.after, {}, changeOfRacks.comparison));
    const marked = elements(root)
      .filter(({ attributes }) => /\bcell\b/.test(attributes.class ?? ""))
      .map(({ within }) => within.find(({ name }) => name === "text")!.text.trim())
      .filter((text) => /^[^\w]/.test(text));
    expect(marked).toEqual(["\u2212 compute-3", "+ compute-17"]);
  });

  it("has no legend of marks where nothing is compared, and says so where nothing changes", async () => {
    expect(textOf(parseXml(await planSvg(labs.two)))).not.toContain("±replaced");
    const same = changeOf(labs.two, labs.two);
    const text = await planSvg(same.after, {}, same.comparison);
    expect(text).toContain("Lab ovb-dev: nothing changes");
    expect(text).not.toMatch(
      /class="[fs]-(created|changed|replaced|deleted)" (x|fill="none")[^>]*stroke-width="3"/,
    );
  });

  it("holds no secret, nor does the page", async () => {
    const secretive = (secret: string) =>
      labOf({
        undercloud: { kind: "custom", image: "i", userData: `#!/bin/sh\n# ${secret}` },
        bmc: { credential: { id: "app-id", secret: `${secret}-${secret}` } },
        images: {
          disk: {
            source: "url",
            url: `https://me:${secret}@mirror.example/ipxe.qcow2?token=${secret}`,
            format: "qcow2",
          },
        },
      });
    const lab = secretive("hunter22");
    for (const before of [undefined, secretive("hunter23"), labs.two]) {
      const { comparison } = changeOf(before, lab);
      for (const view of [planSvg, planHtml])
        for (const text of [await view(lab, {}), await view(lab, {}, comparison)])
          expect(text).not.toMatch(/hunter2|app-id/);
    }
  });
});
