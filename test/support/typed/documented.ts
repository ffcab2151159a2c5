/** A command as a page has it. */
export interface Documented {
  readonly page: string;
  /** From 1. */
  readonly line: number;
  /** Without its prompt and its remark. */
  readonly command: string;
}

/** What a user types: a clone is all that these take. Other programs' names in prose are mentions. */
const inline = /^(?:npx|npm) \S/;

/**
 * Every command that a page shows: lines of `sh` blocks, lines after a `$ ` in others, and code in prose that begins with
 * `npx` or `npm`.
 * @throws Error about a block that shows commands and is neither
 */
export function documentedCommands(page: string, markdown: string): Documented[] {
  const found: Documented[] = [];
  const add = (line: number, text: string) => {
    const command = withoutRemark(text);
    if (command !== "") found.push({ page, line, command });
  };
  let block: string | undefined;
  const prose: string[] = [];
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^ *```(\w*)/.exec(line);
    prose.push(fence || block !== undefined ? "" : line);
    if (fence) {
      block = block === undefined ? fence[1]! : undefined;
      continue;
    }
    if (block === undefined) continue;
    if (block === "sh") add(index + 1, line);
    else if (/^ *\$ /.test(line)) add(index + 1, line.replace(/^ *\$ /, ""));
    else if (inline.test(line.trim()))
      throw new Error(`${page}:${index + 1}: a command in a block that is not \`\`\`sh and without "$ "`);
  }
  const text = prose.join("\n");
  for (const { 1: code = "", index } of text.matchAll(/`([^`]+)`/g)) {
    const words = code.replaceAll(/\s*\n\s*/g, " ").replaceAll("\\|", "|");
    if (inline.test(words)) add(text.slice(0, index).split("\n").length, words);
  }
  return found.sort((a, b) => a.line - b.line);
}

/** A shell's own rule: `#` begins a remark where a word begins and nothing is quoted. */
function withoutRemark(text: string): string {
  let quote = "";
  for (const [at, character] of [...text].entries()) {
    if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === "#" && (at === 0 || /\s/.test(text[at - 1]!))) return text.slice(0, at).trim();
  }
  return text.trim();
}
