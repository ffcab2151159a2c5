import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The id of the Stash in such a state, and the mark that follows from it for the stack "dev". */
export const stashId = "12345678-9abc-4def-8123-456789abcdef";
export const markOfDev = "dev.123456789abc4def";

/** A state of Pulumi, as far as a claim is read from it. @param ids of what the stack has made */
export function stateOf({ lab, stack, ids }: { lab: string; stack: string; ids: readonly string[] }) {
  const urn = (type: string, name: string) =>
    `urn:pulumi:${stack}::ovb::ovb:index:VirtualBaremetalLab$${type}::${name}`;
  const type = "openstack:compute/instance:Instance";
  return {
    deployment: {
      resources: [
        {
          urn: `urn:pulumi:${stack}::ovb::ovb:index:VirtualBaremetalLab::${lab}`,
          type: "ovb:index:VirtualBaremetalLab",
        },
        {
          urn: urn("pulumi:index:Stash", `${lab}-owner`),
          type: "pulumi:index:Stash",
          id: stashId,
          outputs: { output: stack },
        },
        ...ids.map((id) => ({ urn: urn(type, id), type, id, inputs: {} })),
      ],
    },
  };
}

/** Puts it where a command with XDG_STATE_HOME of this folder, and no Pulumi backend of its own, finds it. */
export function writeState(stateHome: string, facts: Parameters<typeof stateOf>[0]): void {
  const folder = join(stateHome, "ovb", "labs", facts.stack, "backend", ".pulumi", "stacks", "ovb");
  mkdirSync(folder, { recursive: true });
  const { deployment } = stateOf(facts);
  writeFileSync(
    join(folder, `${facts.stack}.json`),
    JSON.stringify({ version: 3, checkpoint: { latest: deployment } }),
  );
}
