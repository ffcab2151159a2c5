import type { Interface } from "./auth";

/** The services this client talks to, by the official service type. */
export type Service = "identity" | "compute" | "network" | "image" | "placement" | "block-storage";

/** The `catalog` of a Keystone token, the fields used here. */
export interface CatalogEntry {
  type: string;
  name?: string;
  endpoints: { interface: string; url: string; region_id?: string | null; region?: string | null }[];
}

interface ServiceFacts {
  /** Types a catalogue may use, preferred first (https://service-types.openstack.org/service-types.json). */
  types: string[];
  /** The version segment our paths stand under; Placement has none. */
  version?: string;
  /** The service's name in the OpenStack-API-Version header, where it has microversions. */
  microversions?: string;
}

export const SERVICES: Record<Service, ServiceFacts> = {
  identity: { types: ["identity"], version: "v3" },
  compute: { types: ["compute"], version: "v2.1", microversions: "compute" },
  network: { types: ["network"], version: "v2.0" },
  image: { types: ["image"], version: "v2" },
  placement: { types: ["placement"], microversions: "placement" },
  "block-storage": {
    types: ["block-storage", "volumev3", "block-store", "volume"],
    version: "v3",
    microversions: "volume",
  },
};

/**
 * The service's versioned base URL without a trailing slash, from a token's catalogue.
 * Throws an `Error` that says what the catalogue has instead.
 */
export function endpointOf(
  catalog: CatalogEntry[],
  service: Service,
  choice: { region?: string; interface: Interface; projectId?: string },
): string {
  const { types, version } = SERVICES[service];
  const entry = types
    .map((type) => catalog.find((one) => one.type === type))
    .find((one) => one !== undefined);
  if (entry === undefined) {
    const known = catalog.map((one) => one.type).join(", ") || "nothing";
    throw new Error(
      `The cloud's catalogue has no ${service} service (it has: ${known}). Is the token scoped to a project?`,
    );
  }
  const facing = entry.endpoints.filter((one) => one.interface === choice.interface);
  if (facing.length === 0) {
    const known = [...new Set(entry.endpoints.map((one) => one.interface))].join(", ") || "none";
    throw new Error(
      `The ${service} service has no ${choice.interface} endpoint (it has: ${known}): set OS_INTERFACE.`,
    );
  }
  const regions = [...new Set(facing.map(regionOf))];
  const inRegion =
    choice.region === undefined ? facing : facing.filter((one) => regionOf(one) === choice.region);
  const endpoint = inRegion[0];
  if (endpoint === undefined) {
    throw new Error(
      `The ${service} service has no endpoint in region "${choice.region}": set OS_REGION_NAME to one of ${regions.join(", ")}.`,
    );
  }
  if (choice.region === undefined && regions.length > 1) {
    throw new Error(
      `The ${service} service is in several regions: set OS_REGION_NAME to one of ${regions.join(", ")}.`,
    );
  }
  const base = version === undefined ? endpoint.url.replace(/\/+$/, "") : versioned(endpoint.url, version);
  // Cinder before 3.67 wants the project in the path, later ones accept it.
  return service === "block-storage" && base.endsWith("/v3") && choice.projectId
    ? `${base}/${choice.projectId}`
    : base;
}

/**
 * The URL with this API version: appended where there is none, in the place of another (Nova's v2, Keystone's v2.0), and
 * with what follows it kept (Nova's and Cinder's project id).
 */
export function versioned(url: string, version: string): string {
  const parsed = new URL(url);
  const segments = parsed.pathname.split("/").filter((segment) => segment !== "");
  const at = segments.findLastIndex((segment) => /^v\d+(\.\d+)?$/.test(segment));
  if (at < 0) segments.push(version);
  else segments[at] = version;
  return `${parsed.origin}/${segments.join("/")}`;
}

function regionOf(endpoint: CatalogEntry["endpoints"][number]): string {
  return endpoint.region_id ?? endpoint.region ?? "";
}
