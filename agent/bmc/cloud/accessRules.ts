/** As Keystone's application credentials take them: "*" stands for one part of the path. */
export interface AccessRule {
  readonly service: "compute" | "image" | "network";
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
}

/** All that the agent asks of a cloud. Nova knows its actions by the body only, so the second allows every action on the project's servers. */
const agentRules: readonly AccessRule[] = [
  { service: "compute", method: "GET", path: "/v2.1/servers/detail" },
  { service: "compute", method: "POST", path: "/v2.1/servers/*/action" },
  // A serial console, where the cloud has them.
  { service: "compute", method: "POST", path: "/v2.1/servers/*/remote-consoles" },
  // The iPXE images, by name or tag.
  { service: "image", method: "GET", path: "/v2/images" },
  // Virtual CD-ROMs.
  { service: "image", method: "POST", path: "/v2/images" },
  { service: "image", method: "PUT", path: "/v2/images/*/file" },
  { service: "image", method: "DELETE", path: "/v2/images/*" },
];

/**
 * What Nova asks of Glance with the agent's own token, to rescue or rebuild from an image. Without them Nova accepts a
 * rescue and then gives it up ("Not authorized for image"), where it has no service token that lifts the rules.
 */
export const novaRules: readonly AccessRule[] = [
  // Its client (python-glanceclient) asks once per process what an image looks like.
  { service: "image", method: "GET", path: "/v2/schemas/image" },
  { service: "image", method: "GET", path: "/v2/images/*" },
  { service: "image", method: "GET", path: "/v2/images/*/file" },
];

/** For faults: a node's ports down and up again. */
export const faultRules: readonly AccessRule[] = [
  { service: "network", method: "GET", path: "/v2.0/ports" },
  { service: "network", method: "PUT", path: "/v2.0/ports/*" },
];

/** All that the agent's application credential may. */
export const accessRules: readonly AccessRule[] = [...agentRules, ...novaRules];
