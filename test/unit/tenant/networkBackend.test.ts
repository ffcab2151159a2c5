import { describe, expect, it } from "vitest";
import { backendOfExtensions, backendOfPorts } from "../../../tenant/networkBackend";

const port = (device_owner: string, device_id = "1") => ({ device_owner, device_id });

describe("what serves a tenant's networks", () => {
  it("shows in the ports that Neutron makes on them", () => {
    expect(backendOfPorts([])).toBeUndefined();
    expect(backendOfPorts([port("compute:nova"), port("network:router_interface")])).toBeUndefined();
    expect(backendOfPorts([port("network:distributed", "ovnmeta-1")])).toBe("ovn");
    expect(backendOfPorts([port("network:dhcp", "dhcp1-2")])).toBe("agents");
    expect(backendOfPorts([port("network:router_interface_distributed")])).toBe("agents");
  });

  it("an agent beside OVN serves machines, and OVN the rest", () => {
    expect(backendOfPorts([port("network:dhcp", "dhcp1-2"), port("network:distributed", "ovnmeta-2")])).toBe(
      "ovn",
    );
  });

  it("shows in the extensions where no port tells", () => {
    expect(backendOfExtensions(new Set(["router", "port-security"]))).toBeUndefined();
    expect(backendOfExtensions(new Set(["router", "enable-default-route-ecmp"]))).toBe("ovn");
    expect(backendOfExtensions(new Set(["router", "router-admin-state-down-before-update"]))).toBe("agents");
    expect(backendOfExtensions(new Set(["router", "dvr"]))).toBe("agents");
  });
});
