import type { IncomingMessage } from "node:http";
import { MachineBusy } from "../../nova/machine";
import { readBody } from "./body";
import { basicCredentials } from "./credentials";
import { etagOf, isChangeable, isSame } from "./etag";
import { parseQuery, resolved, selected } from "./query";
import { busy, Refusal, shown } from "./refusal";
import type { Json } from "./resource";
import { type Resource, resourceAt } from "./routes";
import type { Reply, Service } from "./service";
import { originOf } from "./sessionService";

const methods = { GET: "get", HEAD: "get", PATCH: "patch", POST: "post", DELETE: "delete" } as const;
type Method = (typeof methods)[keyof typeof methods];

/** @returns the answer to any request, errors included */
export async function handle(service: Service, request: IncomingMessage): Promise<Reply> {
  // A proxy sends the whole URL, which a server must take (RFC 9112, 3.2.2).
  const target = (request.url ?? "").replace(/^https?:\/\/[^/?#]*/i, "");
  const [path = "", query = ""] = splitOnce(target, "?");
  let resource: Resource | undefined;
  let isKnown = false;
  try {
    const method = methods[request.method as keyof typeof methods];
    // Read to its end before anything is answered, so that the connection can go on; judged after who sends it.
    const body = method === "post" || method === "patch" ? await readBody(request).catch(judgedLater) : {};
    resource = resourceAt(service, path);
    // Who has not logged in is not told by 404 or by Allow which nodes there are.
    if (method === undefined || resource?.open !== method) {
      authenticate(service, request);
      isKnown = true;
    }
    if (resource === undefined) throw new Refusal("ResourceMissingAtURI", { args: [shown(path)] });
    const odataVersion = request.headers["odata-version"];
    if (odataVersion !== undefined && odataVersion !== "4.0") {
      throw new Refusal("HeaderInvalid", { args: ["OData-Version"] });
    }
    if (method === undefined || resource[method] === undefined) throw new Refusal("OperationNotAllowed");
    const reply = await run(service, request, resource, method, query, body);
    return { isKnown, ...withAllow(reply, resource) };
  } catch (error) {
    const reply = replyTo(error, service, request, path);
    return { isKnown, ...withAllow(reply, resource === undefined || !isKnown ? undefined : resource) };
  }
}

async function run(
  service: Service,
  request: IncomingMessage,
  resource: Resource,
  method: Method,
  queryText: string,
  body: Json | Refusal,
): Promise<Reply> {
  if (body instanceof Refusal) throw body;
  const query = parseQuery(queryText);
  if (method === "get") return read(service, request, resource, query);
  if (query.only || query.expand || query.select) throw new Refusal("QueryNotSupportedOnOperation");
  if (method === "post") return resource.post!({ service, body, request });
  const etag = async () => etagOf(await resource.get!(request.socket), resource.patchable);
  const match = request.headers["if-match"];
  if (match !== undefined && !isChangeable(match, await etag())) throw new Refusal("PreconditionFailed");
  if (method === "delete") {
    await resource.delete!();
    return { status: 204 };
  }
  const changed = await resource.patch!({ service, body, request });
  return { status: 200, headers: { ETag: await etag() }, body: changed };
}

/** Of a body that is too large the rest is not read. */
function judgedLater(error: unknown): Refusal {
  if (error instanceof Refusal && error.status !== 413) return error;
  throw error;
}

async function read(
  service: Service,
  request: IncomingMessage,
  resource: Resource,
  query: ReturnType<typeof parseQuery>,
): Promise<Reply> {
  const other = async (path: string): Promise<Json | undefined> => {
    const found = await resourceAt(service, path)?.get?.(request.socket);
    return typeof found === "object" ? found : undefined;
  };
  const found = await resource.get!(request.socket);
  const body = typeof found === "string" ? found : await resolved(found, query, other);
  const etag = etagOf(body, resource.patchable);
  if (isSame(request.headers["if-none-match"], etag)) return { status: 304, headers: { ETag: etag } };
  const headers = { ETag: etag, ...describedBy(body) };
  const { select } = query;
  return { status: 200, headers, body: select && typeof body === "object" ? selected(body, select) : body };
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
    if (given !== undefined) service.passwordRefused.say({ from: originOf(request) });
  }
  throw new Refusal("NoValidSession");
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
  const allowed = Object.entries(methods).flatMap(([name, method]) =>
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

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
