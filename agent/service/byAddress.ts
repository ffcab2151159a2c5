/** What clients have open, by the address that they come from. Whoever opens by the thousand makes room for others himself. */
export class ByAddress<T> {
  /** The oldest first. No address without any. */
  readonly #open = new Map<string, Set<T>>();

  add(address: string, one: T): void {
    const own = this.#open.get(address);
    if (own) own.add(one);
    else this.#open.set(address, new Set([one]));
  }

  /** @returns false when it was gone already */
  delete(address: string, one: T): boolean {
    const own = this.#open.get(address);
    if (!own?.delete(one)) return false;
    if (own.size === 0) this.#open.delete(address);
    return true;
  }

  /** The oldest of the address that has most. */
  oldestOfMost(): T | undefined {
    let most: Set<T> | undefined;
    for (const own of this.#open.values()) if (own.size > (most?.size ?? 0)) most = own;
    return most?.values().next().value;
  }

  clear(): void {
    this.#open.clear();
  }
}
