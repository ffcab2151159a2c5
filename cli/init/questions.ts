import { wordFor } from "../../tenant/offer/word";
import { kindsFor } from "./candidates";
import { type Findings, localKeys } from "./findings";
import { type Given, type Kind, kinds } from "./given";
import type { Proposal } from "./propose";
import { describeWay, waysOf } from "./ways";

/** What a person may answer. */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** A question with the answers that the tenant allows. Pure data: how it is asked is ask.ts's. */
export interface Question {
  readonly message: string;
  /** Absent: a text. */
  readonly options?: readonly Option[];
  /** What Enter takes. */
  readonly initial: string;
  /** Says what is wrong with a text. */
  readonly validate?: (text: string) => string | undefined;
  /** What is settled by the answer. */
  readonly settles: (answer: string) => Partial<Given>;
}

/**
 * Makes the next question of what is settled so far and of the lab that this comes to; undefined: there is nothing to ask.
 */
type Maker = (findings: Findings, given: Given, proposal: Proposal) => Question | undefined;

const externalNetwork: Maker = ({ externals, networks }, { publicNetwork }, { candidate }) => {
  const options = externals.map((one) => ({ value: wordFor(networks, one), label: one.name || one.id }));
  if (publicNetwork !== undefined || options.length < 2) return undefined;
  return {
    message: "External network, for the undercloud's floating IP and the router's gateway",
    options,
    initial: candidate.way.publicNetwork ?? options[0]!.value,
    settles: (value) => ({ publicNetwork: value }),
  };
};

const wayIn: Maker = (findings, given, { candidate }) => {
  if (given.accessNetwork ?? given.accessRouter ?? given.floatingIp) return undefined;
  const ways = waysOf(findings, given).filter(({ routed }) => routed);
  if (ways.length < 2) return undefined;
  const options = ways.map((way, i) => ({ value: String(i), label: describeWay(way) }));
  const at = ways.findIndex((way) => JSON.stringify(way) === JSON.stringify(candidate.way));
  return {
    message: "The way to the lab",
    options,
    initial: String(Math.max(0, at)),
    settles: (value) => {
      const { floatingIp, network, router } = ways[Number(value)]!;
      return {
        floatingIp,
        ...(network && { accessNetwork: network }),
        ...(router && { accessRouter: router }),
      };
    },
  };
};

const kind: Maker = (findings, given, { candidate }) => {
  if (given.kind !== undefined) return undefined;
  const hints: Record<Kind, string> = {
    ironic: kindsFor(findings, given, candidate.bmc !== undefined).includes("ironic")
      ? "a standalone Ironic deploys the nodes"
      : "no image here has it: you are asked where IPA comes from",
    "boot-server": "serves boot.ipxe and no more",
  };
  return {
    message:
      "What deploys (your own, such as TripleO or Metal3: see docs/configuration.md, ovb:undercloud.kind)",
    options: (candidate.bmc ? kinds : kinds.slice(1)).map((value) => ({
      value,
      label: value,
      hint: hints[value],
    })),
    initial: candidate.kind,
    settles: (value) => ({ kind: value as Kind }),
  };
};

/** A URL and a sum, in two questions, where the image lacks it. */
const ipa =
  (part: "kernel" | "ramdisk"): Maker =>
  ({ systems }, given) => {
    if (given.kind !== "ironic" || given[part] || systems.some(({ hasIronic }) => hasIronic))
      return undefined;
    const shape = /^(https?:\/\/\S+) +([0-9a-f]{64})$/;
    return {
      message: `IPA's ${part === "kernel" ? "kernel" : "RAM disk"}: its URL, a blank and its SHA-256 (npx ovb ipa build makes it)`,
      initial: "",
      validate: (text) => (shape.test(text.trim()) ? undefined : "a URL, a blank and 64 hexadecimal digits"),
      settles: (text) => {
        const [, url = "", sha256 = ""] = shape.exec(text.trim())!;
        return { [part]: { url, sha256 } };
      },
    };
  };

