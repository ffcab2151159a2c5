/*
 * How wide text is. Whoever opens the picture has other fonts, so these are the widths of a wide one (DejaVu Sans, DejaVu
 * Sans Mono): in any usual font the text takes this much or less.
 */

export interface TextStyle {
  /** Pixels. */
  readonly size: number;
  readonly bold?: boolean;
  readonly mono?: boolean;
}

/** In thousandths of the size. */
const narrow = 420;
const widths: readonly (readonly [RegExp, number])[] = [
  [/[ijl|'.,:;!I]/, 345],
  [/[-frt()[\]/\\ "`{}]/, narrow],
  [/[mwMW@%+<>=~^#]/, 990],
  [/[A-Z&]/, 790],
  [/[\x20-\x7e]/, 640],
  [/\p{M}/u, 0],
  [/[\u00a0-\u2e7f]/, 800],
];
const wide = 1100; // CJK, emoji

const bolder = 1.12;
const monoWidth = 605;

/** Pixels, rounded up. */
export function widthOf(text: string, { size, bold, mono }: TextStyle): number {
  const thousandths = [...text].reduce((sum, character) => {
    const known = widths.find(([pattern]) => pattern.test(character))?.[1] ?? wide;
    return sum + (mono && known !== 0 && known !== wide ? monoWidth : known);
  }, 0);
  return Math.ceil((thousandths / 1000) * size * (bold ? bolder : 1));
}

/** Lines of at most so many pixels, broken at blanks, or within a word that is longer than a line. At least one line. */
export function wrap(text: string, style: TextStyle, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer, style) <= room) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = broken(word, style, room);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1)!;
  }
  return [...lines, line];
}

function broken(word: string, style: TextStyle, room: number): string[] {
  const pieces = [""];
  for (const character of word) {
    if (pieces.at(-1) !== "" && widthOf(pieces.at(-1)! + character, style) > room) pieces.push("");
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}
