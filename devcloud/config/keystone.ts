import { cacheSection, databaseUrl } from "./common";
import { type Ini, renderIni } from "./ini";
import { type CloudSettings, dataFolder } from "./settings";

export function keystoneConf(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: { use_stderr: true },
    database: { connection: databaseUrl(settings, "keystone") },
    token: { provider: "fernet" },
    fernet_tokens: { key_repository: `${dataFolder}/keystone/fernet` },
    credential: { key_repository: `${dataFolder}/keystone/credential` },
    cache: cacheSection,
  };
  return renderIni(ini);
}
