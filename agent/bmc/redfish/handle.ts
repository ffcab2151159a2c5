import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { MachineBusy } from "../../nova/machine";
import { readBody } from "./body";
import { basicCredentials } from "./credentials";
import { busy, Refusal, shown } from "./refusal";
import type { Json } from "./resource";
import { type Resource, resourceAt } from "./routes";
import type { Reply, Service } from "./service";
import { originOf } from "./sessionService";

const METHODS = { GET: "get", HEAD: "get", PATCH: "patch", POST: "post", DELETE: "delete" } as const;
type Method = (typeof METHODS)[keyof typeof METHODS];

/** @returns the answer to any request, errors included */
export async function handle(service: Service, request: IncomingMessage): Promise<Reply> {
  const [path = "", query = ""] = splitOnce(request.url ?? "", "?");
  let resource: Resource | undefined;
  try {
    const method = METHODS[request.method as keyof typeof METHODS];
    const body = method === "post" || method === "patch" ? await readBody(request) : {};
    const odataVersion = request.headers["odata-version"];
    if (odataVersion !== undefined && odataVersion !== "4.0") {
      throw new Refusal("HeaderInvalid", { args: ["OData-Version"] });
    }
    resource = admit(service, request, path, method);
    if (method === undefined || resource[method] === undefined) throw new Refusal("OperationNotAllowed");
    refuseQuery(query);
    return withAllow(await run(service, request, resource, method, body), resource);
  } catch (error) {
    return withAllow(replyTo(error, service, request, path), resource);
  }
}

/** Who has not logged in is not told by 404 or by Allow which nodes there are. @throws Refusal (401, 404) */
function admit(
  service: Service,
  request: IncomingMessage,
  path: string,
  method: Method | undefined,
): Resource {
  const resource = resourceAt(service, path);
  if (method === undefined || resource?.open !== method) authenticate(service, request);
  if (resource === undefined) throw new Refusal("ResourceMissingAtURI", { args: [shown(path)] });
  return resource;
}

async function run(
  service: Service,
  request: IncomingMessage,
  resource: Resource,
  method: Method,
  body: Json,
): Promise<Reply> {
  const call = { service, body, request };
  const match = request.headers["if-match"];
  switch (method) {
    case "get": {
      const found = await resource.get!();
      const etag = etagOf(found);
      if (fits(request.headers["if-none-match"], etag)) return { status: 304, headers: { ETag: etag } };
      return { status: 200, headers: { ETag: etag, ...describedBy(found) }, body: found };
    }
    case "patch": {
      if (match !== undefined && !fits(match, etagOf(await resource.get!())))
        throw new Refusal("PreconditionFailed");
      const changed = await resource.patch!(call);
      return { status: 200, headers: { ETag: etagOf(await resource.get!()) }, body: changed };
    }
    case "post":
      return resource.post!(call);
    case "delete": {
      if (match !== undefined && !fits(match, etagOf(await resource.get!())))
        throw new Refusal("PreconditionFailed");
      resource.delete!();
      return { status: 204 };
    }
  }
}

/** @throws Refusal (401) */
function authenticate(service: Service, request: IncomingMessage): void {
  const token = request.headers["x-auth-token"];
  // A token that is no good is not made good by a password beside it.
  if (typeof token === "string") {
    if (service.sessions.use(token) !== undefined) return;
  } else {
    const given = basicCredentials(request.headers.authorization);
    if (given !== undefined && service.isKnown(given.name, given.secret)) return;
    if (given !== undefined) service.log("redfish.password_refused", { from: originOf(request) });
  }
  throw new Refusal("NoValidSession");
}

/** DSP0266, "Query parameters": what starts with $ and is not supported is refused, the rest ignored. */
function refuseQuery(query: string): void {
  for (const name of new URLSearchParams(query).keys()) {
    if (name.startsWith("$")) throw new Refusal("QueryParameterUnsupported", { args: [shown(name)] });
  }
}

function replyTo(error: unknown, service: Service, request: IncomingMessage, path: string): Reply {
  let refusal: Refusal;
  if (error instanceof Refusal) refusal = error;
  else if (error instanceof MachineBusy) refusal = busy(error);
  else {
    refusal = new Refusal("InternalError");
    const reason = error instanceof Error ? error.message : String(error);
    service.log("redfish.failed", { method: request.method, path: path.slice(0, 200), reason });
  }
  const challenge: Record<string, string> =
    refusal.status === 401 ? { "WWW-Authenticate": 'Basic realm="OVB BMC"' } : {};
  return { status: refusal.status, headers: { ...challenge, ...refusal.headers }, body: refusal.body };
}

function withAllow(reply: Reply, resource: Resource | undefined): Reply {
  if (resource === undefined) return reply;
  const allowed = Object.entries(METHODS).flatMap(([name, method]) =>
    resource[method] === undefined ? [] : [name],
  );
  return { ...reply, headers: { Allow: allowed.join(", "), ...reply.headers } };
}

/** Where the schema is that the body keeps to (DSP0266, "Link header"). */
function describedBy(body: Json | string): Record<string, string> {
  const [schema] = typeof body === "string" ? [] : String(body["@odata.type"] ?? "").split(/\.(?!v)/);
  if (!schema) return {};
  return { Link: `<http://redfish.dmtf.org/schemas/v1/${schema.slice(1)}.json>; rel=describedby` };
}

const etagOf = (body: Json | string): string =>
  `"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 22)}"`;

/** Weak or strong: what sushy's clients send back varies, and the digest is the same. */
const fits = (header: string | undefined, etag: string): boolean =>
  header?.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag) ?? false;

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
