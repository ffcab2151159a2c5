/** All that sync asks of the host cloud, and so all that its application credential may. `*` is one part of a path. */
export const syncAccessRules = [
  { service: "network", method: "GET", path: "/v2.0/subnets" },
  { service: "network", method: "GET", path: "/v2.0/ports" },
  { service: "network", method: "GET", path: "/v2.0/ports/*" },
  { service: "network", method: "PUT", path: "/v2.0/ports/*" },
] as const;
