import { authToken, concurrency, databaseUrl } from "./common";
import { type Ini, renderIni } from "./ini";
import { type CloudSettings, dataFolder, endpoints } from "./settings";

export function glanceApiConf(settings: CloudSettings): string {
  const ini: Ini = {
    DEFAULT: {
      bind_host: "0.0.0.0",
      bind_port: endpoints.glance.port,
      workers: 1,
      use_stderr: true,
      enabled_import_methods: "[glance-direct,web-download]",
      node_staging_uri: `file://${dataFolder}/glance/staging`,
    },
    database: { connection: databaseUrl(settings, "glance") },
    glance_store: {
      stores: "file,http",
      default_store: "file",
      filesystem_store_datadir: `${dataFolder}/glance/images`,
    },
    paste_deploy: { flavor: "keystone", config_file: "/etc/glance/glance-api-paste.ini" },
    // Empty lists: an image may be imported from any port of any host that the box can reach.
    import_filtering_opts: { disallowed_hosts: "", disallowed_schemes: "", allowed_ports: "" },
    oslo_concurrency: concurrency,
    keystone_authtoken: authToken(settings, "glance"),
  };
  return renderIni(ini);
}
