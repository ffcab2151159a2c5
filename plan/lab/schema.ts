import { z } from "zod";
import { parseDuration, parseTime } from "./expiry";
import { isAddress, parseCidr } from "./ipv4";

/*
 * The stack's configuration, key by key. Each key has a default, so `pulumi up` works on a cloud that has the
 * images and flavors named here; what a value must be is said where it is declared, what only makes sense
 * together is in config/checkConfig.ts. The descriptions are the documentation: docs/configuration.md is made of them.
 */

const address = z.string().refine(isAddress, "must be an IPv4 address such as 192.0.2.240");

const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an IPv4 network such as 192.0.2.0/24, no host bits set",
  );

const addressOrCidr = z
  .string()
  .refine(
    (text) => isAddress(text) || parseCidr(text) !== undefined,
    "must be an IPv4 address or network, such as 192.0.2.250 or 192.0.2.200/29",
  );

/** A DNS label, because server names become host names; 30 and 20 keep LAB-GROUP-N within the label's 63. */
const label = (longest: number) =>
  z
    .string()
    .max(longest, `must have at most ${longest} characters`)
    .regex(
      /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
      "must be lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    );

/** Names of things that exist on the cloud: what Nova and Neutron take (255 characters, no blank at the ends). */
const existingName = z
  .string()
  .min(1, "must not be empty")
  .max(255, "must have at most 255 characters, as Nova and Neutron do")
  .refine((text) => text === text.trim(), "must not begin or end with a blank: Nova refuses such a name");

/** Nova's limit is 60 characters, and it refuses commas and slashes; Neutron's is 255. */
const tag = z
  .string()
  .regex(/^[^,/\s][^,/]{0,59}$/, "must have 1 to 60 characters, no comma and no slash, as Nova's server tags")
  .refine((text) => !text.startsWith("ovb:"), "must not begin with ovb: which is for the lab's own tags");

const port = z
  .number()
  .int("must be a whole number")
  .min(1, "must be 1 to 65535")
  .max(65535, "must be 1 to 65535");

/** 1280: below it iPXE and TFTP suffer and IPv6 ends; 9216: the largest jumbo frame of common switches. */
const mtu = z
  .number()
  .int("must be a whole number of bytes")
  .min(1280, "must be 1280 to 9216 bytes")
  .max(9216, "must be 1280 to 9216 bytes");

/** Seconds. A day: what takes longer is a fault that nobody waits for. */
const seconds = z
  .number()
  .int("must be a whole number of seconds")
  .min(0, "must be 0 or more")
  .max(86_400, "must be at most 86400");

const portOrNone = z
  .number()
  .int("must be a whole number")
  .min(0, "must be 1 to 65535, or 0 for none")
  .max(65535, "must be 1 to 65535, or 0 for none");
const download = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .describe("Where the undercloud fetches it."),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits")
    .describe("Of the file."),
});

const range = z.strictObject({ start: address, end: address });

const portSecurity = z.enum(["unset", "enabled", "disabled"]);
const bootScript = z.enum(["boot.ipxe", "inspector.ipxe"]);
const firmware = z.enum(["bios", "uefi"]);
const bootStrategy = z.enum(["rescue", "rebuild", "disk"]);
const imageFormat = z.enum(["qcow2", "raw", "iso"]);
const limit = z.number().int("must be a whole number").min(0, "must be 0 or more");

const sshKey = z
  .string()
  .regex(/^(ssh-|ecdsa-|sk-)\S+ \S+/, 'must be a public key line such as "ssh-ed25519 AAAA... name"');

const image = (defaultSource: "build", nameHint: string) =>
  z.strictObject({
    source: z
      .enum(["build", "existing", "file", "url", "none"])
      .default(defaultSource)
      .describe(
        "`build`: made here from iPXE and syslinux and uploaded; `existing`: an image of the cloud, by `name`; " +
          "`file`, `url`: uploaded from there; `none`: leave it out (ISO only).",
      ),
    name: existingName
      .optional()
      .describe(`Name in Glance. Default: LAB-${nameHint}. Required for \`existing\`.`),
    path: z.string().min(1).optional().describe("The local file, for `file`."),
    url: z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .optional()
      .describe("For `url`."),
    format: imageFormat
      .optional()
      .describe("What the file really is, for `file` and `url`: Nova refuses a wrong one."),
    firmware: firmware
      .default("bios")
      .describe("Firmware of the nodes: sets the image's firmware properties."),
  });

