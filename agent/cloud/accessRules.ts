/** As Keystone's application credentials take them: "*" stands for one part of the path. */
export interface AccessRule {
  readonly service: "compute" | "image";
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
}

/**
 * All that the agent asks of a cloud, and so all that its application credential may. Nova knows its actions by the
 * body only, so that the second rule allows every action on the project's servers.
 */
export const accessRules: readonly AccessRule[] = [
  { service: "compute", method: "GET", path: "/v2.1/servers/detail" },
  { service: "compute", method: "POST", path: "/v2.1/servers/*/action" },
  // The iPXE images, by name or tag.
  { service: "image", method: "GET", path: "/v2/images" },
  // Virtual CD-ROMs.
  { service: "image", method: "POST", path: "/v2/images" },
  { service: "image", method: "PUT", path: "/v2/images/*/file" },
  { service: "image", method: "DELETE", path: "/v2/images/*" },
];
