/**
 * Lines of NAME=VALUE, as systemd's EnvironmentFile= and a shell's `.` both take them: comments, `export`, and values in
 * single or double quotes.
 * @throws Error naming the line, never quoting it: it may hold a secret
 */
export function parseEnvFile(text: string, file: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, value] = /^(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new Error(`${file}, line ${index + 1}: expected NAME=VALUE.`);
    }
    values[name] = /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value;
  }
  return values;
}
