import { parseCidr } from "../lab/ipv4";
import { layout, slots } from "../lab/layout";
import type { LabConfig } from "../lab/schema/configSchema";
import { checkBmc } from "./checkBmc";
import { checkGroups, checkPortNames } from "./checkGroups";
import { checkImages } from "./checkImages";
import { checkCtlplane, checkLists, checkSubnets } from "./checkNetworks";
import { checkNodeDhcp } from "./checkNodeDhcp";
import { checkUndercloud } from "./checkUndercloud";
import { checkVips } from "./checkVips";
import type { Note, Problem } from "./problem";

/** Checks what only makes sense together. Every value is right by itself already. */
export function checkConfig(config: LabConfig): Problem[] {
  const problems: Problem[] = [];
  const note: Note = (path, message) => problems.push({ path, message });
  const cidr = parseCidr(config.ctlplane.cidr)!;
  if (cidr.prefix < 20 || cidr.prefix > 26) {
    note(
      ["ctlplane", "cidr"],
      "must be a /20 to /26: smaller ones have no room, larger ones more nodes than MACs",
    );
    return problems;
  }
  const where = layout(config);
  checkSubnets(config, note);
  checkLists(config, note);
  checkCtlplane(config, where, note);
  checkNodeDhcp(config, where, note);
  checkGroups(config, where, note);
  checkPortNames(config, where, note);
  checkVips(config, where, note);
  checkImages(config, note);
  checkBmc(config, where, note);
  checkUndercloud(config, where, note);
  if (config.bmc.firstPort + slots - 1 > 65535) {
    note(
      ["bmc", "firstPort"],
      `must be at most ${65536 - slots}: ${slots} ports from it on belong to the nodes`,
    );
  }
  return problems;
}
