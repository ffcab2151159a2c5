import { describe, expect, it } from "vitest";
import type { Image } from "../../../../openstack/glance";
import { systemsOf } from "../../../../tenant/offer/images";
import { imageCalled } from "../../../support/memoryCloud/cloud";

const image = (name: string, fields: object = {}) =>
  ({ ...imageCalled(name), ...fields }) as unknown as Image;
const labels = (...images: Image[]) => systemsOf(images).map(({ label }) => label);

describe("systemsOf", () => {
  it.each([
    ["Debian 13 (trixie)", "Debian 13"],
    ["debian-12-generic-amd64-20260112-1", "Debian 12"],
    ["Debian Bookworm", "Debian 12"],
    ["debian_13_x86_64", "Debian 13"],
    ["Ubuntu 24.04 LTS Noble", "Ubuntu 24.04"],
    ["ubuntu-22.04-server", "Ubuntu 22.04"],
    ["jammy-server-cloudimg-amd64", "Ubuntu 22.04"],
    ["CentOS-Stream-9", "CentOS Stream 9"],
    ["Fedora-Cloud-42", "Fedora 42"],
    ["my debian", "Debian"],
  ])("knows %s as %s", (name, label) => {
    expect(labels(image(name))).toEqual([label]);
  });

  it("believes Glance's properties before a name", () => {
    expect(labels(image("golden", { os_distro: "debian", os_version: "13.1" }))).toEqual(["Debian 13"]);
  });

  it.each([
    ["a system that the guests' scripts do not know", image("cirros-0.6.2")],
    ["an old one", image("debian-10")],
    ["another architecture", image("debian-13", { architecture: "aarch64" })],
    ["one without data", image("debian-13", { status: "queued" })],
    ["an installer", image("debian-13.iso", { disk_format: "iso" })],
    ["a lab's own", image("debian-13", { tags: ["ovb", "ovb:lab=x"] })],
  ])("leaves out %s", (_, one) => {
    expect(labels(one)).toEqual([]);
  });

  it("puts first what brings Ironic, then Debian's newest; snapshots and guesses last", () => {
    const snapshot = image("debian-13-mine", { image_type: "snapshot" });
    const all = [snapshot, image("debian"), image("ubuntu-24.04"), image("debian-12"), image("debian-13")];
    expect(systemsOf([...all, image("ovb-undercloud")]).map((one) => one.image.name)).toEqual([
      ...["ovb-undercloud", "debian-13", "debian-12", "ubuntu-24.04", "debian", "debian-13-mine"],
    ]);
  });
});
