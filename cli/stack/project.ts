import { dirname } from "node:path";

/** The project's folder: this file is in its cli/stack/. */
export const project = dirname(dirname(__dirname));
