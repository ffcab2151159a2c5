/** What mmdebstrap says it does, of a line such as "I: extracting archives..."; undefined for any other line. */
export function mmdebstrapPhase(line: string): string | undefined {
  return /^I: (.*?)\.*$/.exec(line)?.[1];
}
