import type { LabPlan } from "../lab/labPlan";
import { withoutLab } from "./diffTables";
import type { PlanDiff, ResourceChange } from "./planDiff";
import { escapeMarkdown } from "./planMarkdown";
import { ranges } from "./planTables";

/** What is lost with a server, who forgets what, and which nodes are touched, in Markdown; "" where nothing is. */
export function diffWarnings(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): string {
  const lines = warnings(before, after, diff);
  if (lines.length === 0) return "";
  return ["> [!WARNING]", ...lines.map(({ who, what }) => `> **${escapeMarkdown(who)}**: ${what}`)].join(
    "\n",
  );
}

/** The same, a line a role. */
export function warnings(before: LabPlan | undefined, after: LabPlan, diff: PlanDiff): Warning[] {
  const servers = diff.changes.filter(({ type }) => type === "server");
  return [
    ...servers.flatMap((change) => undercloud(before, after, change, servers)),
    ...servers.flatMap((change) => bmc(before, after, change)),
    ...nodes(before, after, servers),
    ...nodeDhcp(before, after),
    ...resized(after, servers),
  ];
}

export interface Warning {
  readonly who: string;
  /** Commands are in backticks; names are escaped for Markdown. */
  readonly what: string;
}

function undercloud(
  before: LabPlan | undefined,
  after: LabPlan,
  { name, action, fields }: ResourceChange,
  servers: readonly ResourceChange[],
): Warning[] {
  const old = before?.undercloud;
  if (!old || old.name !== name) return [];
  const who = withoutLab(after, name);
  const kept = {
    ironic: "Ironic's database and whatever else was kept there",
    custom: "what was installed there and what it knew of the nodes",
    "boot-server": "",
  }[old.kind];
  const lost = kept === "" ? "its disk is lost" : `its disk is lost, and with it ${kept}`;
  const stay = staying(before, after, servers);
  if (action === "delete") return [{ who, what: `deleted: ${lost}. ${stay}`.trimEnd() }];
  if (action !== "replace") return [];
  const ironic = after.undercloud?.ironic;
  const again =
    old.kind === "ironic" && ironic
      ? [
          `${ironic.enroll ? "`ovb up`" : "`ovb enroll`"} enrols the nodes again and has Ironic adopt those that it had deployed, ` +
            "without touching them; what else Ironic was told or has found out is gone.",
        ]
      : [];
  const password =
    again.length > 0 && fields.some(({ field }) => field === "password")
      ? ["Ironic's password is another."]
      : [];
  const away =
    after.undercloud?.kind === "custom" ? [] : ["Nothing answers a network boot until it is back."];
  return [
    { who, what: [`replaced: ${lost}.`, stay, ...again, ...password, ...away].filter(Boolean).join(" ") },
  ];
}

function bmc(
  before: LabPlan | undefined,
  after: LabPlan,
  { name, action, fields }: ResourceChange,
): Warning[] {
  if (before?.bmc?.name !== name) return [];
  const who = withoutLab(after, name);
  if (action === "delete")
    return [
      { who, what: "deleted: nobody answers IPMI and Redfish for the nodes any more; they are not touched." },
    ];
  if (action !== "replace") return [];
  const another = fields.some(({ field }) => field === "credential");
  return [
    {
      who,
      what:
        "replaced: the nodes are not touched. For a minute or two nobody answers IPMI and Redfish; afterwards it has " +
        "forgotten the boot devices and CD-ROMs that it was told." +
        (another ? " Its credential is another; the passwords of IPMI and Redfish stay." : ""),
    },
  ];
}

function nodes(before: LabPlan | undefined, after: LabPlan, servers: readonly ResourceChange[]): Warning[] {
  const named = (wanted: ResourceChange["action"]) =>
    servers
      .filter(({ name, action }) => action === wanted && isNode(before, name))
      .map(({ name }) => withoutLab(after, name));
  const replaced = named("replace");
  const deleted = named("delete");
  const keepsIronic =
    before?.undercloud?.ironic &&
    after.undercloud?.ironic &&
    !servers.some(({ name, action }) => name === after.undercloud?.name && action === "replace");
  return [
    ...(replaced.length === 0
      ? []
      : [
          {
            who: ranges(replaced),
            what:
              `replaced: ${replaced.length === 1 ? "its disk is lost, and it is" : "their disks are lost, and they are"} off afterwards.` +
              (keepsIronic
                ? " What Ironic had deployed there it goes on calling active, until `ovb undeploy`."
                : ""),
          },
        ]),
    ...(deleted.length === 0
      ? []
      : [
          {
            who: ranges(deleted),
            what: `deleted, with ${deleted.length === 1 ? "its disk" : "their disks"}.`,
          },
        ]),
  ];
}

/** Another DHCP server for nodes that are there. */
function nodeDhcp(before: LabPlan | undefined, after: LabPlan): Warning[] {
  if (!before) return [];
  const [was, is] = [before, after].map(({ ctlplane }) =>
    ctlplane.dhcpServer ? "the undercloud" : "the cloud",
  );
  const names = after.nodes.filter(({ name }) => isNode(before, name)).map(({ key }) => key);
  if (was === is || names.length === 0) return [];
  const until = is === "the undercloud" ? ", once it serves" : "";
  return [
    {
      who: ranges(names),
      what:
        `DHCP from ${is} instead of ${was}: they boot from the network by it from then on${until}. What runs there keeps its ` +
        "address, which is the same, and renews its lease there.",
    },
  ];
}

function resized(after: LabPlan, servers: readonly ResourceChange[]): Warning[] {
  const names = servers.filter(({ restarts }) => restarts).map(({ name }) => withoutLab(after, name));
  if (names.length === 0) return [];
  const it = names.length === 1 ? "it" : "them";
  return [
    {
      who: ranges(names),
      what: `resized: Nova shuts ${it} down and starts ${it} again; what is on the disk stays.`,
    },
  ];
}

/** Which nodes are there before and after, and are not replaced. */
function staying(before: LabPlan | undefined, after: LabPlan, servers: readonly ResourceChange[]): string {
  const gone = new Set(
    servers.filter(({ action, restarts }) => action !== "update" || restarts).map(({ name }) => name),
  );
  const keys = after.nodes
    .filter(({ name }) => isNode(before, name) && !gone.has(name))
    .map(({ key }) => key);
  if (keys.length === 0) return "";
  const them = escapeMarkdown(ranges(keys));
  return keys.length === 1 ? `${them} stays as it is, on or off.` : `${them} stay as they are, on or off.`;
}

function isNode(plan: LabPlan | undefined, name: string): boolean {
  return plan?.nodes.some((node) => node.name === name) ?? false;
}
