import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's package, which .ci/run installs. */
const executablePath = "/usr/bin/chromium";

export const hasChromium = existsSync(executablePath) || process.env.CI === "true"; // CI skips nothing

/** For the name of a test that needs it. */
export const orSkipped = hasChromium
  ? ""
  : ` (skipped: no ${executablePath}; .ci/run says how to install it)`;

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", // root has none
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
