/** The Debian that the guests are: undercloud and BMC VMs, the image to deploy, IPA's RAM disk. */
export const guestDebian = { suite: "trixie", version: 13, image: "debian-13" } as const;
