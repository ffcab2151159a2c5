import { dirname } from "node:path";

/** The project's folder: this file is in its cli/. */
export const project = dirname(__dirname);
