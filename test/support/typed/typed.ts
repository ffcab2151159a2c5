import { changes } from "./changes";
import type { Typed } from "./entry";
import { looks } from "./looks";

/** In this order: the lab is as `npm start` left it, then as the one before left it. */
export const typed: readonly Typed[] = [...looks, ...changes];

/** What stands in the docs for something of the reader's, and what is typed for it: a shell reads it. */
export const placeholders: Readonly<Record<string, string>> = {
  NODE: "node-0",
  FILE: "key.pub",
  BASE: "HEAD~1",
  NETWORK: "ovb-dev-ctlplane",
  SERVER: "ovb-dev-node-1",
  COMMAND: "npx ovb doctor --no-probe",
  // From this machine a devcloud's floating IP is reached through the lab's own way in.
  "FLOATING-IP": "127.0.0.1",
  URL: "https://127.0.0.1:13385",
  ID: "0123456789abcdef0123456789abcdef",
  PIN: `$(npx ovb pulumi -- stack output --show-secrets ironic | python3 -c 'import json, sys; print(json.load(sys.stdin)["pin"])')`,
};

/** As it is typed: what may be left out is, and what stands for something has become it. */
export function asTyped(command: string): string {
  return command
    .replaceAll(/ \[-[^\]]*\]/g, "")
    .replaceAll(/(?<![\w$-])[A-Z]+(?:-[A-Z]+)?(?![\w-])/g, (word) => placeholders[word] ?? word);
}
