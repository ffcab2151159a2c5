import { authToken, databaseUrl } from "./common";
import { type Ini, renderIni } from "./ini";
import type { CloudSettings } from "./settings";

export function placementConf(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: { use_stderr: true },
    placement_database: { connection: databaseUrl(settings, "placement") },
    api: { auth_strategy: "keystone" },
    keystone_authtoken: authToken(settings, "placement"),
  };
  return renderIni(ini);
}
