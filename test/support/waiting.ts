/** @throws what `what` describes, when it does not come true within a minute */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000; // CI builds Pulumi and the images beside the tests
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Not within a minute: ${what}`);
    await pause(2);
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
