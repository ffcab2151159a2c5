import { renderIni } from "./config/ini";
import { type CloudSettings, endpoints, logFolder } from "./config/settings";

/**
 * The order in which services start. Each stage needs an answer of the one before at its very start: control
 * services that find no database try again only after ten seconds, agents whose first call finds no server behind
 * the message queue wait a minute and more.
 */
export const stages = ["foundations", "control", "agents"] as const;
export type Stage = (typeof stages)[number];

export interface Service {
  name: string;
  stage: Stage;
  command: string;
  /** The account it runs under; root of the box when left out. */
  user?: string;
  environment?: Record<string, string>;
  /** Left out when Nova's compute driver is the fake one. */
  needsRealCompute?: boolean;
}

/**
 * A WSGI program under uwsgi. "Connection: close" because keystoneauth reuses connections that uwsgi's HTTP socket
 * never answers on again, and stalls. No threads: oslo.log's lock is eventlet's, and two threads that log at once leave a
 * process that answers nobody ("greenlet.error: cannot switch to a different thread").
 */
function uwsgi(port: number, program: string, processes: number): string {
  return [
    `uwsgi --plugin python3 --master --lazy-apps --die-on-term --buffer-size 65535`,
    `--http-socket 0.0.0.0:${port} --wsgi-file ${program} --processes ${processes}`,
    `--add-header "Connection: close"`,
  ].join(" ");
}

const novaConf = "--config-file /etc/nova/nova.conf";
const neutronConf = "--config-file /etc/neutron/neutron.conf";

function neutronAgent(name: string, config: string): Service {
  return {
    name: `neutron-${name}`,
    stage: "agents",
    command: `neutron-${name}-agent ${neutronConf} ${config}`,
  };
}

/** Every service of a cloud, in the order in which `status` shows them. */
export const services: readonly Service[] = [
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
  {
    name: "keystone",
    stage: "control",
    command: uwsgi(endpoints.keystone.port, "/usr/bin/keystone-wsgi-public", 4),
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
    command: uwsgi(endpoints.placement.port, "/usr/bin/placement-api", 2),
  },
  {
    name: "neutron-server",
    stage: "control",
    command: `neutron-server ${neutronConf} --config-file /etc/neutron/ml2.ini`,
  },
  { name: "nova-api", stage: "control", command: `nova-api ${novaConf}` },
  { name: "nova-conductor", stage: "control", command: `nova-conductor ${novaConf}` },
  { name: "nova-scheduler", stage: "control", command: `nova-scheduler ${novaConf}` },
  { name: "nova-compute", stage: "agents", command: `nova-compute ${novaConf}` },
  neutronAgent("linuxbridge", "--config-file /etc/neutron/ml2.ini"),
  neutronAgent("dhcp", "--config-file /etc/neutron/dhcp_agent.ini"),
  neutronAgent("l3", "--config-file /etc/neutron/l3_agent.ini"),
  neutronAgent("metadata", "--config-file /etc/neutron/metadata_agent.ini"),
];

/** The services of one cloud. */
export function servicesOf(settings: Pick<CloudSettings, "fakeCompute">): Service[] {
  return services.filter((service) => !(settings.fakeCompute && service.needsRealCompute));
}

/** In supervisord's configuration a % starts an expansion. */
function literal(text: string): string {
  return text.replaceAll("%", "%%");
}

/** supervisord starts nothing by itself: the stages are started in their order by boot.ts. */
export function supervisordConf(settings: Pick<CloudSettings, "fakeCompute">): string {
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
