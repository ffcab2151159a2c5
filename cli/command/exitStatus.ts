/** A command's own exit status is that of a program that it ran, which has said what there is to say. */
export class ExitStatus extends Error {
  override readonly name = "ExitStatus";

  constructor(readonly status: number) {
    super(`exit status ${status}`);
  }
}
