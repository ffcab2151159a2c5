/** Of these names the one that was meant by a word that is none of them: by letters alone, else by a slip or two. */
export function nearest(names: readonly string[], word: string): string | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const same = names.find((name) => bare(name) === bare(word));
  if (same !== undefined) return same;
  const [best] = names
    .map((name) => ({ name, slips: distance(bare(name), bare(word)) }))
    .sort((a, b) => a.slips - b.slips);
  return best && best.slips <= Math.min(2, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
