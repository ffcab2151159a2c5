import type { Service } from "./endpoints";
import type { Query, RequestOptions, Session } from "./session";

interface Link {
  rel: string;
  href: string;
}

/**
 * Every item of a list that may come in pages: follows `<collection>_links` with rel "next" (Nova, Neutron) or `next` (Glance).
 * Only the query of a next link is used: its host is often the service's own idea of itself, wrong behind a proxy.
 */
export async function listAll<T>(
  session: Session,
  service: Service,
  path: string,
  collection: string,
  options: RequestOptions = {},
): Promise<T[]> {
  const items: T[] = [];
  let query: Query | undefined = options.query ?? {};
  while (query !== undefined) {
    const page: Record<string, unknown> = await session.request(service, "GET", path, {
      ...options,
      query,
      field: collection,
    });
    items.push(...(page[collection] as T[]));
    const links = (page[`${collection}_links`] ?? []) as Link[];
    const next = links.find((link) => link.rel === "next")?.href ?? (page.next as string | undefined);
    query = next === undefined || next === null ? undefined : queryOf(next);
  }
  return items;
}

function queryOf(href: string): Query {
  // Glance's link is a path; the base only makes it parse.
  const parameters = new URL(href, "http://next.invalid").searchParams;
  return Object.fromEntries([...new Set(parameters.keys())].map((key) => [key, parameters.getAll(key)]));
}
