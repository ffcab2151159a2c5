/*
 * The floors of the house, which CONTRIBUTING.md draws. `npm run layers` holds them; types count as imports do.
 */

/** Which rooms a room may import from, beside itself. */
const rooms = {
  plan: [],
  picture: ["plan"],
  openstack: [],
  process: [],
  images: ["plan", "process"],
  agent: ["openstack", "plan"],
  components: ["plan", "openstack"],
  program: ["plan", "openstack", "process", "tenant", "images", "agent", "components"],
  "lab.ts": ["plan", "tenant", "components", "program"],
  "index.ts": ["program", "lab.ts"],
  toolchain: ["openstack", "process"],
  devcloud: ["plan", "openstack", "images", "toolchain", "process"],
  tenant: ["plan", "openstack"],
  cli: ["plan", "picture", "openstack", "tenant", "agent", "images", "toolchain", "process"],
  // test: all of them
};

/** A pattern for everything in these rooms. */
const within = (names) =>
  `^(${names.map((name) => (name.endsWith(".ts") ? `${name.replace(".", "\\.")}$` : `${name}/`)).join("|")})`;

const everyRoom = [...Object.keys(rooms), "test"];

const floors = Object.entries(rooms).map(([room, below]) => ({
  name: `${room}-looks-down`,
  comment:
    below.length === 0
      ? `${room} imports nothing of ours: move what it needs into it, or hand it over as an argument.`
      : `${room} may import ${below.join(", ")} and no other room of ours.`,
  severity: "error",
  from: { path: within([room]) },
  to: { path: within(everyRoom.filter((other) => other !== room && !below.includes(other))) },
}));

export default {
  forbidden: [
    ...floors,
    {
      name: "cli-stack-knows-no-command",
      comment: "A stack's configuration, plan, state and servers: what the commands stand on.",
      severity: "error",
      from: { path: "^cli/stack/" },
      to: { path: "^cli/", pathNot: "^cli/stack/" },
    },
    {
      name: "cli-command-knows-no-command",
      comment:
        "What makes a command: its options, its preamble, its questions, its tables. Not which ones there are.",
      severity: "error",
      from: { path: "^cli/command/" },
      to: { path: "^cli/", pathNot: "^cli/(command|stack)/" },
    },
    {
      name: "agent-nova-is-pure",
      comment: "A Nova server as a machine: the BMC drives it, and so do commands.",
      severity: "error",
      from: { path: "^agent/nova/" },
      to: { pathNot: "^(agent/nova|openstack|plan)/" },
    },
    {
      name: "agent-service-knows-no-service",
      comment: "The floor of both: configuration, log, metrics, listening.",
      severity: "error",
      from: { path: "^agent/service/" },
      to: { path: "^agent/(bmc|sync|nova)/" },
    },
    {
      name: "bmc-and-sync-apart",
      comment: "Each is a bundle of its own.",
      severity: "error",
      from: { path: "^agent/sync/" },
      to: { path: "^agent/(bmc|nova)/" },
    },
    {
      name: "sync-and-bmc-apart",
      comment: "Each is a bundle of its own.",
      severity: "error",
      from: { path: "^agent/bmc/" },
      to: { path: "^agent/sync/" },
    },
    {
      name: "plan-lab-first",
      comment: "What a lab is depends on nothing that is made of it.",
      severity: "error",
      from: { path: "^plan/lab/" },
      to: { path: "^plan/", pathNot: "^plan/lab/" },
    },
    {
      name: "plan-guest-knows-the-lab",
      comment: "What runs in a lab's VMs follows from the plan alone.",
      severity: "error",
      from: { path: "^plan/guest/" },
      to: { path: "^plan/", pathNot: "^plan/(guest|lab)/" },
    },
    {
      name: "no-circle",
      comment: "Part the file that both ends need from the one that needs the other end.",
      severity: "error",
      from: { pathNot: "^test/support/memoryCloud/" }, // of types; to be cut
      to: { circular: true },
    },
    {
      name: "plan-does-nothing",
      comment:
        "Hashes and compression are pure; files, processes and sockets are not a plan's. The guests' scripts are files " +
        "that guestFile.ts reads once.",
      severity: "error",
      from: { path: "^plan/", pathNot: "^plan/guest/guestFile\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(crypto|zlib)$" },
    },
    {
      name: "picture-does-nothing",
      comment:
        "A picture follows from the plan alone. The page's style and script are files that page.ts reads once.",
      severity: "error",
      from: { path: "^picture/", pathNot: "^picture/page/page\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "elk-lays-out-pictures",
      comment: "The library that lays out is a megabyte, and known in one room.",
      severity: "error",
      from: { pathNot: "^picture/(graph|layout)\\.ts$" },
      to: { path: "node_modules/elkjs/" },
    },
    {
      name: "picture-when-needed",
      comment: "Most commands draw nothing: await import() it where it is used.",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^picture/", dynamic: false },
    },
    {
      name: "pulumi-in-programs-only",
      comment: "Commands, the agents and the plan run without Pulumi's SDK, which takes a second to load.",
      severity: "error",
      from: { pathNot: ["^(components|program|test)/", "^(index|lab)\\.ts$", "^toolchain/"] },
      to: { path: "node_modules/@pulumi/" },
    },
    {
      name: "toolchain-when-needed",
      comment: "Most commands run no Pulumi: await import() it where it is used.",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^toolchain/", dynamic: false },
    },
    {
      name: "agent-stands-alone",
      comment:
        "What is bundled into user data has a limit of 64 KiB: no package, but for esbuild, which bundles it.",
      severity: "error",
      from: { path: "^agent/", pathNot: "^agent/service/bundle\\.ts$" },
      to: { path: "node_modules/", pathNot: "node_modules/@types/" },
    },
    {
      name: "resolvable",
      comment: "It is not there, or no dependency of package.json.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^tsx$" }, // by the export condition "require" only
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
