/** How far from the newest number one may be: IPMI 2.0, 6.12.13 (15 ahead; 16 behind, each once). */
const ahead = 15;
const behind = 16;

/**
 * Which of the sequence numbers a client sends are new. A packet that was recorded and is sent again has a number
 * that is known or too old. To be asked only about packets whose integrity was checked.
 */
export class SequenceWindow {
  #newest: number;
  /** Bit n: the number n + 1 below the newest was seen, or is from before the session. */
  #seen = 0xffff;

  /** @param before the number before the first that may come */
  constructor(before = 0) {
    this.#newest = before;
  }

  /** @returns whether it may be processed; if so it is remembered. */
  accept(sequence: number): boolean {
    if (sequence === 0) return false; // is for packets outside of a session
    // Numbers wrap from 0xffffffff to 1, leaving 0 out.
    let distance = (sequence - this.#newest) | 0;
    if (distance > 0 && sequence < this.#newest) distance--;
    if (distance < 0 && sequence > this.#newest) distance++;
    if (distance > ahead || distance < -behind) return false;
    if (distance > 0) {
      this.#seen = ((this.#seen << distance) | (1 << (distance - 1))) & 0xffff;
      this.#newest = sequence;
      return true;
    }
    if (distance === 0) return false;
    const bit = 1 << (-distance - 1);
    if ((this.#seen & bit) !== 0) return false;
    this.#seen |= bit;
    return true;
  }
}
