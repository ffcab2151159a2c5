import { z } from "zod";
import { address, cidr, existingName, port, portOrNone, seconds } from "./values";
import { zone } from "./zones";

export const bmc = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether the lab has one."),
    flavor: existingName.default("m1.small").describe("Flavor."),
    image: existingName
      .default("debian-13")
      .describe("A cloud image with cloud-init: Debian, Ubuntu, CentOS Stream or Fedora."),
    availabilityZone: zone.optional().describe("Nova's zone. Default: `availabilityZones.servers`."),
    address: address.optional().describe("On the ctlplane. Default: .241 of a /24."),
    firstPort: port
      .default(6230)
      .describe("UDP port of the first node's IPMI; the others follow by their address. Mode `port`."),
    mode: z
      .enum(["port", "address", "nic"])
      .default("port")
      .describe(
        "Where the nodes' IPMI answers: `port`: on the BMC's address, a UDP port each; `address`: on an address each " +
          "of `addressBlock`, port 623; `nic`: the same with a NIC each (a new node replaces the BMC's VM).",
      ),
    addressBlock: cidr
      .optional()
      .describe(
        "Part of the ctlplane for modes `address` and `nic`, outside the pool. Default: .224/28 of a /24 (scaled).",
      ),
    username: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,16}$/, "must be 1 to 16 of A-Z a-z 0-9 _ . - as IPMI 2.0 takes 16 bytes")
      .default("admin")
      .describe("User of IPMI and Redfish; the program makes the password."),
    credential: z
      .strictObject({
        id: z.string().min(1, "must not be empty").describe("Its id."),
        secret: z
          .string()
          .min(16, "must have at least 16 characters: passwords are made of it")
          .describe("Its secret."),
      })
      .optional()
      .describe(
        "An application credential of yours for the BMC's agent, `secret` set with --secret. Default: the program " +
          "makes one.",
      ),
    accessRules: z
      .boolean()
      .default(true)
      .describe(
        "Whether the credential that the program makes is limited to the calls that the agent makes. Off for clouds " +
          "whose services refuse access rules.",
      ),
    faults: z
      .boolean()
      .default(false)
      .describe(
        "Whether faults may be wished for (`npx ovb fault`): a BMC that is silent, slow or wrong, a NIC unplugged. The " +
          "agent's credential may then change the project's ports.",
      ),
    readinessTimeout: seconds
      .default(900)
      .describe("Seconds that `pulumi up` waits for the BMC to answer for every node; 0: it does not wait."),
    redfish: z
      .strictObject({
        httpPort: portOrNone.default(0).describe("TCP port of plain HTTP; 0: none."),
        httpsPort: portOrNone
          .default(8443)
          .describe("TCP port of HTTPS, with a certificate of the VM's own; 0: none."),
      })
      .prefault({})
      .describe("Redfish, on the BMC's address, for all nodes."),
    nodePath: z
      .string()
      .startsWith("/", "must be an absolute path")
      .regex(/^[\w./-]+$/, "must be a path of letters, digits and . _ - /")
      .optional()
      .describe("Node.js on the BMC's image. Default: found on the PATH, else installed from its packages."),
  })
  .prefault({})
  .describe("The VM whose agent answers IPMI and Redfish for every node.");