const group = z.strictObject({
  name: label(20).default("node").describe("Nodes are called LAB-NAME-0, LAB-NAME-1, ..."),
  count: z
    .number()
    .int("must be a whole number")
    .min(0, "must be 0 or more")
    .max(1000, "must be at most 1000")
    .default(2)
    .describe("How many nodes."),
  without: z
    .array(z.number().int("must be a node's index").min(0, "must be a node's index, 0 or more"))
    .default([])
    .describe("Indices left out, so that any node can be removed without a change to the others."),
  flavor: existingName.default("baremetal").describe("Flavor of the nodes."),
  image: existingName
    .optional()
    .describe(
      "An image of the cloud instead of the lab's iPXE disk image, by name: it must network-boot by itself.",
    ),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "must be letters, digits, dots, hyphens and underscores")
    .optional()
    .describe(
      "What the nodes are to become, such as TripleO's `control` and `compute`: the inventories say it as the " +
        "capability `profile`.",
    ),
  firstAddress: address
    .optional()
    .describe(
      "ctlplane address of node 0; node N has the Nth after it. Default: offset 10 of a /24 (scaled for other " +
        "sizes), 8 further for each group before this one.",
    ),
  bootScript: bootScript
    .optional()
    .describe("What the group's nodes fetch. Default: the lab's `bootScript`."),
  bootScripts: z
    .record(z.string(), bootScript)
    .default({})
    .describe("The same for single nodes, by GROUP-INDEX: `node-1: inspector.ipxe`."),
  bootStrategy: bootStrategy
    .default("rescue")
    .describe(
      "How the BMC network-boots a node whose disk boots something else: `rescue` from the lab's ISO, and the disk " +
        "is kept; `rebuild` writes iPXE over the disk; `disk`: it does not, the disk boots.",
    ),
  rebuildForInspection: z
    .boolean()
    .default(false)
    .describe("Whether `rebuild` may wipe a deployed disk for `inspector.ipxe` as well."),
  networks: z
    .array(z.string())
    .default([])
    .describe(
      "Names of `networks` that each node of the group gets a NIC on, in this order, after the ctlplane's.",
    ),
  dhcpOptions: z
    .record(
      z.string().min(1, "needs a name").max(64, "must have a name of at most 64 characters, Neutron's limit"),
      z.string().min(1, "must not be empty").max(255, "must have at most 255 characters, Neutron's limit"),
    )
    .default({})
    .describe(
      "More DHCP options of the nodes' ctlplane ports, by Neutron's names; they win over the planned.",
    ),
  vips: z
    .array(addressOrCidr)
    .default([])
    .describe(
      "Addresses that the group's nodes may hold beside their own (allowed address pairs of their ports).",
    ),
});

const extraNetwork = z.strictObject({
  name: label(20)
    .default("extra")
    .describe("The key that node groups refer to; the network is called LAB-NAME."),
  network: existingName
    .optional()
    .describe("Use this network of the cloud, by name, instead of creating one."),
  cidr: cidr.default("198.51.100.0/24").describe("Subnet of a created network. No gateway."),
  mtu: mtu.optional().describe("MTU in bytes. Default: the cloud's."),
  dhcp: z.boolean().default(true).describe("Whether the cloud serves DHCP there."),
  portSecurity: portSecurity.default("unset").describe("As `ctlplane.portSecurity`."),
});

