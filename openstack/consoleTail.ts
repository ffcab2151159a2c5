import { consoleOutput } from "./nova";
import type { Session } from "./session";

/** As much as says why, and fits a screen. */
const lines = 40;

/**
 * The end of a server's console, as an error shows it.
 * @param server its name
 * @param text what the console has
 */
export function consoleTail(server: string, text: string): string {
  const end = text.trimEnd().split("\n").slice(-lines).join("\n");
  return `--- end of the console of ${server} ---\n${end}`;
}

/** The same, read from Nova now. @throws OpenStackError */
export async function readConsoleTail(
  session: Session,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<string> {
  return consoleTail(name, await consoleOutput(session, id, lines));
}
