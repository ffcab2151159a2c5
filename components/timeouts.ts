/*
 * How long one resource may take. The provider's own limits are made for hardware and large images (30 minutes for
 * servers and images), and it polls until they are over when, for example, a stranger's port keeps a subnet in use.
 * These fail early enough to be read while one still looks, and are several times what busy clouds take. Each names
 * only what the provider has a limit for: it warns about any other.
 */

/**
 * Creating: the provider's own. 50 nodes' ports are asked for at once, and a slow Neutron has the last one ready minutes
 * later (3 were too few on two cores that the cloud, its guests and a test run shared). Deleting: a call answers in
 * seconds; minutes mean that something else holds the resource.
 */
export const neutronTimeouts = { create: "10m", delete: "3m" };

/** Creating a security group or a rule is one call without a wait. */
export const securityGroupTimeouts = { delete: "3m" };

/** Copying an image to a fresh compute host takes most of it. Update: a resize, which copies the disk. */
export const serverTimeouts = { create: "15m", update: "15m", delete: "15m" };

/** The iPXE images are a few megabytes; a file of the user's may be gigabytes over a slow line. */
export const imageTimeouts = { create: "15m" };
