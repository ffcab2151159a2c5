import type { Flavor } from "../../openstack/flavors";
import { networkBackends } from "../../plan/lab/networkBackend";
import { pick } from "../../tenant/fit/pick";
import type { Candidate, Machine } from "./candidates";
import type { Findings } from "./findings";
import type { Choice, Given } from "./given";
import { describeWay } from "./ways";

/** Names in a comment; more are counted. */
const mostNames = 6;

/** The whole file: the candidate in keys of the configuration, each with its reason. Pure. */
export function choicesOf(findings: Findings, given: Given, candidate: Candidate): Choice[] {
  const { undercloud, bmc, nodeFlavor, nodes } = candidate;
  const choices: Choice[] = [
    ...(given.lab === undefined ? [] : [one("lab", given.lab, "Prefix of every name and the lab's tag.")]),
    ...zoneChoices(findings, given),
    ...wayChoices(findings, candidate),
    ...undercloudChoices(findings, given, candidate),
    ...machineChoices(findings, "undercloud", undercloud),
    ...ipaChoices(given, candidate),
    ...bmcChoices(findings, candidate),
    ...(bmc ? machineChoices(findings, "bmc", bmc) : []),
    { path: ["nodes", 0, "name"], value: "node", comment: "Nodes are called LAB-node-0, LAB-node-1, ..." },
    { path: ["nodes", 0, "count"], value: nodes, comment: countComment(given, nodes) },
    ...(nodeFlavor === undefined
      ? []
      : [
          {
            path: ["nodes", 0, "flavor"],
            value: nodeFlavor,
            comment: flavorComment(findings, nodeFlavor, "What is deployed on them may need a larger one."),
          },
        ]),
    ...keyChoices(findings, given, bmc !== undefined),
  ];
  return inOrder(given.settings.reduce(withSetting, choices));
}

function one(key: string, value: unknown, comment: string): Choice {
  return { path: [key], value, comment };
}

function zoneChoices({ zones }: Findings, { zone }: Given): Choice[] {
  if (!zone) return [];
  const comment = `Nova's zone of every server.${also(zones.filter((name) => name !== zone))}`;
  return [section("availabilityZones", "servers", zone, comment)];
}

function wayChoices(findings: Findings, { way }: Candidate): Choice[] {
  const { publicNetwork, network, router, routed, isOpen, ctlplaneCidr, accessCidr, floatingIp } = way;
  const others = findings.externals
    .map(({ name, id }) => name || id)
    .filter((name) => name !== publicNetwork);
  const external = `The external network: ${floatingIp ? "the undercloud's floating IP" : "no floating IP"}${routed ? ", the router's gateway" : ""}.`;
  const taken = "The usual subnet is in use there.";
  return [
    ...(publicNetwork === undefined
      ? []
      : [one("publicNetwork", publicNetwork, `${external}${also(others)}`)]),
    ...(network === undefined
      ? []
      : [section("access", "network", network, `The outer NICs are here: ${describeWay(way)}.`)]),
    ...(router === undefined
      ? []
      : [
          section(
            "access",
            "router",
            router,
            "A router of this project: the tenant has no room for another.",
          ),
        ]),
    ...(network !== undefined && isOpen
      ? [
          section(
            "access",
            "portSecurity",
            "disabled",
            "That network has port security off: no firewall there.",
          ),
        ]
      : []),
    ...(accessCidr === undefined || network !== undefined
      ? []
      : [section("access", "cidr", accessCidr, taken)]),
    ...(ctlplaneCidr === undefined ? [] : [section("ctlplane", "cidr", ctlplaneCidr, taken)]),
    ...(routed ? [] : [section("ctlplane", "routed", false, "No router: the nodes have no way out.")]),
  ];
}

function section(name: string, key: string, value: unknown, comment: string): Choice {
  return { path: [name, key], value, comment };
}

