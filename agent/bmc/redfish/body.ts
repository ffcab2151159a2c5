import type { IncomingMessage } from "node:http";
import { Refusal, shown } from "./refusal";
import type { Json } from "./resource";

/** Bytes. The longest request that is any use is an InsertMedia with a long URL. */
const bodyLimit = 64 * 1024;

/**
 * @returns {} for no body: EjectMedia is called without one
 * @throws Refusal
 */
export async function readBody(request: IncomingMessage): Promise<Json> {
  const bytes = await readAll(request);
  if (bytes.length === 0) return {};
  const type = (request.headers["content-type"] ?? "application/json").split(";")[0]!.trim().toLowerCase();
  if (type !== "application/json") {
    throw new Refusal("UnrecognizedRequestBody", {
      status: 415,
      reason: "Send Content-Type: application/json.",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Refusal("MalformedJSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("UnrecognizedRequestBody");
  }
  return value as Json;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    // Without destroyOnReturn the answer to a body that is too large could not be sent.
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += part.length;
      // The rest is not read: the connection goes with the answer.
      if (length > bodyLimit) throw new Refusal("PayloadTooLarge", { headers: { Connection: "close" } });
      parts.push(part);
    }
  } catch (error) {
    // The client went away, or sent what is no HTTP: nobody is there to read this.
    throw error instanceof Refusal ? error : new Refusal("UnrecognizedRequestBody");
  }
  return Buffer.concat(parts);
}

/** An action's parameters. @throws Refusal for one that is missing or unknown */
export function parameters(
  action: string,
  body: Json,
  { required = [], optional = [] }: { required?: readonly string[]; optional?: readonly string[] },
): Json {
  for (const name of required) {
    if (!Object.hasOwn(body, name)) {
      throw new Refusal("ActionParameterMissing", { args: [action, name], property: `/${name}` });
    }
  }
  for (const name of Object.keys(body)) {
    if (!required.includes(name) && !optional.includes(name) && !name.includes("@")) {
      throw new Refusal("ActionParameterUnknown", { args: [action, shown(name)] });
    }
  }
  return body;
}
