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

/** A WSGI program and the processes that run it. */
export interface WebProgram {
  /** Where it listens, such as "0.0.0.0:5000". */
  listen: string;
  /** The program's file. */
  file: string;
  processes: number;
  /** Python threads of the program's own, beside the one that answers. */
  ownThreads?: boolean;
}

/**
 * A WSGI program under uwsgi. "Connection: close" because keystoneauth reuses connections that uwsgi's HTTP socket
 * never answers on again, and stalls. One thread answers: oslo.log's lock is eventlet's, and two threads that log at once
 * leave a process that answers nobody ("greenlet.error: cannot switch to a different thread").
 */
export function uwsgi({ listen, file, processes, ownThreads }: WebProgram): string {
  const options = [
    "--plugin python3 --master --lazy-apps --die-on-term --buffer-size 65535",
    `--http-socket ${listen} --wsgi-file ${file} --processes ${processes}`,
    ...(ownThreads ? ["--enable-threads"] : []),
    `--add-header "Connection: close"`,
  ].join(" ");
  // ML2/OVN's hash ring is of the workers that have this number in common. Of uwsgi's own %t on a command line Neutron gets
  // those two letters: "invalid literal for int()", and each call ends in a 500.
  return `sh -c 'exec uwsgi --set start-time=$(date +%s) "$@"' uwsgi ${options}`;
}
