/** A command of the docs that is typed on the lab of `npm start`, and what has to come of it. */
export interface Typed {
  /** As the docs have it. */
  readonly type: string;
  /** Each is in what it prints, on whichever stream. */
  readonly prints: readonly RegExp[];
  /** @default 0 */
  readonly status?: number;
  /** Typed on its terminal, once the question is there: without this it has no terminal. */
  readonly answers?: readonly [question: string, answer: string];
  /** It goes on until Ctrl-C, which comes as soon as everything is printed. */
  readonly untilCtrlC?: true;
  /** What it reads on standard input. */
  readonly input?: string;
  /** A file that it leaves, and what is in it. */
  readonly leaves?: readonly [file: string, text: RegExp];
  /** The command of the docs that is at work in another terminal meanwhile, as its page says. */
  readonly beside?: string;
  /** What the same shell has read or made before: what the page takes for granted. */
  readonly before?: string;
  /** Puts the clone back. */
  readonly after?: string;
}
