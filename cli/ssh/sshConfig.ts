/** A server to log in to. */
export interface SshHost {
  /** By which the command line of `ssh` names it: "undercloud", "bmc", "node-0". */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Under which its host key is remembered: another VM, or another system on a node's disk, is another. */
  readonly alias: string;
  /** Name of the host that the way leads through. */
  readonly via?: string;
  /** Files of private or public keys. Absent: whatever `ssh` finds by itself, an agent's as well. */
  readonly identities?: readonly string[];
}

export interface SshFiles {
  /** This configuration's own. */
  readonly config: string;
  readonly knownHosts: string;
}

/**
 * An ssh_config of its own, instead of the user's: what somebody has in there for any host (forwards, multiplexing, a host
 * key checking that is off) is not to change what these commands do.
 */
export function sshConfig(hosts: readonly SshHost[], { config, knownHosts }: SshFiles): string {
  const blocks = hosts.map(({ name, address, port, user, alias, via, identities }) =>
    [
      `Host ${name}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      `  User ${user}`,
      `  HostKeyAlias ${alias}`,
      // ProxyJump would put the file's name on a shell's command line without quotes (ssh.c, 9.9).
      ...(via ? [`  ProxyCommand ssh -F ${shellWord(config)} -W [%h]:%p ${via}`] : []),
      ...(identities
        ? ["  IdentitiesOnly yes", ...identities.map((file) => `  IdentityFile ${path(file)}`)]
        : []),
    ].join("\n"),
  );
  return `${[
    ...blocks,
    `Host *
  UserKnownHostsFile ${path(knownHosts)}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking accept-new
  CheckHostIP no
  UpdateHostKeys no
  ConnectTimeout 30
  ServerAliveInterval 15
  ServerAliveCountMax 4
  ForwardAgent no
  LogLevel ERROR`,
  ].join("\n")}\n`;
}

/** ssh expands % in names of files (TOKENS in ssh_config(5)), and takes them in double quotes. */
function path(file: string): string {
  if (/["\n]/.test(file))
    throw new Error(`ssh cannot be told of a file with such a name: ${JSON.stringify(file)}`);
  return `"${file.replaceAll("%", "%%")}"`;
}

/** One word for the shell that runs a ProxyCommand. */
function shellWord(text: string): string {
  return `'${text.replaceAll("%", "%%").replaceAll("'", "'\\''")}'`;
}
