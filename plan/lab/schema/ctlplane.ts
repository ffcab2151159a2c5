import { z } from "zod";
import { address, cidr, mtu, portSecurity, range } from "./values";

export const ctlplane = z
  .strictObject({
    cidr: cidr.default("192.0.2.0/24").describe("The provisioning subnet, /20 to /26."),
    gateway: address
      .optional()
      .describe("The nodes' default route, and the router's address. Default: the first host (192.0.2.1)."),
    pool: range
      .optional()
      .describe(
        "Neutron's allocation pool, for addresses that nobody planned. Default: .30 to .199 of a /24. Planned " +
          "addresses (nodes, undercloud, BMC, VIPs) lie outside, or Neutron may hand them out first.",
      ),
    dns: z.array(address).default(["8.8.8.8", "8.8.4.4"]).describe("DNS servers that DHCP names."),
    mtu: mtu
      .default(1400)
      .describe("MTU in bytes; DHCP tells it to the nodes. The cloud's own must not be smaller."),
    dhcpServer: z
      .enum(["cloud", "undercloud", "undercloud-ovn"])
      .optional()
      .describe(
        "Who answers the nodes' DHCP. `cloud`; `undercloud`: the undercloud alone, on any backend, with no DHCP on the " +
          "subnet and no port security on the undercloud's port; `undercloud-ovn`: the undercloud, on OVN alone, with port " +
          "security as it is and the cloud's DHCP for the undercloud and the BMC. Default: `cloud`, or `undercloud` where " +
          "`dhcp` is false.",
      ),
    dhcp: z
      .boolean()
      .optional()
      .describe(
        "Whether the subnet has the cloud's DHCP. Default: true, but for `dhcpServer` `undercloud`. Without it the " +
          "undercloud and the BMC configure themselves from their config drives.",
      ),
    routed: z.boolean().default(true).describe("Whether the router serves the ctlplane, at `gateway`."),
    portSecurity: portSecurity
      .default("unset")
      .describe(
        "`unset`: never send the attribute, as some clouds refuse it; `enabled`; `disabled`: no firewall and no " +
          "anti-spoofing on the whole network.",
      ),
    addressOwner: z
      .enum(["plan", "sync"])
      .default("plan")
      .describe(
        "Who owns the nodes' ctlplane addresses and address pairs: the `plan`, and `pulumi up` undoes any other's " +
          "change; or `npx ovb sync`, and Pulumi sets them only when it creates a port.",
      ),
    metadataRoute: z
      .boolean()
      .default(true)
      .describe("Host route 169.254.169.254/32 to the undercloud, and its leave to answer from there."),
  })
  .prefault({})
  .describe("The provisioning network.");
