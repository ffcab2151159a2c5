import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../../plan/config/parseConfig";
import { undercloudUserData } from "../../../../plan/guest/undercloudUserData";
import { planLab } from "../../../../plan/lab/planLab";

interface File {
  readonly path: string;
  readonly content: string;
}

/** What names something to a booting node: iPXE takes no notice of DHCP option 121, so a route of it is none for firmware. */
function bootFiles(kind: string): File[] {
  const plan = planLab(parseConfig({ undercloud: { kind } }, "qa"));
  const { write_files } = parse(undercloudUserData(plan)!) as { write_files: File[] };
  return write_files.filter(({ path }) => /\.ipxe$|ironic\.conf$/.test(path));
}

describe.each(["ironic", "boot-server"])("what an undercloud of kind %s has nodes fetch", (kind) => {
  it("is named by the ctlplane's address alone", () => {
    const files = bootFiles(kind);
    expect(files.map(({ path }) => path).filter((path) => path.endsWith("boot.ipxe"))).not.toEqual([]);
    for (const { path, content } of files) expect(content, path).not.toContain("169.254.");
    expect(files.some(({ content }) => content.includes("http://192.0.2.240:8088"))).toBe(true);
  });
});
