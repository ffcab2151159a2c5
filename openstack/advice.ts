import type { AuthOptions } from "./auth";
import type { RequestName } from "./error";

/** What to do next about an HTTP status, where there is something general to say. */
export function adviceForStatus(
  request: RequestName,
  status: number,
  detail: string,
  auth: AuthOptions,
): string | undefined {
  if (status === 401) {
    return auth.method.kind === "token"
      ? `The token of ${auth.source} has expired or is not valid: get a new one with \`openstack token issue\`.`
      : `Check the user, secret, project and domains of ${auth.source}; an expired or deleted application credential also ends like this.`;
  }
  if (status === 403 && /quota/i.test(detail)) {
    return "Free something, or ask the cloud's operator for a larger quota.";
  }
  if (status === 403) {
    return `${auth.source} may not do this: check its roles and, for an application credential, its access rules.`;
  }
  if (status >= 300 && status < 400) {
    return `The endpoint of ${request.service} answers with a redirect, which is not followed because the token would go with it: correct the address (${detail}).`;
  }
  if (status === 406) {
    return `The ${request.service} service is too old for the microversion asked for.`;
  }
  if (status === 429 || status >= 502) {
    return "The cloud stayed overloaded or unavailable over several attempts: try again later.";
  }
  return undefined;
}

/** Certificate failures of Node's TLS: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODES = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

export function isCertificateFailure(code: string | undefined): boolean {
  return code !== undefined && CERTIFICATE_CODES.has(code);
}

/** What to do next when no answer came at all. `origin` is scheme, host and port. */
export function adviceForConnection(code: string | undefined, origin: string, auth: AuthOptions): string {
  if (isCertificateFailure(code)) {
    // fetch has no option for a CA: Node reads NODE_EXTRA_CA_CERTS once, when the process starts.
    return auth.verify
      ? `Node does not trust the certificate of ${origin}: start again with NODE_EXTRA_CA_CERTS=${auth.caFile ?? "/path/to/the/cloud's/ca.pem"}` +
          (auth.caFile === undefined ? "." : " (Node does not read OS_CACERT or cacert itself).")
      : `Node does not read OS_INSECURE: give it the cloud's CA with NODE_EXTRA_CA_CERTS, or, for a throw-away lab only, start again with NODE_TLS_REJECT_UNAUTHORIZED=0.`;
  }
  switch (code) {
    case "ECONNREFUSED":
      return `Nothing listens at ${origin}: is the cloud up, and is this its address (auth URL from ${auth.source})?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The name in ${origin} does not resolve: check the address (auth URL from ${auth.source}) and this machine's DNS.`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return `${origin} does not speak TLS: does the address want http instead of https?`;
    default:
      return `Check that ${origin} can be reached from this machine (route, firewall; Node uses no HTTP proxy by itself).`;
  }
}
