/**
 * A URL as it may be shown to whoever reads a review: user, password and query, where tokens are, are left out.
 * Whatever is no URL is shown as it is.
 */
export function shownUrl(source: string): string {
  const [, scheme, userinfo, rest, query] = /^(https?:\/\/)([^/?#]*@)?([^?#]*)(.*)$/is.exec(source) ?? [];
  if (scheme === undefined) return source;
  return `${scheme}${userinfo ? "[secret]@" : ""}${rest}${query ? "?[secret]" : ""}`;
}
