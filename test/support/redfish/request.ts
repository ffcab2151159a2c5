import { type Served, testPassword, testUser } from "./serve";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON
  readonly body: any;
}

export const basic = `Basic ${Buffer.from(`${testUser}:${testPassword}`).toString("base64")}`;

/** With the right password unless `headers` says otherwise. `body` is sent as JSON, a string as it is. */
export async function ask(
  { url }: Served,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: {
      authorization: basic,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = answer.headers.get("content-type")?.startsWith("application/json") && text !== "";
  return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

/** What an error is called: "PropertyUnknown". Fails for an answer that has no Redfish error in it. */
export function errorOf({ body }: Answer): string {
  const { code, message } = body.error;
  const info = body.error["@Message.ExtendedInfo"];
  if (typeof message !== "string" || info[0].MessageId !== code) throw new Error(JSON.stringify(body));
  for (const each of info) {
    for (const name of ["MessageId", "Message", "MessageSeverity", "Resolution"]) {
      if (typeof each[name] !== "string" || /%\d/.test(each[name])) throw new Error(JSON.stringify(each));
    }
  }
  return /^Base\.\d+\.\d+\.(\w+)$/.exec(code)![1]!;
}
