import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Cloud } from "../../devcloud/cloud";

/** A stack's state as `ovb up` leaves it on a devcloud, in the folder that the devcloud gives to it, below XDG_STATE_HOME. */
export function labOnDevcloud(cloud: string, stack: string): void {
  const stacks = join(new Cloud(cloud).labsFolder, stack, "backend", ".pulumi", "stacks");
  const file = join(stacks, "ovb", `${stack}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "{}");
}
