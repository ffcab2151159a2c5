import { log } from "@pulumi/pulumi";
import { Session } from "../openstack/session";
import { providerAuth } from "./providerAuth";

/**
 * A session of our own as whom the provider acts for. Undefined, with a warning, where the provider is configured in a way
 * that only it understands.
 */
export function ourSession(): Session | undefined {
  try {
    return new Session(providerAuth());
  } catch (error) {
    void log.warn(
      "Not looked at: whether this tenant can have the lab, and whether its name is another stack's there. " +
        (error as Error).message,
    );
    return undefined;
  }
}
