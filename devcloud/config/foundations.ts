import { databases, databaseUser, messageQueueUser } from "./common";
import { renderIni } from "./ini";
import { type CloudSecrets, type CloudSettings, dataFolder, hostname } from "./settings";

/** In the data folder, because MariaDB, which is not root, may not write to /run itself. */
export const databaseSocket = `${dataFolder}/mysql/mysqld.sock`;

export function mariadbCnf(): string {
  return renderIni({
    mysqld: {
      user: "mysql",
      datadir: `${dataFolder}/mysql`,
      socket: databaseSocket,
      "pid-file": `${dataFolder}/mysql/mysqld.pid`,
      "bind-address": "127.0.0.1",
      "skip-name-resolve": 1,
      "character-set-server": "utf8",
      "max-connections": 500,
      "innodb-buffer-pool-size": "256M",
      // The whole file is copied when a cloud starts from the prepared layer.
      "innodb-log-file-size": "32M",
      // A cloud never outlives a crash of its machine, so nothing has to be on the disk at a commit.
      "innodb-flush-log-at-trx-commit": 0,
      "innodb-doublewrite": 0,
    },
  });
}

/** Databases and the user the services share. The password is hexadecimal, so it needs no quoting in SQL. */
export function databaseSql(secrets: CloudSecrets): string {
  const user = `'${databaseUser}'@'127.0.0.1'`;
  const lines = [`CREATE USER ${user} IDENTIFIED BY '${secrets.database}';`];
  for (const name of databases) {
    lines.push(`CREATE DATABASE ${name};`, `GRANT ALL ON ${name}.* TO ${user};`);
  }
  return `${lines.join("\n")}\n`;
}

export function rabbitmqConf({ secrets }: CloudSettings): string {
  return [
    "listeners.tcp.local = 127.0.0.1:5672",
    `default_user = ${messageQueueUser}`,
    `default_pass = ${secrets.messageQueue}`,
    "log.console = true",
    "log.file = false",
    "",
  ].join("\n");
}

/** Erlang's schedulers sleep at once when idle, where they would spin for a while on cores that others want. */
export function rabbitmqEnvConf(): string {
  const erlang = "+sbwt none -kernel inet_dist_use_interface {127,0,0,1}";
  return [
    "NODENAME=rabbit@localhost",
    `MNESIA_BASE=${dataFolder}/rabbitmq`,
    `SERVER_ADDITIONAL_ERL_ARGS="${erlang}"`,
    "",
  ].join("\n");
}

/** sudo and libvirt look the host's own name up; without an answer each look-up waits for a name server. */
export function hostsFile(): string {
  return `127.0.0.1 localhost ${hostname}\n`;
}

export function qemuConf(): string {
  return [
    'security_driver = "none"',
    // No cgroup file system is mounted, so that two clouds never meet in one; and /dev is the box's own already.
    "cgroup_controllers = []",
    "namespaces = []",
    "",
  ].join("\n");
}
