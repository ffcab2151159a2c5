import type { CloudFile } from "../config/cloudFile";
import { type Ini, renderIni } from "../config/ini";
import type { CloudSettings } from "../config/settings";

/** The configuration of an agent that hands servers' requests for metadata on to Nova. @param more of its kind alone */
export function metadataAgentFile(path: string, { secrets }: CloudSettings, more: Ini = {}): CloudFile {
  const text = renderIni({
    DEFAULT: {
      nova_metadata_host: "127.0.0.1",
      metadata_proxy_shared_secret: secrets.metadata,
      metadata_workers: 1,
    },
    ...more,
  });
  return { path, text, mode: 0o600 };
}
