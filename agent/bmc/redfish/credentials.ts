import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Compares in a time that tells nothing, not even lengths: digests under a key of this process, both always looked at.
 * The password itself is not kept.
 * @throws Error when one is empty: a BMC without a password is not to come up by an oversight
 */
export function credentials(username: string, password: string): (name: string, secret: string) => boolean {
  if (username === "" || password === "") {
    throw new Error("Redfish needs a user name and a password: set both in the agent's configuration.");
  }
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const wantedName = digest(username);
  const wantedSecret = digest(password);
  return (name, secret) => {
    const nameFits = timingSafeEqual(digest(name), wantedName);
    const secretFits = timingSafeEqual(digest(secret), wantedSecret);
    return nameFits && secretFits;
  };
}

/** From "Authorization: Basic …" (RFC 7617). */
export function basicCredentials(header: string | undefined): { name: string; secret: string } | undefined {
  const encoded = /^basic +([a-z0-9+/=]+) *$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon < 0 ? undefined : { name: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
