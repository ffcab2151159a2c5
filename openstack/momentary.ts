import { isCertificateFailure } from "./advice";
import { OpenStackError } from "./error";

/**
 * Whether it is an answer of a moment: the same request may be answered otherwise later, with nothing changed by us. A wait
 * goes on at it, and ends by its own limit. Something busy (409, 423), too many requests (425, 429), a failure within the cloud
 * (5xx, once retry.ts has repeated it), or no answer, but for a certificate or a service that is not in the catalogue.
 */
export function isMomentary(error: unknown): boolean {
  if (!(error instanceof OpenStackError)) return false;
  const { status, code } = error;
  if (status === undefined)
    return code !== undefined && code !== "no endpoint" && !isCertificateFailure(code);
  return [409, 423, 425, 429].includes(status) || (status >= 500 && status !== 501);
}
