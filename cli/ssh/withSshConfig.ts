import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChosenLab } from "../command/labCommand";
import { type AccessOptions, hostsTo, knownHostsFile, readLabKey } from "./labHosts";
import { inPrivateFolder } from "./privateFolder";
import { sshAdvice } from "./sshAdvice";
import { sshConfig } from "./sshConfig";

/** How `ssh` gets to a server. */
export interface SshWay {
  /** Arguments that say how. */
  readonly options: readonly string[];
  /** The server, as `ssh` is to be told it. */
  readonly name: string;
  /** What to look at where ssh itself has failed. */
  readonly advice: () => string;
}

/** The way to a server of the lab; its files, with the lab's key, are there while it is used. @throws as hostsTo */
export async function withSshConfig<T>(
  lab: ChosenLab,
  server: string,
  options: AccessOptions,
  use: (way: SshWay) => Promise<T>,
): Promise<T> {
  const key = await readLabKey(lab);
  return inPrivateFolder(async (folder) => {
    const keyFile = key && join(folder, "key");
    const hosts = await hostsTo(lab, server, options, keyFile);
    if (key && keyFile) writeFileSync(keyFile, key.privateKey, { mode: 0o600, flag: "wx" });
    const config = join(folder, "config");
    const files = { config, knownHosts: knownHostsFile(lab.choice.stack) };
    writeFileSync(config, sshConfig(hosts, files), { mode: 0o600, flag: "wx" });
    const target = hosts.at(-1)!;
    const advice = () => sshAdvice(lab.plan, target, key !== undefined);
    return use({ options: ["-F", config], name: target.name, advice });
  });
}
