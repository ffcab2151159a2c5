/** Where a request went: enough to name it in a message, nothing secret. */
export interface RequestName {
  /** Service type: "compute", "network", "image", "identity", … */
  service: string;
  method: string;
  /** Path and query below the service's versioned endpoint. */
  path: string;
}

export interface Failure {
  /** HTTP status; absent when there was no answer. */
  status?: number;
  /** Node's code when there was no answer: ECONNREFUSED, ECONNRESET, ETIMEDOUT, … */
  code?: string;
  /** What the API said, or what went wrong on the way. */
  detail: string;
  requestId?: string;
  /** What to do next. */
  advice?: string;
}

/** A request that OpenStack refused, or that got no answer. Branch on `status` and `code`, never on the text. */
export class OpenStackError extends Error {
  override readonly name = "OpenStackError";
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly code?: string;
  readonly detail: string;
  readonly requestId?: string;

  constructor(request: RequestName, failure: Failure) {
    const what = failure.status ?? failure.code ?? "failed";
    const id = failure.requestId === undefined ? "" : ` (request ${failure.requestId})`;
    const advice = failure.advice === undefined ? "" : ` ${failure.advice}`;
    super(
      `${request.service} ${request.method} ${request.path}: ${what}: ${sentence(failure.detail)}${advice}${id}`,
    );
    this.service = request.service;
    this.method = request.method;
    this.path = request.path;
    this.status = failure.status;
    this.code = failure.code;
    this.detail = failure.detail;
    this.requestId = failure.requestId;
  }
}

/** True for an OpenStackError with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: number[]): error is OpenStackError {
  return error instanceof OpenStackError && error.status !== undefined && statuses.includes(error.status);
}

/**
 * The API's own words in an error body. Every service has its own shape:
 * Keystone {error: {message}}, Nova and Cinder {itemNotFound: {message}}, Neutron {NeutronError: {type, message, detail}} or a string,
 * Placement {errors: [{detail}]}, Glance and every proxy HTML, Glance with JSON asked for {message: "…<br />"}.
 */
export function apiMessage(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return plain(body);
  }
  return plain(messageIn(parsed) ?? "");
}

function messageIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return messageIn(value[0]);
  const tree = value as Record<string, unknown>;
  if (typeof tree.message === "string") {
    return typeof tree.detail === "string" && tree.detail !== ""
      ? `${tree.message} ${tree.detail}`
      : tree.message;
  }
  if (typeof tree.detail === "string") return tree.detail;
  // One wrapper whose name says the kind of error: take the first that holds an object or a text.
  for (const inner of Object.values(tree)) {
    const found = messageIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Longest body text kept in a message: a proxy's error page can be long. */
const maxText = 500;

function plain(text: string): string {
  const body = text.replace(/<(title|style|script)\b[\s\S]*?<\/\1>/gi, " ");
  return body
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, maxText);
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
