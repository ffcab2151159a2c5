import { readFileSync } from "node:fs";
import { join } from "node:path";

/*
 * The RAM disk's own /init. systemd in its place more than doubles the time to IPA's first line where every
 * instruction is emulated (docs/images.md).
 */

/** PID 1: mounts, drivers, an address on each NIC, then IPA for ever. Each "ipa:" line is seconds since power on. */
export const ipaInit = readFileSync(join(__dirname, "init.sh"), "utf8");

/**
 * What udhcpc calls with a lease: address, MTU (option 26), the first router, the subnet's other routes (option
 * 121; with it RFC 3442 has option 3 ignored), name servers.
 */
export const ipaUdhcpc = readFileSync(join(__dirname, "udhcpc.sh"), "utf8");
