import { type NetworkName, networkNames } from "../../devcloud/config/settings";

/** One file of test/cloud, by its name without ".test.ts", on a cloud with this network. */
export interface TestRun {
  readonly file: string;
  readonly network: NetworkName;
}

/** What another backend may answer otherwise: these are proven on each kind of network, all others on OVN. */
const networkTests = [
  "lab",
  "network",
  "bmcLab",
  "bmcModes",
  "configDrive",
  "dhcp",
  "ownDhcp",
  "sync",
  "ironic",
];

/** These need the image `ovb-undercloud`. */
export const ironicTests: readonly string[] = ["adopt", "dhcp", "ironic", "ownDhcp"];

/**
 * Only by name: what CI's time has no room for, what was not yet seen to pass since the devcloud has OVN (the lower lines), and
 * the evidence about GRUB and wipefs, which no change of ours can alter. The run says which they are.
 */
const onlyByName = [
  "adopt",
  "bmcLab",
  "bmcModes",
  "dhcp",
  "ironic",
  "operate",
  "ownDhcp",
  "planDiff",
  "stockUndercloud",
  "syncService",
  "tripleo",
  "wipefs",
  ...["bmc", "configDrive", "faulty", "images", "killed", "ssh", "sweep", "sync"],
];

const longestFirst = ["lab", "bmc", "sync"];

/** What a run without names leaves out, as its output says it. */
export const leftOut = onlyByName.join(", ");

/** Files of test/devcloud that were not yet seen to pass on today's devcloud: `npx vitest run --project devcloud FILE`. */
export const machineLeftOut: readonly string[] = ["traces", "typed"];

/**
 * The runs of those files whose names have one of `names` in them, on the kinds of network that are declared; without names all
 * but the ones that run by name only, on OVN. Those that take longest come first, so that several clouds end together.
 * @param only on this network, whatever is declared
 */
export function testRuns(files: readonly string[], names: readonly string[], only?: NetworkName): TestRun[] {
  const rank = (file: string) => (longestFirst.indexOf(file) + 1 || longestFirst.length + 1) - 1;
  const declared = (file: string): readonly NetworkName[] =>
    networkTests.includes(file) ? networkNames : ["ovn"];
  const usual = (file: string) => (names.length === 0 ? ["ovn" as const] : declared(file));
  return files
    .filter((file) =>
      names.length === 0 ? !onlyByName.includes(file) : names.some((name) => file.includes(name)),
    )
    .flatMap((file) => (only ? [only] : usual(file)).map((network) => ({ file, network })))
    .filter(({ file, network }) => names.length > 0 || declared(file).includes(network))
    .sort((a, b) => rank(a.file) - rank(b.file) || (a.file < b.file ? -1 : 1));
}

/** Takes the next run for a cloud off the queue: one of its own network as long as there is one; undefined when all are taken. */
export function takeRun(queue: TestRun[], network: NetworkName): TestRun | undefined {
  const own = queue.findIndex((run) => run.network === network);
  return queue.splice(own < 0 ? 0 : own, 1)[0];
}
