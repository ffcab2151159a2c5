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

export const services: Record<Service, ServiceFacts> = {
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

/** The catalogue does not lead to a service. */
export class NoEndpoint extends Error {
  override readonly name = "NoEndpoint";

  /** @param advice what to do, unless the one who asks knows better */
  constructor(
    readonly problem: string,
    readonly advice: string,
  ) {
    super(`${problem}: ${advice}.`);
  }
}

/** In a catalogue, where an endpoint serves all regions. */
const anyRegion = "*";

/**
 * The service's versioned base URL without a trailing slash, from a token's catalogue. A service may have an entry for each
 * region. Chooses as Pulumi's provider does, which takes a region only by its name.
 * @throws NoEndpoint saying what the catalogue has instead
 */
export function endpointOf(
  catalog: CatalogEntry[],
  service: Service,
  choice: { region?: string; interface: Interface; projectId?: string },
): string {
  const { types, version } = services[service];
  const ofTypes = types.map((type) => catalog.filter((one) => one.type === type));
  if (ofTypes.every((entries) => entries.length === 0)) {
    const known = [...new Set(catalog.map((one) => one.type))].join(", ") || "nothing";
    throw new NoEndpoint(
      `The cloud's catalogue has no ${service} service (it has: ${known})`,
      "is the token scoped to a project? Else ask the operator",
    );
  }
  const all = ofTypes.flat().flatMap(({ endpoints }) => endpoints);
  const facing = all.filter((one) => one.interface === choice.interface);
  if (facing.length === 0) {
    const known = [...new Set(all.map((one) => one.interface))].join(", ") || "none";
    throw new NoEndpoint(
      `The ${service} service has no ${choice.interface} endpoint (it has: ${known})`,
      "set OS_INTERFACE",
    );
  }
  const regions = [...new Set(facing.map(regionOf))].filter((region) => region !== anyRegion);
  const region = choice.region ?? (regions.length === 1 ? regions[0] : undefined);
  const endpoint = region === undefined ? facing[0]! : facing.find((one) => regionOf(one) === region);
  if (endpoint === undefined) {
    throw new NoEndpoint(
      `The ${service} service has no endpoint in region "${region}"`,
      regions.length > 0
        ? `set OS_REGION_NAME to one of ${regions.join(", ")}`
        : "its endpoint is for all regions (*), and Pulumi's provider finds that only without a region: unset OS_REGION_NAME",
    );
  }
  if (region === undefined && regions.length > 1) {
    throw new NoEndpoint(
      `The ${service} service is in several regions`,
      `set OS_REGION_NAME to one of ${regions.join(", ")}`,
    );
  }
  const { projectId } = choice;
  const base =
    version === undefined ? endpoint.url.replace(/\/+$/, "") : versioned(endpoint.url, version, projectId);
  // Cinder before 3.67 wants the project in the path, later ones accept it.
  return service === "block-storage" && base.endsWith("/v3") && projectId ? `${base}/${projectId}` : base;
}

/** What follows a version: the id of a project, with Swift's prefix or without. */
const projectLike = /^(AUTH_)?[0-9a-f][0-9a-f-]{6,}$/i;

/**
 * The URL with this API version: appended where there is none, in the place of another (Nova's v2, Keystone's v2.0), and
 * with what follows it kept (Nova's and Cinder's project id). A version further up belongs to the service's place.
 */
export function versioned(url: string, version: string, projectId?: string): string {
  const parsed = new URL(url);
  const segments = parsed.pathname.split("/").filter((segment) => segment !== "");
  const last = segments.at(-1) ?? "";
  const hasProject = segments.length > 1 && (last === projectId || projectLike.test(last));
  const at = segments.length - (hasProject ? 2 : 1);
  if (/^v\d+(\.\d+)?$/.test(segments[at] ?? "")) segments[at] = version;
  else segments.push(version);
  return `${parsed.origin}/${segments.join("/")}`;
}

function regionOf(endpoint: CatalogEntry["endpoints"][number]): string {
  return endpoint.region_id ?? endpoint.region ?? "";
}
