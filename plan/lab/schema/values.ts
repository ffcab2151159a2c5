import { z } from "zod";
import { isAddress, parseCidr } from "../ipv4";

/* Values that several keys have, and what each must be. */

export const address = z.string().refine(isAddress, "must be an IPv4 address such as 192.0.2.240");

export const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an IPv4 network such as 192.0.2.0/24, no host bits set",
  );

export const addressOrCidr = z
  .string()
  .refine(
    (text) => isAddress(text) || parseCidr(text) !== undefined,
    "must be an IPv4 address or network, such as 192.0.2.250 or 192.0.2.200/29",
  );

/** A DNS label, because server names become host names; 30 and 20 keep LAB-GROUP-N within the label's 63. */
export const label = (longest: number) =>
  z
    .string()
    .max(longest, `must have at most ${longest} characters`)
    .regex(
      /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
      "must be lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    );

/** Names of things that exist on the cloud: what Nova and Neutron take (255 characters, no blank at the ends). */
export const existingName = z
  .string()
  .min(1, "must not be empty")
  .max(255, "must have at most 255 characters, as Nova and Neutron do")
  .refine((text) => text === text.trim(), "must not begin or end with a blank: Nova refuses such a name");

/** Nova's limit is 60 characters, and it refuses commas and slashes; Neutron's is 255. */
export const tag = z
  .string()
  .regex(/^[^,/\s][^,/]{0,59}$/, "must have 1 to 60 characters, no comma and no slash, as Nova's server tags")
  .refine((text) => !text.startsWith("ovb:"), "must not begin with ovb: which is for the lab's own tags");

export const port = z
  .number()
  .int("must be a whole number")
  .min(1, "must be 1 to 65535")
  .max(65535, "must be 1 to 65535");

/** 1280: below it iPXE and TFTP suffer and IPv6 ends; 9216: the largest jumbo frame of common switches. */
export const mtu = z
  .number()
  .int("must be a whole number of bytes")
  .min(1280, "must be 1280 to 9216 bytes")
  .max(9216, "must be 1280 to 9216 bytes");

/** Seconds. A day: what takes longer is a fault that nobody waits for. */
export const seconds = z
  .number()
  .int("must be a whole number of seconds")
  .min(0, "must be 0 or more")
  .max(86_400, "must be at most 86400");

export const portOrNone = z
  .number()
  .int("must be a whole number")
  .min(0, "must be 1 to 65535, or 0 for none")
  .max(65535, "must be 1 to 65535, or 0 for none");
export const range = z.strictObject({ start: address, end: address });

export const portSecurity = z.enum(["unset", "enabled", "disabled"]);
export const bootScript = z.enum(["boot.ipxe", "inspector.ipxe"]);
export const firmware = z.enum(["bios", "uefi"]);
export const bootStrategy = z.enum(["rescue", "rebuild", "disk"]);
export const imageFormat = z.enum(["qcow2", "raw", "iso"]);
export const limit = z.number().int("must be a whole number").min(0, "must be 0 or more");

export const sshKey = z
  .string()
  .regex(/^(ssh-|ecdsa-|sk-)\S+ \S+/, 'must be a public key line such as "ssh-ed25519 AAAA... name"');
