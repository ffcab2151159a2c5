/** How cloud-init tells what user data are, at their beginning (cloudinit/handlers/__init__.py, INCLUSION_TYPES_MAP). */
const beginnings = [
  ...["#cloud-config", "#!", "#include", "#cloud-boothook", "#part-handler", "## template: jinja"],
  ...["#cloud-config-archive", "#cloud-config-jsonp", "#include-once"],
];

/**
 * How user data of another's can be carried beside ours, so that cloud-init takes them as it would alone:
 * - part: as an entry of an archive, which cloud-init hands on as it is
 * - container: holds or fetches others (an archive, #include, MIME), which it opens only outside of an archive
 */
export type UserDataFormat = "part" | "container";

/** @returns what is wrong, for what cloud-init would not take or this program cannot carry */
export function userDataFormat(text: string): UserDataFormat | { readonly problem: string } {
  // Read as text, other bytes are U+FFFD by now; gzip begins with 1f 8b.
  if (/[\0\uFFFD]/.test(text))
    return {
      problem: "is no text (compressed, perhaps): give it as text, and this program packs it as is needed",
    };
  if (isMime(text)) return "container";
  const start = text.trimStart().toLowerCase();
  if (!beginnings.some((one) => start.startsWith(one)))
    return {
      problem: `begins with nothing that cloud-init knows, so it would be dropped without a word; it may begin with ${beginnings.slice(0, 6).join(", ")}`,
    };
  return /^#(include|cloud-config-archive)/.test(start) ? "container" : "part";
}

/** As cloudinit/user_data.py tells it (convert_string). */
export function isMime(text: string): boolean {
  return text.slice(0, 4096).toLowerCase().includes("mime-version:");
}
