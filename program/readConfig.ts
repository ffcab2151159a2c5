import { runtime } from "@pulumi/pulumi";

/**
 * The stack's configuration under a prefix such as "ovb:". Every key, unknown ones too, so that a misspelt one
 * can be named. Structures come as Pulumi stores them, as JSON; plain values stay strings.
 *
 * Values of secret keys are among them, in clear, and may be quoted in an error: the CLI writes "[secret]" for
 * each of them in whatever it prints (seen with 3.246).
 */
export function readConfig(prefix: string): Record<string, unknown> {
  const keys = Object.entries(runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(keys.map(([key, text]) => [key.slice(prefix.length), parse(text)]));
}

function parse(text: string): unknown {
  // Only structures: a name such as "1234" or "true" is to stay a name.
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema says what it should have been
  }
}
