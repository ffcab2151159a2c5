import type { AuthOptions } from "./auth";
import type { RequestName } from "./error";
import { proxyFor } from "./proxy";

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
const certificateCodes = new Set([
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
  return code !== undefined && certificateCodes.has(code);
}

/** What to do next when no answer came at all. `origin` is scheme, host and port. */
export function adviceForConnection(code: string | undefined, origin: string, auth: AuthOptions): string {
  if (isCertificateFailure(code)) {
    return auth.caFile === undefined
      ? `The certificate of ${origin} is not signed by an authority that is trusted here: set OS_CACERT (cacert in clouds.yaml) to the file of the cloud's.`
      : `The certificate of ${origin} is not signed by the authority that OS_CACERT (cacert in clouds.yaml) names, or not for this name: give the one that signed it.`;
  }
  const proxy = proxyFor(auth.proxy, new URL(origin));
  if (proxy !== undefined)
    return `${origin} is asked through the proxy of ${proxy.variable}: is that proxy right and up, and does it let this pass? Where the cloud is to be reached without it, add its name to NO_PROXY.`;
  switch (code) {
    case "ECAFILE":
      return "Correct the path: it is taken from the working directory.";
    case "ECONNREFUSED":
      return `Nothing listens at ${origin}: is the cloud up, and is this its address (auth URL from ${auth.source})?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The name in ${origin} does not resolve: check the address (auth URL from ${auth.source}) and this machine's DNS; where only a proxy reaches it, set HTTPS_PROXY.`;
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return `${origin} does not speak TLS: does the address want http instead of https?`;
    default:
      return `Check that ${origin} can be reached from this machine (route, firewall; where only a proxy reaches it, set HTTPS_PROXY).`;
  }
}
