/** What a long step needs: where to say how far it is, and what tells it to stop. */
export interface Progress {
  report: (line: string) => void;
  signal: AbortSignal;
}
