/** Says what is going on and how long each phase took. Everything goes to stderr: stdout is for results. */
export class Phases {
  readonly #began = performance.now();
  readonly #finished: { name: string; seconds: number }[] = [];

  /** One line, with the seconds since the start in front. */
  report = (line: string): void => {
    process.stderr.write(`${seconds(performance.now() - this.#began).padStart(7)}  ${line}\n`);
  };

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    this.report(name);
    const result = await work();
    this.#finished.push({ name, seconds: (performance.now() - start) / 1000 });
    return result;
  }

  /** A table of the phases, longest names aligned, and the total. */
  summary(): string {
    const total = { name: "in all", seconds: (performance.now() - this.#began) / 1000 };
    return [...this.#finished, total]
      .map((p) => `${seconds(p.seconds * 1000).padStart(8)}  ${p.name}`)
      .join("\n");
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)}s`;
}
