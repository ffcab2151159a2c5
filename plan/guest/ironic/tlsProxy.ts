import { fill, guestFile } from "../guestFile";
import { statusFile } from "./settingsScript";

/**
 * Python, TLS in front of Ironic's API. Arguments: port to listen on, address and port to go on to. What is inside goes on
 * as it is, but for requests to /ovb/settings, which are answered here: GET says what was put last and what root made of
 * it, PUT takes new settings (plan/guest/ironic/settings.ts) and has root apply them. Both take Ironic's own user
 * and password. A connection's first request decides.
 */
export const tlsProxy = fill(guestFile("ironic/tls.py"), { values: { STATUS: statusFile } });
