import { setTimeout as sleep } from "node:timers/promises";
import { consoleNow } from "../../openstack/console";
import { listServers } from "../../openstack/nova";
import type { Session } from "../../openstack/session";
import { type InstallTrouble, installTrouble } from "../../plan/guest/ironic/installTrouble";
import { labTag } from "../../plan/lab/tags";

export interface InstallWait {
  readonly session: Session;
  readonly lab: string;
  /** The undercloud's name. */
  readonly undercloud: string;
  readonly report: (line: string) => void;
  /** Ends the looking: Ironic answers. */
  readonly signal: AbortSignal;
  /** How long nothing new may come on the console, milliseconds. */
  readonly patienceMs: number;
  /** Between two looks, milliseconds. @default 10 s */
  readonly pauseMs?: number;
}

/** As often in vain is no accident: it takes the undercloud a minute and a half, or three where nobody refuses. */
const mostTries = 3;

/**
 * Looks at the undercloud's console while its Ironic is waited for, and says how an installation goes on.
 * @throws Error once there is no way to packages, what was tried and the way out; or once nothing has come for long; the
 * signal's reason
 */
export async function awaitInstall(wait: InstallWait): Promise<never> {
  const { report, signal, patienceMs, pauseMs = 10_000 } = wait;
  let first: InstallTrouble | undefined;
  let looked = false;
  let last = "";
  let since = Date.now();
  for (;;) {
    const text = await consoleText(wait);
    signal.throwIfAborted();
    const trouble = text === undefined ? undefined : installTrouble(text);
    if (text !== undefined && !looked) first = trouble;
    looked ||= text !== undefined;
    // What was said before this look began may be of an hour ago.
    const fresh = trouble && (trouble.final || trouble.tries > (first?.tries ?? 0));
    if (trouble && fresh && (trouble.final || trouble.tries >= mostTries)) throw new Error(told(trouble));
    const said = lastWord(text ?? "");
    if (said !== undefined && said !== last) {
      last = said;
      since = Date.now();
      report(`undercloud: ${said}`);
    }
    if (Date.now() - since >= patienceMs)
      throw new Error(
        `no answer, and nothing new on the console in ${Math.round(patienceMs / 60_000)} minutes`,
      );
    await sleep(pauseMs, undefined, { signal });
  }
}

function told({ why, final, tries }: InstallTrouble): string {
  if (final) return why;
  return (
    `it has no way to packages, tried ${tries} times: ${why.replace(/\.$/, "")}. Name a mirror or proxy that it reaches in ovb:packages ` +
    "(another undercloud then), or an image that has Ironic in ovb:undercloud.image; see docs/ironic.md. " +
    "It goes on trying: when the network is mended, the same command goes on from there."
  );
}

/** What our scripts said last there. */
function lastWord(consoleLog: string): string | undefined {
  return consoleLog
    .split(/\r?\n/)
    .findLast((line) => /\bovb: (installing|no way|Ironic)/.test(line))
    ?.replace(/^.*?\bovb: /, "")
    .trim();
}

/** Undefined where the cloud shows none: it is company for a wait. */
async function consoleText({ session, lab, undercloud, signal }: InstallWait): Promise<string | undefined> {
  try {
    const [server] = await listServers(session, { name: undercloud, tags: [labTag(lab)] }, signal);
    return server && (await consoleNow(session, server.id, signal));
  } catch {
    return undefined;
  }
}
