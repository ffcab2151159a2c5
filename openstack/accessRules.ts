import { type CatalogEntry, endpointOf, type Service } from "./endpoints";
import type { AccessRule } from "./keystone";

/**
 * Access rules as a cloud matches them: against the whole path of a request. Where a service's URL has a path before the
 * version ("/compute/v2.1") or after it (the project's id), that is part of it; a proxy in front may have cut off the
 * former, so that those rules come with and without it.
 * @param rules paths that begin with the version, as services in endpoints.ts has it
 * @throws Error naming the service that the catalogue does not have
 */
export function rulesOfCloud<Rule extends AccessRule & { service: Service }>(
  rules: readonly Rule[],
  catalog: CatalogEntry[],
  region: string | undefined,
): Rule[] {
  return rules.flatMap((rule) => {
    const { pathname } = new URL(endpointOf(catalog, rule.service, { region, interface: "public" }));
    const [, version, rest] = /^(\/v[\d.]+)(\/.*)$/.exec(rule.path) ?? [];
    if (version === undefined) throw new Error(`The access rule ${rule.path} does not begin with a version.`);
    const versioned = pathname.slice(pathname.lastIndexOf(`${version}`));
    return [...new Set([`${versioned}${rest}`, `${pathname}${rest}`])].map((path) => ({ ...rule, path }));
  });
}