const undercloudImage: Maker = ({ systems, images }, given, { candidate }) => {
  if (given.undercloudImage !== undefined) return undefined;
  const hasOne = systems.some(({ hasIronic }) => hasIronic);
  const able = systems.filter(({ hasIronic }) => hasIronic === (candidate.kind === "ironic" && hasOne));
  if (able.length < 2) return undefined;
  return {
    message: "Image of the undercloud",
    options: able.map(({ image, label }) => ({
      ...{ value: wordFor(images, image), label: image.name ?? image.id, hint: label },
    })),
    initial: candidate.undercloud.image ?? wordFor(images, able[0]!.image),
    settles: (value) => ({ undercloudImage: value }),
  };
};

const flavor =
  (
    key: "undercloudFlavor" | "nodeFlavor",
    message: string,
    chosen: (proposal: Proposal) => string | undefined,
  ): Maker =>
  ({ flavors }, given, proposal) => {
    if (given[key] !== undefined || flavors.length < 2) return undefined;
    const sorted = [...flavors].sort((a, b) => a.ram - b.ram || a.vcpus - b.vcpus || a.disk - b.disk);
    return {
      message,
      options: sorted.map((one) => ({
        value: wordFor(flavors, one),
        label: one.name,
        hint: `${one.vcpus} vCPU, ${one.ram} MiB, ${one.disk} GiB`,
      })),
      initial: chosen(proposal) ?? wordFor(flavors, sorted[0]!),
      settles: (value) => ({ [key]: value }),
    };
  };

const nodes: Maker = (_, given, { candidate }) => {
  if (given.nodes !== undefined) return undefined;
  return {
    message: "How many nodes",
    initial: String(candidate.nodes),
    validate: (text) => (/^\d{1,3}$/.test(text.trim()) ? undefined : "a number"),
    settles: (text) => ({ nodes: Number(text) }),
  };
};

const sshKeys: Maker = (findings, given, { candidate }) => {
  if (given.keys !== undefined) return undefined;
  const found = [...findings.keys, ...localKeys()];
  if (found.length === 0) return undefined;
  const own = candidate.bmc ? "none: the lab makes one, for npx ovb ssh" : "none";
  return {
    message: "SSH public key for undercloud and BMC",
    options: [
      { value: "", label: own },
      ...found.map(({ from, line }) => ({ value: line, label: from, hint: line.split(" ")[0] })),
    ],
    initial: "",
    settles: (value) => ({ keys: value === "" ? [] : [value] }),
  };
};

const zone: Maker = ({ zones }, given) => {
  if (given.zone !== undefined || zones.length < 2) return undefined;
  return {
    message: "Availability zone of the servers",
    options: [
      { value: "", label: "the cloud chooses" },
      ...zones.map((name) => ({ value: name, label: name })),
    ],
    initial: "",
    settles: (value) => ({ zone: value }),
  };
};

/** In their order. */
const makers: readonly Maker[] = [
  externalNetwork,
  wayIn,
  kind,
  ipa("kernel"),
  ipa("ramdisk"),
  undercloudImage,
  flavor("undercloudFlavor", "Flavor of the undercloud", ({ candidate }) => candidate.undercloud.flavor),
  flavor("nodeFlavor", "Flavor of the nodes", ({ candidate }) => candidate.nodeFlavor),
  nodes,
  zone,
  sshKeys,
];

/**
 * Asks one after another; what is settled decides the next one's answers and what Enter takes.
 * @param propose the lab that what is settled comes to
 * @param ask a person
 */
export async function interview(
  findings: Findings,
  given: Given,
  propose: (given: Given) => Promise<Proposal>,
  ask: (question: Question) => Promise<string>,
): Promise<Given> {
  let settled = given;
  for (const make of makers) {
    const question = make(findings, settled, await propose(settled));
    if (question) settled = { ...settled, ...question.settles(await ask(question)) };
  }
  return settled;
}
