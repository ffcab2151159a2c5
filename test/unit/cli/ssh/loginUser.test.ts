import { describe, expect, it } from "vitest";
import { loginUser } from "../../../../cli/ssh/loginUser";

describe("whom to log in as", () => {
  it.each([
    ["ovb-undercloud", "debian"],
    ["debian-12-genericcloud", "debian"],
    ["Ubuntu 22.04 LTS", "ubuntu"],
    ["CentOS-Stream-GenericCloud-9", "cloud-user"],
    ["CentOS-7-x86_64", "centos"],
    ["centos-stream-8", "centos"],
    ["Rocky-9-GenericCloud", "rocky"],
    ["Fedora-Cloud-40", "fedora"],
    ["rhel-9.4", "cloud-user"],
    ["golden", undefined],
  ])("%s: %s", (name, user) => expect(loginUser(name)).toBe(user));

  it("is what Glance's properties say, before the name", () => {
    expect(loginUser("debian", { os_admin_user: "cloud" })).toBe("cloud");
    expect(loginUser("golden", { os_distro: "centos", os_version: "9" })).toBe("cloud-user");
    expect(loginUser("golden", { os_distro: "centos", os_version: "7" })).toBe("centos");
    expect(loginUser("debian", { os_admin_user: "-oProxyCommand=x" })).toBe("debian");
  });
});
