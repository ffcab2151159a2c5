/** Somebody pressed Ctrl-C, or ended us by TERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(advice: string) {
    super(`Interrupted. ${advice}`);
  }
}

/**
 * Gives the work a signal that Ctrl-C or TERM aborts, so that it can clear up and end by itself; a second one ends the
 * process at once.
 * @param advice what is true then, and how to go on
 */
export async function interruptible<T>(
  advice: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const names = ["SIGINT", "SIGTERM"] as const;
  const abort = () => {
    for (const name of names) process.off(name, abort);
    controller.abort(new Interrupted(advice));
  };
  for (const name of names) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of names) process.off(name, abort);
  }
}
