/** Somebody pressed Ctrl-C, or ended us by TERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(advice: string) {
    super(`Interrupted. ${advice}`);
  }
}

export interface InterruptOptions {
  /** A second one ends the process at once; false: it changes nothing, because what would stay is worse. @default true */
  readonly secondEnds?: boolean;
  /** The end of its terminal counts too. Not for what somebody may run under nohup. @default false */
  readonly hangup?: boolean;
  /** Told at once, with the signal's name. */
  readonly onInterrupt?: (name: string) => void;
}

/**
 * Gives the work a signal that Ctrl-C or TERM aborts, so that it can clear up and end by itself.
 * @param advice what is true then, and how to go on
 */
export async function interruptible<T>(
  advice: string,
  work: (signal: AbortSignal) => Promise<T>,
  { secondEnds = true, hangup = false, onInterrupt }: InterruptOptions = {},
): Promise<T> {
  const controller = new AbortController();
  const names: NodeJS.Signals[] = ["SIGINT", "SIGTERM", ...(hangup ? (["SIGHUP"] as const) : [])];
  const abort = (name: NodeJS.Signals) => {
    if (secondEnds) for (const one of names) process.off(one, abort);
    if (controller.signal.aborted) return;
    onInterrupt?.(name);
    controller.abort(new Interrupted(advice));
  };
  for (const name of names) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.off(name, abort);
  }
}
