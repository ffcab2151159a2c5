const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML and HTML, in an element or an attribute. Control characters and lone surrogates are in neither language. */
export function escapeXml(text: string): string {
  return text.replace(/\p{C}/gu, "?").replace(/[&<>"']/g, (character) => entities[character]!);
}

/** Text as an id and as a fragment of a URL: letters, digits and hyphens stay, whatever else is its code. */
export function idOf(...parts: readonly string[]): string {
  return parts
    .join("-")
    .replace(/[^A-Za-z0-9-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`);
}
