/** What keeps Ironic from being installed, by the undercloud's console. */
export interface InstallTrouble {
  /** How often a way to packages was tried in vain. */
  readonly tries: number;
  /** What was tried and what came of it, in the words of apt, dnf or pip. */
  readonly why: string;
  /** It is not tried any more. */
  readonly final: boolean;
}

/**
 * What install.sh said last of it. The console is shared: a line that others wrote into is as if it were not there.
 * @returns undefined where it has said nothing, or where packages came after all
 */
export function installTrouble(consoleLog: string): InstallTrouble | undefined {
  let trouble: InstallTrouble | undefined;
  for (const line of consoleLog.split(/\r?\n/)) {
    const [, tries, why] = /ovb: no way to packages \(try (\d+)\): (.*)/.exec(line) ?? [];
    const [, end] = /ovb: (Ironic cannot be installed: .*)/.exec(line) ?? [];
    if (why !== undefined) trouble = { tries: Number(tries), why: why.trim(), final: false };
    else if (end !== undefined) trouble = { tries: trouble?.tries ?? 0, why: end.trim(), final: true };
    else if (/ovb: (installing |Ironic \d)/.test(line)) trouble = undefined;
  }
  return trouble;
}
