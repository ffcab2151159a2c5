export type IniValue = string | number | boolean;

/** Section → option → value, in the order they are to appear. */
export type Ini = Record<string, Record<string, IniValue>>;

/** The text of an oslo.config file. Throws on a value with a line break, which would start another option. */
export function renderIni(ini: Ini): string {
  const lines: string[] = [];
  for (const [section, options] of Object.entries(ini)) {
    lines.push(`[${section}]`);
    for (const [name, value] of Object.entries(options)) {
      if (/[\r\n]/.test(String(value))) throw new Error(`[${section}] ${name}: the value has a line break`);
      lines.push(`${name} = ${value}`);
    }
    lines.push("");
  }
  return lines.join("\n");
}
