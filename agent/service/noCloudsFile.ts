/**
 * Takes the place of openstack/clouds.ts in the bundle (see bundle.ts), as reading YAML would double it. On the VM the
 * credentials are in the environment or in a file of NAME=VALUE.
 */
export function readCloud(name: string): never {
  throw new Error(
    `OS_CLOUD is "${name}", but this program reads no clouds.yaml: unset it, and set OS_AUTH_URL and its companions.`,
  );
}
