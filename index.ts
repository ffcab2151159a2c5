import { createLab } from "./lab";
import { stackConfig } from "./program/stackConfig";

/** The Pulumi program: the stack's configuration in, one lab and the stack's outputs out. */
async function program() {
  const config = stackConfig("ovb:");
  return createLab(config.lab, config);
}

export = program;
