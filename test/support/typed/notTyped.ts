/** Commands of the docs that are not typed on the lab of `npm start`, by the reason. */
export interface NotTyped {
  readonly why: string;
  /** The test that does it instead. */
  readonly by?: string;
  readonly commands: readonly string[];
}

export const notTyped: readonly NotTyped[] = [
  {
    why: "they make and end the lab that all others are typed on",
    by: "test/devcloud/typed.test.ts",
    commands: ["npm start", "npm stop", "npm stop -- --yes", "npm stop -- --all", "npm start -- --no-deploy"],
  },
  {
    why: "mentions: a command without what it is about",
    commands: [
      "npx ovb",
      "npx ovb deploy --image",
      "npx ovb fault",
      "npx ovb ssh",
      "npx ovb sweep",
      "npx ovb undeploy",
      "npx ovb plan --against",
      "npx ovb pulumi -- ARGS",
    ],
  },
  {
    why: "CI runs it before everything else",
    by: ".ci/run",
    commands: ["npm test", "npm ci"],
  },
  {
    why: "fetches clients of others",
    by: "test/conformance/run.ts",
    commands: ["npm run check:conformance"],
  },
  {
    why: "CI runs it, and these tests with it",
    by: ".ci/run",
    commands: ["npm run test:cloud", "npm run test:cloud -- ironic", "npm run test:cloud -- stockUndercloud"],
  },
  {
    why: "measurements of hours, on a cloud or a machine of their own",
    commands: [
      "npm run bench:bmc",
      "npm run bench:flavor",
      "npm run bench:lab",
      "npm run bench:picture",
      "npm run bench:rebuild",
    ],
  },
  {
    why: "another devcloud, or the end of this one",
    by: "test/devcloud/start.test.ts",
    commands: [
      "npm run devcloud -- up [--name NAME] [--network ovn|ovs] [--fake-compute] [--ironic]",
      "npm run devcloud -- down",
      "npm run devcloud -- prepare [--network ovn|ovs]",
    ],
  },
  {
    why: "builds IPA from Debian's packages for minutes; a devcloud with Ironic has built it by the same code",
    by: "test/devcloud/undercloudImage.test.ts",
    commands: ["npx ovb ipa build --output FOLDER"],
  },
  {
    why: "an image of the reader's",
    by: "test/cloud/ironic.test.ts",
    commands: ["npx ovb deploy NODE --image URL --checksum SHA256"],
  },
  {
    why: "an undercloud with a Neutron or a dnsmasq of its own, and SSH to it",
    by: "test/cloud/sync.test.ts",
    commands: [
      "npx ovb sync",
      "npx ovb sync --dry-run --undercloud-env ~/undercloud.env",
      "npx ovb sync --undercloud-env ~/undercloud.env",
      "npx ovb sync --watch --undercloud-env ~/undercloud.env",
      "npx ovb sync --watch --source dnsmasq --hosts /etc/dnsmasq.d/hosts --leases /var/lib/dnsmasq/leases --vip 192.0.2.50",
    ],
  },
  {
    why: "the same, as a service there",
    by: "test/cloud/syncService.test.ts",
    commands: [
      "npx ovb sync-service",
      "npx ovb sync-service --undercloud-env ~/undercloud.env",
      "npx ovb sync-service --remove",
      "scp -r build/dev/ovb-sync UNDERCLOUD:",
      "ssh UNDERCLOUD 'sudo sh ovb-sync/install.sh && rm -r ovb-sync'",
      "ssh UNDERCLOUD 'sudo sh -s -- --remove' < build/dev/ovb-sync/install.sh",
    ],
  },
  {
    why: "a server in ERROR, by its URN",
    by: "test/cloud/faults.test.ts",
    commands: ["npx ovb pulumi -- up --replace URN"],
  },
  {
    why: "a BMC that may have faults: ovb:bmc.faults, which replaces its VM",
    by: "test/unit/cli/bmc/fault.test.ts",
    commands: ["npx ovb fault slow node-0 --ms 4000 --for 600", "npx ovb fault end --all"],
  },
  {
    why: "a login of the tenant's user, with a password, from elsewhere",
    by: "test/cloud/operate.test.ts",
    commands: ["openstack application credential create ovb-dev-bmc-own"],
  },
  {
    why: "the state of a lab that is lost, or a lab by any name",
    by: "test/cloud/sweep.test.ts",
    commands: ["npx ovb sweep --state lost.json --yes", "npx ovb sweep --lab LAB"],
  },
  {
    why: "a tenant of the reader's",
    by: "test/unit/cli/init/init.test.ts",
    commands: [
      "npx ovb init [STACK]",
      "npx ovb init mycloud",
      ...["plan", "doctor", "up"].map((command) => `npx ovb ${command} --stack mycloud`),
    ],
  },
  {
    why: "the lab of npm start has nothing to fix, and doctor's JSON is its text",
    by: "test/unit/cli/doctor/fix.test.ts",
    commands: ["npx ovb doctor --fix", "npx ovb doctor --format json"],
  },
  {
    why: "two labs at once take more memory than CI's machine has",
    by: "test/cloud/owners.test.ts",
    commands: [
      "npx ovb doctor --stack two",
      "npx ovb up --stack two",
      "npx ovb destroy --stack two",
      "openstack router create labs --external-gateway public",
    ],
  },
  {
    why: "examples name networks, images and flavors of a tenant; each is planned",
    by: "test/unit/examples.test.ts",
    commands: [
      ...["bmc-only", "existing-network", "maas", "metal3", "tenant-ironic", "tripleo-ha", "first", "second"],
    ].map((stack) => `npx ovb doctor --stack ${stack} && npx ovb up --stack ${stack}`),
  },
];
