import type { Flavor } from "../../openstack/flavors";
import type { Image } from "../../openstack/glance";
import { judgeFit } from "../../tenant/fit/images";
import { pick } from "../../tenant/fit/pick";
import { flavorsFor, type Need, needs } from "../../tenant/offer/flavors";
import type { System } from "../../tenant/offer/images";
import { wordFor } from "../../tenant/offer/word";
import type { Findings } from "./findings";
import type { Given, Kind } from "./given";
import { type Way, waysOf } from "./ways";

/** Image and flavor of a server, in words of the configuration; absent: the tenant has none. */
export interface Machine {
  readonly image?: string;
  readonly flavor?: string;
}

/** A lab as a whole, chosen. */
export interface Candidate {
  readonly way: Way;
  readonly kind: Kind;
  readonly undercloud: Machine;
  /** Absent: the login may not make its credential. */
  readonly bmc?: Machine;
  readonly nodeFlavor?: string;
  readonly nodes: number;
}

/** Every lab that the tenant may take, the best first. */
export function* candidates(findings: Findings, given: Given): Generator<Candidate> {
  const ways = waysOf(findings, given);
  // Without any way the lab that one would want: the checks say what is missing.
  const all: readonly Way[] = ways.length > 0 ? ways : [{ ...wanted(given), routed: true, isOpen: false }];
  const counts = given.nodes === undefined ? [2, 1] : [given.nodes];
  for (const hasBmc of findings.mayMakeCredentials ? [true, false] : [false])
    for (const kind of kindsFor(findings, given, hasBmc))
      for (const floatingIp of [true, false])
        for (const nodes of counts)
          for (const way of all.filter((one) => one.floatingIp === floatingIp))
            for (const scarce of ["ram", "cores"] as const)
              yield { way, kind, nodes, ...machines(findings, given, { kind, hasBmc, scarce }) };
}

function wanted({ publicNetwork, floatingIp = true, accessNetwork, accessRouter }: Given) {
  return {
    floatingIp,
    ...(publicNetwork !== undefined && { publicNetwork }),
    ...(accessNetwork !== undefined && { network: accessNetwork }),
    ...(accessRouter !== undefined && { router: accessRouter }),
  };
}

/** The kinds that this tenant can have, the best first. */
export function kindsFor(findings: Findings, given: Given, hasBmc: boolean): readonly Kind[] {
  if (given.kind !== undefined) return [given.kind];
  // Its password is made of the BMC's credential, and nodes are deployed by the BMC.
  if (!hasBmc || systemFor(findings, given, "ironic") === undefined) return ["boot-server"];
  return ["ironic", "boot-server"];
}

/** The image that an undercloud of that kind takes; undefined where there is none. */
function systemFor({ systems }: Findings, { kernel, ramdisk, undercloudImage }: Given, kind: Kind) {
  const asked =
    undercloudImage === undefined ? systems : systems.filter((one) => isCalled(one, undercloudImage));
  const stock = asked.find(({ hasIronic }) => !hasIronic) ?? asked[0];
  if (kind === "boot-server") return stock;
  return asked.find(({ hasIronic }) => hasIronic) ?? (kernel && ramdisk ? stock : undefined);
}

function isCalled({ image }: System, word: string): boolean {
  return image.id === word || image.name === word;
}

function machines(
  findings: Findings,
  given: Given,
  { kind, hasBmc, scarce }: { kind: Kind; hasBmc: boolean; scarce: "ram" | "cores" },
): Pick<Candidate, "undercloud" | "bmc" | "nodeFlavor"> {
  const { systems, flavors } = findings;
  const machine = (
    system: System | undefined,
    need: Need,
    { image, flavor }: Machine, // as asked for
  ): Machine => {
    // The best image that some flavor takes.
    const others = [...systems].sort((one, other) => Number(one.hasIronic) - Number(other.hasIronic));
    const choice = image === undefined ? system && [system, ...others] : undefined;
    const named = image === undefined ? undefined : pick<Image>(findings.images, image);
    const found = choice?.find((one) => flavorFor(findings, need, one.image, scarce)) ?? choice?.[0];
    const chosen = named ?? found?.image;
    const fitting = flavorFor(findings, need, chosen, scarce);
    const word = image ?? (chosen && wordFor(findings.images, chosen));
    const size = flavor ?? (fitting && wordFor(flavors, fitting));
    return { ...(word !== undefined && { image: word }), ...(size !== undefined && { flavor: size }) };
  };
  const stock = systems.find(({ hasIronic }) => !hasIronic) ?? systems[0];
  const nodeFlavor =
    given.nodeFlavor ?? word(findings, flavorsFor(flavors, needs.node, undefined, scarce)[0]);
  return {
    undercloud: machine(
      systemFor(findings, given, kind),
      kind === "ironic" ? needs.ironic : needs.bootServer,
      asked(given.undercloudImage, given.undercloudFlavor),
    ),
    ...(hasBmc && { bmc: machine(stock, needs.bmc, asked(given.bmcImage, given.bmcFlavor)) }),
    ...(nodeFlavor !== undefined && { nodeFlavor }),
  };
}

function asked(image: string | undefined, flavor: string | undefined): Machine {
  return { ...(image !== undefined && { image }), ...(flavor !== undefined && { flavor }) };
}

function word({ flavors }: Findings, flavor: Flavor | undefined): string | undefined {
  return flavor && wordFor(flavors, flavor);
}

/** Undefined where none fits the image. */
function flavorFor(
  { flavors }: Findings,
  need: Need,
  image: Image | undefined,
  scarce: "ram" | "cores",
): Flavor | undefined {
  const fits = (flavor: Flavor) => image === undefined || judgeFit("", image, flavor).status === "ok";
  return flavorsFor(flavors, need, fits, scarce)[0];
}
