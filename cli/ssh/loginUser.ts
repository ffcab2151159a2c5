/** What the makers of cloud images call the user that cloud-init gives the keys to. */
const usual: readonly (readonly [pattern: RegExp, user: string])[] = [
  [/ubuntu/i, "ubuntu"],
  [/debian|^ovb-undercloud/i, "debian"],
  [/fedora/i, "fedora"],
  [/rocky/i, "rocky"],
  [/alma/i, "almalinux"],
  // `centos` until Stream 8, `cloud-user` as RHEL's since Stream 9.
  [/centos\D*[78](?!\d)/i, "centos"],
  [/centos|rhel|red.?hat/i, "cloud-user"],
  [/cirros/i, "cirros"],
  [/suse|sles/i, "opensuse"],
  [/arch/i, "arch"],
];

/**
 * The user to log in as on a server of this image: Glance's `os_admin_user`, else by `os_distro`, else by its name.
 * @returns undefined where nothing tells
 */
export function loginUser(name: string, image: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { os_admin_user: admin, os_distro: distro, os_version: version = "" } = image;
  if (typeof admin === "string" && /^[a-z_][\w-]*$/i.test(admin)) return admin;
  const names = [...(typeof distro === "string" ? [`${distro} ${version}`] : []), name];
  for (const text of names) {
    const found = usual.find(([pattern]) => pattern.test(text));
    if (found) return found[1];
  }
  return undefined;
}
