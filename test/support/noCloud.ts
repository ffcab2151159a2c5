import { vi } from "vitest";

/** No cloud in the environment, and a home of the test's own, until vi.unstubAllEnvs(): the session that is handed in has to do. */
export function stubNoCloud(home: string): void {
  for (const name of [
    "OS_CLOUD",
    "OS_AUTH_URL",
    "OVB_LABS_FOLDER",
    "PULUMI_BACKEND_URL",
    "PULUMI_ACCESS_TOKEN",
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv("XDG_STATE_HOME", home);
  vi.stubEnv("PULUMI_HOME", home);
}
