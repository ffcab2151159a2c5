import { createHash } from "node:crypto";
import { isMime } from "./userDataFormat";

/** A MIME message of these, each as cloud-init would find it alone. The same text for the same parts. */
export function mimeMessage(parts: readonly { readonly type: string; readonly content: string }[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const boundary = `ovb-${hash.slice(0, 32)}`;
  const bodies = parts.map(({ type, content }) => (isMime(content) ? nested(content) : body(type, content)));
  const head = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${boundary}"\n`;
  return `${head}\n${bodies.map((one) => `--${boundary}\n${one}\n`).join("")}--${boundary}--\n`;
}

/** One within the other: its header is the part's. A line of mbox, "From nobody …", is none of the header's. */
function nested(message: string): string {
  return message.replace(/^From .*\n/, "");
}

function body(type: string, content: string): string {
  const head = `Content-Type: ${type}; charset="utf-8"\nContent-Transfer-Encoding: `;
  // Python's parser, which cloud-init hands text to, garbles what is not ASCII.
  if (/^\p{ASCII}*$/u.test(content)) return `${head}7bit\n\n${content}`;
  const lines =
    Buffer.from(content)
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  return `${head}base64\n\n${lines.join("\n")}`;
}