function undercloudChoices(findings: Findings, { allowFrom }: Given, { kind, way }: Candidate): Choice[] {
  const { backend } = findings;
  const onBackend = backend
    ? ` The network's backend is ${networkBackends[backend].label}: docs/dhcp.md says what else it allows.`
    : "";
  const kinds = {
    ironic:
      "A standalone Ironic, which deploys the nodes. Others: boot-server, custom, none (docs/configuration.md).",
    "boot-server":
      "Serves boot.ipxe and no more: the nodes boot from it. Others: ironic (docs/ironic.md), custom (TripleO, Metal3, MAAS, ...), none.",
  };
  return [
    ...(allowFrom === undefined
      ? []
      : [section("access", "allowFrom", allowFrom, "Who may reach SSH and ping from outside.")]),
    section("undercloud", "kind", kind, `${kinds[kind]}${onBackend}`),
    ...(way.floatingIp
      ? []
      : [section("undercloud", "floatingIp", false, "No floating IP is to be had, or none leads there.")]),
  ];
}

function machineChoices(findings: Findings, server: string, { image, flavor }: Machine): Choice[] {
  const system = findings.systems.find((one) => one.image.name === image || one.image.id === image);
  const others = findings.systems
    .filter((one) => one !== system)
    .map((one) => one.image.name ?? one.image.id);
  const named =
    image !== undefined && system?.image.id === image ? `${system.image.name ?? "no name"}, by its id. ` : "";
  return [
    ...(image === undefined
      ? []
      : [
          section(
            server,
            "image",
            image,
            `${named}${system ? `${system.label}.` : "As it was asked for."}${also(others)}`,
          ),
        ]),
    ...(flavor === undefined ? [] : [section(server, "flavor", flavor, flavorComment(findings, flavor))]),
  ];
}

function ipaChoices({ kernel, ramdisk }: Given, { kind }: Candidate): Choice[] {
  if (kind !== "ironic" || !kernel || !ramdisk) return [];
  return [
    {
      path: ["undercloud", "ironic", "kernel"],
      value: kernel,
      comment: "IPA, which inspects and deploys; the undercloud fetches it.",
    },
    { path: ["undercloud", "ironic", "ramdisk"], value: ramdisk, comment: "" },
  ];
}

function bmcChoices({ mayMakeCredentials }: Findings, { bmc }: Candidate): Choice[] {
  if (bmc) return [];
  const why = mayMakeCredentials
    ? "No BMC VM."
    : "No BMC VM: this login is a restricted application credential, which may not make the one that its agent needs. " +
      "Log in with a password, or give it one of yours (ovb:bmc.credential, docs/bmc.md). `npx ovb bmc` answers IPMI and " +
      "Redfish on your machine meanwhile.";
  return [section("bmc", "enabled", false, why)];
}

function keyChoices({ keys: found }: Findings, { keys }: Given, hasBmc: boolean): Choice[] {
  // The lab makes a key by itself, but for a lab without a BMC.
  const chosen = keys ?? (hasBmc ? [] : found.slice(0, 1).map(({ line }) => line));
  if (chosen.length === 0) return [];
  const comment = "SSH public keys for undercloud and BMC, beside the lab's own that `npx ovb ssh` takes.";
  return [one("authorizedKeys", chosen, comment)];
}

function countComment({ nodes }: Given, count: number): string {
  if (nodes !== undefined || count > 1) return "How many; adding and removing one leaves the others alone.";
  return "The quota leaves room for one alone.";
}

function flavorComment({ flavors }: Findings, name: string, more = ""): string {
  const flavor = pick<Flavor>(flavors, name);
  if (!flavor) return "As it was asked for.";
  const { vcpus, ram, disk } = flavor;
  const id = flavor.id === name && flavor.name !== name ? `${flavor.name}, by its id: ` : "";
  return `${id}${vcpus} vCPU, ${ram} MiB of memory, ${disk} GiB of disk. ${more}`.trim();
}

function also(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  return ` Others here: ${names.slice(0, mostNames).join(", ")}${more}.`;
}

/** What a trial has shown wins over what was chosen. */
function withSetting(choices: readonly Choice[], setting: Choice): Choice[] {
  const key = setting.path.join(".");
  const rest = choices.filter(({ path }) => path.join(".") !== key);
  return setting.value === undefined ? rest : [...rest, setting];
}

/** Sections of the file. */
const sections = [
  "lab",
  "availabilityZones",
  "publicNetwork",
  "access",
  "ctlplane",
  "undercloud",
  "bmc",
  "nodes",
  "authorizedKeys",
];

function inOrder(choices: readonly Choice[]): Choice[] {
  const place = ({ path }: Choice) => sections.indexOf(String(path[0]));
  return [...choices].sort((a, b) => place(a) - place(b));
}
