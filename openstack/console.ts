import { hasStatus } from "./error";
import { isMomentary } from "./momentary";
import { consoleOutput, getServer } from "./nova";
import type { Session } from "./session";

/** As much as says why, and fits a screen. */
const tailLines = 40;

/**
 * What a server's console shows now, for those who wait for something on it.
 * @returns undefined while it shows nothing: between two boots a server has no console (Nova answers 404 "Guest does not have
 * a console available", or 409), and an overloaded cloud answers nothing
 * @throws OpenStackError with status 404 once the server is gone, and what does not pass by itself, such as 403
 */
export async function consoleNow(
  session: Session,
  id: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return await consoleOutput(session, id, undefined, signal);
  } catch (error) {
    if (isMomentary(error)) return undefined;
    if (!hasStatus(error, 404)) throw error;
  }
  try {
    await getServer(session, id, signal);
  } catch (error) {
    if (!isMomentary(error)) throw error;
  }
  return undefined;
}

/**
 * The end of a server's console, as an error shows it.
 * @param server its name
 * @param text what the console has
 */
export function consoleTail(server: string, text: string): string {
  const end = text.trimEnd().split("\n").slice(-tailLines).join("\n");
  return `--- end of the console of ${server} ---\n${end}`;
}

/** The same, read from Nova now; where there is none now, why. */
export async function readConsoleTail(
  session: Session,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<string> {
  const text = await consoleOutput(session, id, tailLines).catch((error: Error) => error.message);
  return consoleTail(name, text);
}
