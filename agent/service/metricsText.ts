/** A value that is not known is left out. */
export type Row = readonly [name: string, kind: "gauge" | "counter", value: number | undefined];

/**
 * Prometheus's text format, version 0.0.4, with the process's own. What each is stands in docs/bmc.md and docs/sync.md
 * rather than in HELP lines, which would take a hundredth of the bundle.
 */
export function metricsText(rows: readonly Row[]): string {
  const all: readonly Row[] = [
    ...rows,
    ["process_resident_memory_bytes", "gauge", process.memoryUsage.rss()],
    ["process_cpu_seconds_total", "counter", cpuSeconds()],
  ];
  return all
    .filter(([, , value]) => value !== undefined)
    .map(([name, kind, value]) => `# TYPE ${name} ${kind}\n${name} ${value}\n`)
    .join("");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
