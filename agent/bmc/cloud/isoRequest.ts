import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { Unreachable, Unsupported } from "../../nova/machine";

/** How the server of an https image proves itself. */
export interface ServerTrust {
  /** false: not at all, as on most real BMCs. */
  readonly verify: boolean;
  /** PEM; when there are some, only what they have signed is taken. */
  readonly certificates: readonly string[];
}

/** Milliseconds in which nothing comes. */
const silenceMs = 30_000;
const mostRedirects = 5;
const redirectStatuses: readonly unknown[] = [301, 302, 303, 307, 308];

/**
 * By Node's own client rather than fetch(), which takes neither a certificate nor a URL with a password.
 * @param shown the URL as it may be repeated
 * @throws Unreachable, Unsupported
 */
export async function requestIso(
  url: URL,
  shown: string,
  trust: ServerTrust,
  signal: AbortSignal,
  redirects = 0,
): Promise<IncomingMessage> {
  const { verify, certificates } = trust;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = {
      signal,
      // Not compressed on the way: the length is the file's.
      headers: { "Accept-Encoding": "identity" },
      agent: false as const,
      timeout: silenceMs,
    };
    const tls = { rejectUnauthorized: verify, ...(certificates.length > 0 && { ca: [...certificates] }) };
    const request =
      url.protocol === "https:"
        ? getHttps(url, { ...options, ...tls }, resolve)
        : getHttp(url, options, resolve);
    request.once("error", reject);
    request.once("timeout", () => request.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)));
  }).catch((error: NodeJS.ErrnoException) => {
    throw new Unreachable(`${shown} cannot be fetched from the BMC: ${why(error)}.`, shown);
  });
  const { location } = response.headers;
  if (!redirectStatuses.includes(response.statusCode) || location === undefined) return response;
  response.destroy();
  if (redirects === mostRedirects || !URL.canParse(location, url.href)) {
    throw new Unsupported(`${shown} redirects without an end.`);
  }
  const next = new URL(location, url);
  if (!/^https?:$/.test(next.protocol)) throw new Unsupported(`${shown} redirects to what is no http URL.`);
  return requestIso(next, shown, trust, signal, redirects + 1);
}

/** OpenSSL's and Node's codes for a certificate that is not trusted. */
const untrusted = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_/;

function why({ code = "", message }: NodeJS.ErrnoException): string {
  const reason = message || code;
  if (!untrusted.test(code)) return reason;
  return `${reason} (set the drive's VerifyCertificate to false, or add the certificate of who has signed it to its Certificates)`;
}
