/** The command was run elsewhere, and has said everything. */
export class RanElsewhere extends Error {
  /** @param status of the command there */
  constructor(readonly status: number) {
    super(`ended with ${status}`);
  }
}