export const configSchema = z.strictObject({
  lab: label(30)
    .optional()
    .describe("Prefix of every name and the lab's tag. Two labs of a tenant need two. Default: ovb-STACK."),
  tags: z.array(tag).default([]).describe("More tags for everything that takes tags."),
  expires: z
    .string()
    .refine(
      (text) => parseDuration(text) !== undefined || parseTime(text) !== undefined,
      "must be a duration such as 30m, 8h, 2d or 1w, or a time with its zone such as 2026-11-22T08:00Z",
    )
    .optional()
    .describe(
      "When `ovb sweep --expired` may remove the lab: so long after anything of it was last made (`8h`, `2d`), or a " +
        "time (`2026-11-22T08:00Z`). A tag of everything; nothing happens by itself.",
    ),
  publicNetwork: existingName
    .default("public")
    .describe("The external network: floating IPs, router gateway."),
  bootScript: bootScript
    .default("boot.ipxe")
    .describe("What nodes fetch from the undercloud: `boot.ipxe` to deploy, `inspector.ipxe` to inspect."),
  macPrefix: z
    .string()
    .regex(
      /^[0-9a-f][02468ace](:[0-9a-f]{2}){2}$/,
      "must be three lower-case octets such as 20:57:f8, the first one even (unicast)",
    )
    .refine((text) => !text.startsWith("fa:"), "must not begin with fa: the Ironic agent ignores such NICs")
    .default("20:57:f8")
    .describe("First half of the planned MACs. Not `fa:..`: the Ironic agent ignores those since 2026."),
  access: z
    .strictObject({
      network: existingName
        .optional()
        .describe("Use this network of the cloud, by name, for the outer NICs instead of creating one."),
      router: existingName
        .optional()
        .describe("Use this router of the cloud, by name, instead of creating one."),
      cidr: cidr.default("203.0.113.0/24").describe("Subnet of the created network."),
      dns: z.array(address).default([]).describe("DNS servers of the created network."),
      allowFrom: z
        .array(cidr)
        .default(["0.0.0.0/0"])
        .describe("Who may reach SSH and ping on the outer NICs."),
    })
    .prefault({})
    .describe("The network of the undercloud's and the BMC's outer NICs."),
  ctlplane: z
    .strictObject({
      cidr: cidr.default("192.0.2.0/24").describe("The provisioning subnet, /20 to /26."),
      gateway: address.optional().describe("Default: the first host (192.0.2.1)."),
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
      dhcp: z
        .boolean()
        .default(true)
        .describe(
          "Whether the cloud's DHCP serves the nodes. Off only with port security disabled and `routed` false: the " +
            "undercloud and the BMC then configure themselves from their config drives, and the undercloud serves DHCP.",
        ),
      routed: z
        .boolean()
        .default(true)
        .describe("Whether the router serves the ctlplane (its gateway address)."),
      portSecurity: portSecurity
        .default("unset")
        .describe(
          "`unset`: never send the attribute, as some clouds refuse it; `enabled`; `disabled`: no firewall and no " +
            "anti-spoofing, so the undercloud's own DHCP may serve.",
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
    .describe("The provisioning network."),
  networks: z
    .array(extraNetwork)
    .default([])
    .describe("Networks beside the ctlplane, for nodes with more NICs."),
  undercloud: z
    .strictObject({
      kind: z
        .enum(["ironic", "boot-server", "custom", "none"])
        .default("ironic")
        .describe(
          "`ironic`: a standalone Ironic, see docs/ironic.md; `boot-server`: serves boot.ipxe and inspector.ipxe and no more; `custom`: your own image and user data " +
            "(TripleO, Metal3, Bifrost, MAAS, ...), with files in /etc/ovb that say what the lab is; `none`: no VM, one " +
            "elsewhere, at `address`.",
        ),
      flavor: existingName
        .optional()
        .describe(
          "Flavor. Default: `undercloud` (1 GiB of memory, 8 of disk) for `ironic`, else `m1.small`.",
        ),
      image: existingName
        .optional()
        .describe(
          "A cloud image with cloud-init and Python 3. Default: `ovb-undercloud`, which has Ironic, for `ironic`, else `debian-12`.",
        ),
      address: address
        .optional()
        .describe("On the ctlplane. Default: .240 of a /24. Required for `none`, where it may be anywhere."),
      userData: z
        .string()
        .min(1, "must not be empty")
        .optional()
        .describe("For `custom`: text for cloud-init (#cloud-config, a #! script, ...). Kept as a secret."),
      userDataFile: z
        .string()
        .min(1, "must not be empty")
        .optional()
        .describe("The same from a file, relative to the project's folder."),
      ironic: z
        .strictObject({
          username: z
            .string()
            .regex(/^[A-Za-z0-9_.-]{1,32}$/, "must be 1 to 32 of A-Z a-z 0-9 _ . -")
            .default("admin")
            .describe("User of Ironic's API."),
          password: z
            .string()
            .regex(
              /^[\x21-\x7e]{12,72}$/,
              "must be 12 to 72 printable characters, no blank (bcrypt takes 72 bytes)",
            )
            .optional()
            .describe(
              "Its password, set with --secret. Default: the program makes one; required without a BMC.",
            ),
          kernel: download
            .optional()
            .describe("Kernel of Ironic's agent (IPA). Default: what the undercloud's image has."),
          ramdisk: download.optional().describe("Its RAM disk. Default: what the undercloud's image has."),
          automatedClean: z
            .boolean()
            .default(false)
            .describe("Whether nodes are cleaned before they become available and after each deployment."),
          enroll: z
            .boolean()
            .default(true)
            .describe("Whether `npx ovb up` enrols the nodes; `npx ovb enroll` does it by hand."),
        })
        .prefault({})
        .describe("For `ironic`."),
      dhcpRange: range
        .optional()
        .describe(
          "For `custom` and `none`: what the undercloud gives to deployed nodes (undercloud.conf's dhcp_start and " +
            "dhcp_end). Default: .10 to .29 of a /24, where the lab's nodes are.",
        ),
      inspectionRange: range
        .optional()
        .describe("The same for nodes being inspected (inspection_iprange). Default: .200 to .219 of a /24."),
      vips: z
        .array(addressOrCidr)
        .default([])
        .describe("Addresses it may hold beside its own (allowed address pairs). Outside the pool."),
      floatingIp: z.boolean().default(true).describe("Whether it gets one."),
      bootPort: port
        .default(8088)
        .describe("TCP port of boot.ipxe; TripleO's undercloud has it on 8088 too."),
    })
    .prefault({})
    .describe("The VM that the nodes boot from."),
  bmc: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Whether the lab has one."),
      flavor: existingName.default("m1.small").describe("Flavor."),
      image: existingName
        .default("debian-12")
        .describe("A cloud image with cloud-init: Debian, Ubuntu, CentOS Stream or Fedora."),
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
      readinessTimeout: seconds
        .default(900)
        .describe(
          "Seconds that `pulumi up` waits for the BMC to answer for every node; 0: it does not wait.",
        ),
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
        .describe(
          "Node.js on the BMC's image. Default: found on the PATH, else installed from its packages.",
        ),
    })
    .prefault({})
    .describe("The VM whose agent answers IPMI and Redfish for every node."),
  nodes: z
    .array(group)
    .min(1, "must name a group at least")
    .default([group.parse({})])
    .describe(
      "The groups of baremetal nodes. Each has default addresses for 8; later groups start after them.",
    ),
  images: z
    .strictObject({
      disk: image("build", "ipxe-disk").prefault({}).describe("The disk that nodes network-boot from."),
      iso: image("build", "ipxe-iso")
        .prefault({})
        .describe("The CD-ROM kind, for rescue and volume-backed nodes."),
    })
    .prefault({})
    .describe("The iPXE images."),
  authorizedKeys: z
    .array(sshKey)
    .default([])
    .describe("SSH public keys for the default user of the undercloud and the BMC."),
  limits: z
    .strictObject({
      instances: limit.optional().describe("Servers."),
      networks: limit.optional().describe("Networks."),
      subnets: limit.optional().describe("Subnets."),
      ports: limit.optional().describe("Ports."),
      routers: limit.optional().describe("Routers."),
      floatingIps: limit.optional().describe("Floating IPs."),
      securityGroups: limit.optional().describe("Security groups."),
      securityGroupRules: limit.optional().describe("Rules, Neutron's two egress defaults a group included."),
    })
    .prefault({})
    .describe(
      "What the tenant's quota leaves for this lab; a plan that needs more is refused before it starts.",
    ),
});

/** The configuration with every default in place. */
export type LabConfig = z.output<typeof configSchema> & { readonly lab: string };
export type GroupConfig = LabConfig["nodes"][number];
export type ImageConfig = LabConfig["images"]["disk"];
