/** Lines to type, for --help: each is taken as it stands (test/unit/cli/main.test.ts). What follows " # " is a remark. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  plan: [
    "npx ovb plan",
    "npx ovb plan --format html > lab.html # a page with the picture, the tables and a search; no network",
    "npx ovb plan --format svg --against main > lab.svg # what a change adds, changes and replaces",
  ],
  init: [
    "npx ovb init mycloud # asks, and writes Pulumi.mycloud.yaml",
    "npx ovb init pr-17 --yes --nodes 1 --public-network ext-net # where nobody can be asked",
  ],
  doctor: [
    "npx ovb doctor",
    "npx ovb doctor --no-probe # makes nothing",
    "npx ovb doctor --stack mycloud --fix # shows what it would change in Pulumi.mycloud.yaml, and asks",
  ],
  start: ["npm start", "npm start -- --stack two --no-deploy"],
  stop: ["npm stop", "npm stop -- --all --yes # where nobody can be asked"],
  up: ["npx ovb up", "npx ovb up --stack pr-17 --no-boot"],
  destroy: ["npx ovb destroy", "npx ovb destroy --stack pr-17 --yes # where nobody can be asked"],
  "take-over": ["npx ovb take-over --stack dev --dry-run"],
  status: ["npx ovb status", "npx ovb status --format json"],
  power: ["npx ovb power on node-0", "npx ovb power status"],
  console: ["npx ovb console node-0 --follow", "npx ovb console undercloud --lines 50"],
  ssh: [
    "npx ovb ssh undercloud",
    "npx ovb ssh bmc -- journalctl -u ovb-bmc",
    "npx ovb ssh node-0 --user fedora -- uname -a",
  ],
  forward: [
    "npx ovb forward # Ironic's API and Redfish, until Ctrl-C",
    "npx ovb forward ironic 18443:redfish 2222:node-0:22 192.0.2.240:6385",
  ],
  env: [
    'npx ovb env # . "$(npx ovb env)"; baremetal node list, with `npx ovb forward ironic` in another terminal',
    'npx ovb env openstack # . "$(npx ovb env openstack)"; openstack server list',
  ],
  rebuild: ["npx ovb rebuild node-0", "npx ovb rebuild --all --yes # where nobody can be asked"],
  inventory: [
    "npx ovb inventory --format ironic --driver redfish",
    "npx ovb inventory --format metal3 --output -",
  ],
  bmc: ["npx ovb bmc", "npx ovb bmc --address 0.0.0.0 --redfish-port 8000"],
  fault: ["npx ovb fault slow node-0 --ms 4000 --for 600", "npx ovb fault list", "npx ovb fault end --all"],
  sweep: ["npx ovb sweep --lab ovb-pr-17 --dry-run", "npx ovb sweep --older-than 6h --yes"],
  sync: ["npx ovb sync --dry-run", "npx ovb sync --watch --undercloud-cloud undercloud"],
  "sync-service": ["npx ovb sync-service --undercloud-env undercloud.env"],
  ipa: ["npx ovb ipa build --output build/ipa"],
  enroll: ["npx ovb enroll", "npx ovb enroll --adopt node-1"],
  deploy: ["npx ovb deploy node-0 node-1 --ssh-key ~/.ssh/id_ed25519.pub"],
  undeploy: ["npx ovb undeploy node-0"],
  pulumi: [
    "npx ovb pulumi -- preview --diff",
    "npx ovb pulumi -- config set --path 'ovb:nodes[0].count' 3 # into Pulumi.STACK.yaml",
  ],
};

/** For the end of a command's --help. */
export function examplesText(name: string): string {
  const lines = (examples[name] ?? []).map((line) => line.split(" # "));
  const width = Math.max(0, ...lines.map(([typed = ""]) => typed.length));
  const shown = lines.map(
    ([typed = "", remark]) => `  ${remark ? `${typed.padEnd(width)}   ${remark}` : typed}`,
  );
  return `\n${lines.length === 1 ? "Example" : "Examples"}:\n${shown.join("\n")}`;
}
