import { renderIni } from "./config/ini";
import { type CloudSettings, endpoints, logFolder } from "./config/settings";
import { networkKinds } from "./network/kinds";
import { switchServices } from "./network/switch";
import { type Service, stages, uwsgi } from "./service";

const novaConf = "--config-file /etc/nova/nova.conf";

/** Neutron's API, of any backend. */
const neutronApi: Service = {
  name: "neutron-api",
  stage: "control",
  command: uwsgi({
    listen: `0.0.0.0:${endpoints.neutron.port}`,
    file: "/usr/bin/neutron-api",
    processes: 2,
    // ML2/OVN hears of OVN's databases by threads of its own.
    ownThreads: true,
  }),
  environment: {
    OS_NEUTRON_CONFIG_DIR: "/etc/neutron",
    OS_NEUTRON_CONFIG_FILES: "/etc/neutron/neutron.conf;/etc/neutron/ml2.ini",
  },
};

type Choice = Pick<CloudSettings, "fakeCompute" | "network">;

/** The services of one cloud, in the order in which `status` shows them. */
export function servicesOf({ fakeCompute, network }: Choice): Service[] {
  const kind = networkKinds[network];
  const all: Service[] = [
    {
      name: "mariadb",
      stage: "foundations",
      command: "mariadbd --defaults-file=/etc/devcloud/mariadb.cnf",
    },
    {
      name: "rabbitmq",
      stage: "foundations",
      command: "/usr/lib/rabbitmq/bin/rabbitmq-server",
      user: "rabbitmq",
      environment: { HOME: "/var/lib/rabbitmq", ERL_EPMD_ADDRESS: "127.0.0.1" },
    },
    { name: "memcached", stage: "foundations", command: "memcached -u memcache -l 127.0.0.1 -m 128" },
    { name: "virtlogd", stage: "foundations", command: "/usr/sbin/virtlogd", needsRealCompute: true },
    { name: "libvirtd", stage: "foundations", command: "/usr/sbin/libvirtd", needsRealCompute: true },
    ...switchServices(kind),
    {
      name: "keystone",
      stage: "control",
      command: uwsgi({
        listen: `0.0.0.0:${endpoints.keystone.port}`,
        file: "/usr/bin/keystone-wsgi-public",
        processes: 2,
      }),
      environment: { OS_KEYSTONE_CONFIG_FILES: "/etc/keystone/keystone.conf" },
    },
    {
      name: "glance",
      stage: "control",
      command: "glance-api --config-file /etc/glance/glance-api.conf",
    },
    {
      name: "placement",
      stage: "control",
      command: uwsgi({
        listen: `0.0.0.0:${endpoints.placement.port}`,
        file: "/usr/bin/placement-api",
        processes: 2,
      }),
    },
    neutronApi,
    {
      name: "nova-api",
      stage: "control",
      command: uwsgi({
        listen: `0.0.0.0:${endpoints.nova.port}`,
        file: "/usr/bin/nova-api-wsgi",
        processes: 2,
      }),
    },
    {
      name: "nova-metadata",
      stage: "control",
      command: uwsgi({ listen: "127.0.0.1:8775", file: "/usr/bin/nova-metadata-wsgi", processes: 1 }),
    },
    { name: "nova-conductor", stage: "control", command: `nova-conductor ${novaConf}` },
    { name: "nova-scheduler", stage: "control", command: `nova-scheduler ${novaConf}` },
    { name: "nova-compute", stage: "agents", command: `nova-compute ${novaConf}` },
    ...kind.services,
  ];
  return all.filter((service) => !(fakeCompute && service.needsRealCompute));
}

/** In supervisord's configuration a % starts an expansion. */
function literal(text: string): string {
  return text.replaceAll("%", "%%");
}

/** supervisord starts nothing by itself: the stages are started in their order by boot.ts. */
export function supervisordConf(settings: Choice): string {
  const selected = servicesOf(settings);
  const programs = selected.map((service) => {
    const environment = Object.entries(service.environment ?? {}).map(
      ([name, value]) => `${name}="${value}"`,
    );
    return [
      `program:${service.name}`,
      {
        command: literal(service.command),
        autostart: false,
        autorestart: true,
        // A service that cannot reach another yet ends and is started again, each time a second later than before.
        startretries: 10,
        stopasgroup: true,
        killasgroup: true,
        redirect_stderr: true,
        stdout_logfile: `${logFolder}/${service.name}.log`,
        stdout_logfile_maxbytes: "50MB",
        stdout_logfile_backups: 1,
        ...(service.user === undefined ? {} : { user: service.user }),
        ...(environment.length === 0 ? {} : { environment: environment.join(",") }),
      },
    ] as const;
  });
  const groups = stages.map((stage) => {
    const names = selected.filter((service) => service.stage === stage).map(({ name }) => name);
    return [`group:${stage}`, { programs: names.join(",") }] as const;
  });
  return renderIni({
    unix_http_server: { file: "/run/supervisor.sock", chmod: "0700" },
    supervisord: {
      nodaemon: true,
      user: "root",
      logfile: `${logFolder}/supervisord.log`,
      pidfile: "/run/supervisord.pid",
    },
    "rpcinterface:supervisor": {
      "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
    },
    supervisorctl: { serverurl: "unix:///run/supervisor.sock" },
    ...Object.fromEntries(programs),
    ...Object.fromEntries(groups),
  });
}
