import type { Typed } from "./entry";

/** Those that change nothing of the lab: node-0 is deployed, node-1 is enrolled and off. */
export const looks: readonly Typed[] = [
  // The plan, offline.
  { type: "npx ovb plan", prints: [/undercloud/, /node-1/, /quota/i] },
  { type: "npx ovb plan --against origin/main", prints: [/Lab ovb-dev: nothing changes/] },
  { type: "npx ovb plan --against BASE", prints: [/Lab ovb-dev: nothing changes/] },
  { type: "npx ovb plan --format markdown --against origin/main", prints: [/Lab ovb-dev: nothing changes/] },
  {
    type: "npx ovb plan --format markdown --against Pulumi.prod.yaml",
    before: "sed 's/count: 2/count: 3/' Pulumi.dev.yaml > Pulumi.prod.yaml",
    prints: [/Lab ovb-dev: .*deleted/, /node-2/],
    after: "rm Pulumi.prod.yaml",
  },
  {
    type: "npx ovb plan --format json --against HEAD~1",
    prints: [/"changes": \[\],[\s\S]*"nodesRemoved": \[\]/],
  },
  {
    type: "npx ovb plan --format html --against HEAD~1 > change.html",
    prints: [],
    leaves: ["change.html", /<svg[\s\S]*node-1/],
  },
  {
    type: "npx ovb plan --format html > lab.html",
    prints: [],
    leaves: ["lab.html", /<svg[\s\S]*node-1/],
  },
  { type: "npx ovb plan --format svg > lab.svg", prints: [], leaves: ["lab.svg", /^<svg[\s\S]*node-1/] },
  {
    type: "npx ovb plan --format svg --against origin/main > lab.svg",
    prints: [],
    leaves: ["lab.svg", /^<svg[\s\S]*node-1/],
  },
  {
    type: "npx ovb plan --format undercloud.conf",
    status: 1,
    prints: [/ovb:undercloud\.kind/],
  },

  // The tenant and the lab.
  { type: "npx ovb doctor --no-probe", prints: [/ok +flavor baremetal/, /0 to change/] },
  {
    type: "npx ovb doctor",
    prints: [/trying on a network of its own, ovb-dev-doctor/, /ok +floating IP/, /0 to change/],
  },
  {
    type: "npx ovb status",
    prints: [
      /on the devcloud devcloud of this machine/,
      /undercloud +\S+ +ACTIVE +on +192\.0\.2\.240/,
      /node-0 +baremetal +ACTIVE +on +192\.0\.2\.10 /,
    ],
  },
  { type: "npx ovb inventory", prints: [/build\/dev\/nodes\.json: 2 nodes/] },
  { type: "npx ovb inventory --format instackenv", prints: [/build\/dev\/nodes\.json: 2 nodes/] },
  {
    type: "npx ovb inventory --format ironic",
    prints: [/build\/dev\/ironic\.json: 2 nodes; next: baremetal create/],
    leaves: ["build/dev/ironic.json", /"ipmi_port": 6230/],
  },
  { type: "npx ovb inventory --format metal3", prints: [/build\/dev\/metal3\.yaml: 2 nodes/] },
  { type: "npx ovb inventory --format ansible", prints: [/build\/dev\/ansible\.yaml: 2 nodes/] },
  { type: "npx ovb inventory --format metal3 -o -", prints: [/kind: BareMetalHost/] },
  {
    type: "npx ovb pulumi -- preview --refresh --expect-no-changes",
    prints: [/\d+ unchanged/],
  },
  {
    type: "npx ovb pulumi -- stack output --show-secrets ironic",
    prints: [/"pin"/, /"url":/, /"username": ?"admin"/],
  },
  { type: "npx ovb take-over --dry-run", prints: [/the lab ovb-dev is this stack's already/] },
  {
    type: "npx ovb take-over",
    answers: ["Go on?", "n\n"],
    prints: [/the lab ovb-dev is this stack's already/],
  },

  // Consoles.
  {
    type: "npx ovb console node-0 --follow",
    prints: [/login:/],
    untilCtrlC: true,
  },
  { type: "npx ovb console NODE --follow", prints: [/login:/], untilCtrlC: true },
  { type: "npx ovb console node-0 --lines 5", prints: [/\S/] },
  { type: "npx ovb console bmc", prints: [/"event":"ready"/] },
  { type: "npx ovb console undercloud", prints: [/ovb-ironic/] },

  // SSH, and what goes through it.
  { type: "npx ovb ssh undercloud", input: "hostname\n", prints: [/^ovb-dev-undercloud$/m] },
  { type: "npx ovb ssh bmc", input: "hostname\n", prints: [/^ovb-dev-bmc$/m] },
  { type: "npx ovb ssh node-0", input: "hostname\n", prints: [/^ovb-dev-node-0$/m] },
  { type: "npx ovb ssh bmc -- journalctl -u ovb-bmc", prints: [/"event":"ready"/] },
  {
    type: "npx ovb ssh bmc -- curl -s 127.0.0.1:9623/healthz",
    prints: [/\{"ok":true,"cloud":true,"nodes":2,"listening":2,"notListening":\[\]\}/],
  },
  {
    type: "npx ovb forward",
    prints: [/ironic +http:\/\/127\.0\.0\.1:6385/, /redfish +https:\/\/127\.0\.0\.1:8443\/redfish\/v1/],
    untilCtrlC: true,
  },
  { type: "npx ovb forward ironic", prints: [/http:\/\/127\.0\.0\.1:6385/], untilCtrlC: true },
  {
    type: "npx ovb forward redfish",
    prints: [/https:\/\/127\.0\.0\.1:8443\/redfish\/v1/],
    untilCtrlC: true,
  },
  {
    type: "npx ovb forward ironic 18443:redfish node-0:22",
    prints: [/https:\/\/127\.0\.0\.1:18443\/redfish\/v1/, /node-0:22 +127\.0\.0\.1:\d+/],
    untilCtrlC: true,
  },
  {
    type: "npx ovb forward ironic redfish node-0:8080",
    prints: [/node-0:8080 +127\.0\.0\.1:8080/],
    untilCtrlC: true,
  },
  { type: "npx ovb forward undercloud:13385", prints: [/127\.0\.0\.1:13385/], untilCtrlC: true },
  {
    type: "curl -k --pinnedpubkey sha256//PIN -u admin https://FLOATING-IP:13385/v1/nodes",
    beside: "npx ovb forward undercloud:13385",
    before: '. "$(npx ovb env)"',
    answers: ["password", "$OS_PASSWORD\n"],
    prints: [/"name": ?"ovb-dev-node-0"/, /"provision_state": ?"active"/],
  },
  {
    type: "npx ovb enroll --url URL",
    beside: "npx ovb forward undercloud:13385",
    prints: [/0 created, 0 adopted, \d updated, \d unchanged, 0 removed/],
  },
  {
    type: "npx ovb env",
    prints: [/\.\/build\/dev\/env$/m],
    leaves: ["build/dev/env", /^export IPMI_PASSWORD='/m],
  },
  {
    type: "npx ovb env openstack",
    prints: [/\.\/build\/dev\/openstack\.env$/m],
    leaves: ["build/dev/openstack.env", /^export OS_PROJECT_NAME='demo'$/m],
  },
  { type: '. "$(npx ovb env)"', prints: [] },
  {
    type: 'echo "$IPMI_PASSWORD" | npx ovb ssh undercloud -- ipmitool -I lanplus -H 192.0.2.241 -p 6230 -U admin -f /dev/stdin power status',
    before: '. "$(npx ovb env)"',
    prints: [/Chassis Power is on/],
  },
  {
    type: "npx ovb bmc",
    prints: [/The BMC of the lab ovb-dev answers for 2 of its nodes/, /-p 6231 -U admin/],
    untilCtrlC: true,
  },
  {
    type: "npx ovb bmc --faults",
    prints: [/The BMC of the lab ovb-dev answers for 2 of its nodes/],
    untilCtrlC: true,
  },

  // The devcloud.
  { type: "npm run devcloud -- status", prints: [/devcloud.*up/, /2025\.1/] },
  { type: "npm run devcloud -- exec -- COMMAND", prints: [/0 to change/] },
  {
    type: "npm run devcloud -- exec --inside -- openstack server list",
    prints: [/ovb-dev-undercloud/, /ovb-dev-node-1/],
  },
  { type: "npm run devcloud -- console SERVER --follow", prints: [/\S/], untilCtrlC: true },

  // What other labs left behind: nothing here.
  {
    type: "npx ovb sweep --dry-run",
    prints: [/ovb-dev +\S+ +server +ovb-dev-undercloud/, /npx ovb destroy --stack dev/],
  },
  { type: "npx ovb sweep --all --dry-run", prints: [/ovb-dev +\S+ +server +ovb-dev-undercloud/] },
  { type: "npx ovb sweep --older-than 6h", answers: ["Go on?", "n\n"], prints: [/No lab here matches/] },
  { type: "npx ovb sweep --older-than 6h --yes", prints: [/No lab here matches/] },
  { type: "npx ovb sweep --expired --yes", prints: [/No lab here matches/] },
  { type: "npx ovb sweep --lab ovb-pr-17", answers: ["Go on?", "n\n"], prints: [/No lab here matches/] },
  { type: "npx ovb sweep --lab ovb-pr-17 --yes", prints: [/No lab here matches/] },
];
