/** One event in a log that machines read: a line of JSON with the node's key and no secret. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/**
 * One line of JSON for each event, for journald and whoever reads it by machine.
 * @param secrets are cut out wherever they turn up, in case an error of somebody else's quotes one. Short ones are
 * left, as they turn up everywhere.
 */
export function jsonLog(write: (line: string) => void, secrets: readonly string[] = []): Log {
  const hidden = secrets
    .filter((secret) => secret.length >= 6)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return (event, fields = {}) => {
    let line = JSON.stringify({ time: new Date().toISOString(), event, ...fields });
    for (const secret of hidden) line = line.replaceAll(secret, "[secret]");
    write(`${line}\n`);
  };
}
