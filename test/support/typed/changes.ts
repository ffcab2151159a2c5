import type { Typed } from "./entry";

/** Those that change the lab: nodes first, then what it is made of. */
export const changes: readonly Typed[] = [
  { type: "npx ovb power cycle node-0", prints: [/node-0 +on/] },
  { type: "npx ovb power on --all", prints: [/node-0 +on\n/, /node-1 +on\n/] },
  {
    type: "npx ovb power on nope x node-0",
    status: 1,
    prints: [/The lab ovb-dev has no nope, x; it has: node-0, node-1\./],
  },
  {
    type: "npm run devcloud -- capture NETWORK udp port 67",
    // A node that asks for its address.
    before: "(sleep 20; npx ovb power cycle node-1 >/dev/null 2>&1) &",
    prints: [/bootpc|\.68 > /i],
    untilCtrlC: true,
  },
  { type: "npx ovb enroll", prints: [/0 created, 0 adopted, \d updated, \d unchanged, 0 removed/] },
  {
    type: "npx ovb enroll [--driver auto|ipmi|redfish] [--prune] [--adopt NODE...]",
    prints: [/0 created, 0 adopted, \d updated, \d unchanged, 0 removed/],
  },
  { type: "npx ovb enroll --adopt NODE", prints: [/0 created, 0 adopted/] },
  {
    type: "npx ovb undeploy node-0",
    answers: ["Go on?", "y\n"],
    prints: [/Go on\?/, /ovb-dev-node-0 is taken back/],
  },
  {
    type: "npx ovb deploy node-0 --ssh-key FILE",
    answers: ["Go on?", "y\n"],
    prints: [/ovb-dev-node-0 is active/],
  },
  {
    type: "npx ovb deploy NODE --ssh-key FILE",
    prints: [/ovb-dev-node-0 was active already: nothing was done; --ssh-key has no effect on it/],
  },
  {
    type: "npx ovb deploy NODE",
    prints: [/ovb-dev-node-0 was active already/, /npx ovb undeploy ovb-dev-node-0, then the same command/],
  },
  {
    type: "npx ovb deploy node-0 node-1 [--inspect] [--ssh-key FILE] [--user-data FILE] [--image URL --checksum SHA256] [--timeout MINUTES]",
    answers: ["Go on?", "y\n"],
    prints: [/ovb-dev-node-0 was active already/, /ovb-dev-node-1 is active/],
  },
  {
    type: "npx ovb undeploy NODE",
    answers: ["Go on?", "y\n"],
    prints: [/ovb-dev-node-0 is taken back/],
  },
  { type: "npx ovb rebuild NODE", answers: ["Go on?", "y\n"], prints: [/Go on\?/, /node-0: clean and off/] },
  {
    type: "npx ovb rebuild --all",
    answers: ["Go on?", "y\n"],
    prints: [/Rebuild 2 of 2 nodes of the lab ovb-dev/, /node-1: clean and off/],
  },

  // The configuration, then the lab as it says.
  {
    type: "npx ovb pulumi -- config set ovb:publicNetwork external",
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /ovb:publicNetwork: external/],
    after: "git checkout -q Pulumi.dev.yaml",
  },
  {
    type: "npx ovb pulumi -- config set --path 'ovb:nodes[0].bootScripts[\"node-1\"]' inspector.ipxe",
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /node-1: inspector\.ipxe/],
    after: "git checkout -q Pulumi.dev.yaml",
  },
  {
    type: "npx ovb pulumi -- config set --path ovb:bmc.credential.id ID",
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /id: "?0123456789abcdef/],
  },
  {
    type: "npx ovb pulumi -- config set --path --secret ovb:bmc.credential.secret",
    answers: ["value", "a secret of sixteen\n"],
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /credential:\s+id: .*\s+secret:\s+secure: v1:/],
    after: "git checkout -q Pulumi.dev.yaml",
  },
  {
    type: "npx ovb pulumi -- config set --path ovb:ctlplane.addressOwner sync",
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /addressOwner: sync/],
    after: "git checkout -q Pulumi.dev.yaml",
  },
  {
    type: "npx ovb pulumi -- config set --path 'ovb:nodes[0].count' 3",
    prints: [/Pulumi\.dev\.yaml is changed/],
    leaves: ["Pulumi.dev.yaml", /count: 3/],
  },
  { type: "npx ovb up", prints: [/The lab ovb-dev is up/, /node-2 +192\.0\.2\.12/, /Ironic answers: /] },
  { type: "npx ovb up --no-boot", prints: [/The lab ovb-dev is up/, /\d+ unchanged/] },

  // Stack files of others: the last, as they stay.
  { type: "cp Pulumi.dev.yaml Pulumi.two.yaml", prints: [], leaves: ["Pulumi.two.yaml", /ovb:nodes/] },
  ...[
    ["bmc-only", "bmc-only"],
    ["existing-network", "existing-network"],
    ["maas", "maas"],
    ["metal3", "metal3"],
    ["tenant-ironic", "tenant-ironic"],
    ["tripleo-ha", "tripleo-ha"],
    ["two-labs-one-router", "first"],
    ["two-labs-one-router", "second"],
  ].map(([example, stack]) => ({
    type: `cp examples/${example}/Pulumi.${stack}.yaml .`,
    prints: [],
    leaves: [`Pulumi.${stack}.yaml`, /ovb:nodes/] as const,
  })),
  {
    type: "npx ovb destroy",
    answers: ["Go on?", "n\n"],
    status: 1,
    prints: [/Destroy the lab ovb-dev/, /Nothing was done\./],
  },
];
