import { describe, expect, it } from "vitest";
import type { Port } from "../../../openstack/neutron";
import { parseConfig } from "../../../plan/config/parseConfig";
import { planLab } from "../../../plan/lab/planLab";
import { endangered, oldRouterInterface } from "../../../program/checkNetwork";

const plan = planLab(parseConfig({ undercloud: { vips: ["192.0.2.250"] } }, "dev"));
const port = (name: string, change: Partial<Port>): Port =>
  ({
    id: `id-of-${name}`,
    name,
    device_owner: "",
    fixed_ips: [],
    allowed_address_pairs: [],
    ...change,
  }) as Port;
const pair = (ip_address: string) => [{ ip_address, mac_address: "fa:16:3e:00:00:01" }];

describe("what is on the ctlplane before an update", () => {
  it("a planned address that another port has as a pair without /32 is refused, with the commands that mend it", () => {
    const [problem, ...more] = endangered(plan, [
      port("keepalived", { allowed_address_pairs: pair("192.0.2.10") }),
    ]);
    expect(more).toEqual([]);
    expect(problem).toMatch(/^ovb-dev-node-0-ctlplane has 192\.0\.2\.10, which the port keepalived has/);
    expect(problem).toContain("--allowed-address ip-address=192.0.2.10/32 id-of-keepalived");
  });

  it("a pair that is a CIDR, one that is nobody's planned address, and a port's own are none", () => {
    const ports = [
      port("a", { allowed_address_pairs: pair("192.0.2.10/32") }),
      // A VIP as version 0.1 wrote it: the update writes it anew.
      port("ovb-dev-undercloud-ctlplane", { allowed_address_pairs: pair("192.0.2.250") }),
      port("ovb-dev-node-0-ctlplane", { allowed_address_pairs: pair("192.0.2.10") }),
    ];
    expect(endangered(plan, ports)).toEqual([]);
  });

  it("the router of a lab of 0.1 holds the planned port's address: said with the way out", () => {
    const at = (ip_address: string) => [{ ip_address, subnet_id: "s" }];
    const router = { device_owner: "network:router_interface", device_id: "r" };
    const old = port("", { ...router, fixed_ips: at("192.0.2.1") });
    expect(oldRouterInterface(plan, [old])).toMatch(/`npx ovb up` takes it off first.*remove port r id-of-`/);
    const replicated = { ...old, device_owner: "network:ha_router_replicated_interface" };
    expect(oldRouterInterface(plan, [replicated])).toBe(oldRouterInterface(plan, [old]));
    const planned = port("ovb-dev-router-ctlplane", { ...router, fixed_ips: at("192.0.2.1") });
    expect(oldRouterInterface(plan, [planned])).toBeUndefined();
    expect(oldRouterInterface(plan, [port("", { ...router, fixed_ips: at("192.0.2.9") })])).toBeUndefined();
    const unrouted = planLab(parseConfig({ ctlplane: { routed: false } }, "dev"));
    expect(oldRouterInterface(unrouted, [old])).toBeUndefined();
  });
});
