/** Whoever waits for the same moment, each for so long and no longer. */
export class Awaiters {
  readonly #all = new Set<() => void>();

  get size(): number {
    return this.#all.size;
  }

  /** @param ms how long at most */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#all.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#all.add(end);
    });
  }

  end(): void {
    for (const end of [...this.#all]) end();
  }
}
