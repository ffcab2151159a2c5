import { fill, guestFile } from "../guestFile";

export interface SetupOptions {
  /** Where the link `node` and the certificate go; it is there already. */
  readonly folder: string;
  /** Node.js as the user configured it: nothing is installed then. */
  readonly nodePath?: string;
  /** What the certificate of Redfish is for; absent: no HTTPS, no certificate. */
  readonly certificate?: { readonly name: string; readonly addresses: readonly string[] };
}

/** The oldest Node.js that the agent is bundled for (agent/service/bundle.ts). */
const oldestNode = 18;

const template = guestFile("bmc/setup.sh");

/**
 * A script for `sh` that ends once the agent can be started: FOLDER/node is a Node.js that is new enough, found or
 * installed by the distribution's package manager, and FOLDER/redfish-{cert,key}.pem are there. It runs at each boot and
 * keeps what is there. It does not give up, as a mirror or a network may come later; why it waits is on the console.
 */
export function setupScript({ folder, nodePath, certificate }: SetupOptions): string {
  const packages = [...(nodePath ? [] : ["nodejs"]), ...(certificate ? ["openssl"] : [])];
  return fill(template, {
    values: {
      FOLDER: folder,
      OLDEST: oldestNode,
      FIND_NODE: nodePath ? `use_node ${nodePath}` : "use_node node || use_node nodejs",
      PACKAGES: packages.join(" "),
      WAY_OUT: wayOut(nodePath),
      NAME: certificate?.name ?? "",
      ADDRESSES: certificate?.addresses.map((address) => `IP:${address}`).join(",") ?? "",
    },
    parts: {
      certificate: certificate !== undefined,
      packages: packages.length > 0,
      // CentOS Stream 9 has Node.js 16 unless a module is chosen; Fedora and later Streams have no modules.
      nodejs: nodePath === undefined,
    },
  });
}

function wayOut(nodePath: string | undefined): string {
  return nodePath
    ? `ovb:bmc.nodePath ${nodePath} is no Node.js ${oldestNode} or later here, or openssl is missing.`
    : `No Node.js ${oldestNode} or later (and openssl) could be had from this image or its packages: use an image that ` +
        "has them (ovb:bmc.image), or name Node.js in ovb:bmc.nodePath.";
}
