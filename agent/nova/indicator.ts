/** The light by which a person finds a machine. Nobody sees it; who has set it reads it back, by either protocol. */
export class Indicator {
  #until = 0;

  get isLit(): boolean {
    return Date.now() < this.#until;
  }

  /** @param seconds Infinity: until it is switched off; 0: now */
  light(seconds: number): void {
    this.#until = Date.now() + seconds * 1000;
  }
}
