import { listAll } from "./paging";
import type { Session } from "./session";

export interface Keypair {
  name: string;
  /** A line of authorized_keys, or the text of an X.509 certificate. */
  public_key: string;
}

/** The user's own, whatever the project. */
export async function listKeypairs(session: Session, signal?: AbortSignal): Promise<Keypair[]> {
  const all = await listAll<{ keypair: Keypair }>(session, "compute", "/os-keypairs", "keypairs", { signal });
  return all.map(({ keypair }) => keypair);
}
