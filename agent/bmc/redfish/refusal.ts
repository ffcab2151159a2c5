import type { MachineBusy } from "../../nova/machine";
import type { Json } from "./resource";

/** DMTF's Base message registry, whose messages the answers name: [HTTP status, severity, message, what to do]. */
const registry = "Base.1.19";
const baseMessages = {
  EmptyJSON: [
    400,
    "Warning",
    "The request body submitted contained an empty JSON object and the service is unable to process it.",
    "Add properties to the JSON object.",
  ],
  NoOperation: [
    400,
    "Warning",
    "The request body submitted contain no data to act upon and no changes to the resource took place.",
    "Add properties to the JSON object.",
  ],
  MalformedJSON: [
    400,
    "Critical",
    "The request body submitted was malformed JSON and could not be parsed by the receiving service.",
    "Send valid JSON.",
  ],
  UnrecognizedRequestBody: [
    400,
    "Warning",
    "The service detected a malformed request body that it was unable to interpret.",
    "Send one JSON object.",
  ],
  PropertyUnknown: [
    400,
    "Warning",
    "The property %1 is not in the list of valid properties for the resource.",
    "Leave the property out.",
  ],
  PropertyNotWritable: [
    400,
    "Warning",
    "The property %1 is a read-only property and cannot be assigned a value.",
    "Leave the property out.",
  ],
  PropertyMissing: [
    400,
    "Warning",
    "The property %1 is a required property and must be included in the request.",
    "Add the property.",
  ],
  PropertyValueTypeError: [
    400,
    "Warning",
    "The value '%1' for the property %2 is not a type that the property can accept.",
    "Send a value of the schema's type.",
  ],
  PropertyValueNotInList: [
    400,
    "Warning",
    "The value '%1' for the property %2 is not in the list of acceptable values.",
    "Choose one of the property's AllowableValues.",
  ],
  ActionParameterMissing: [
    400,
    "Critical",
    "The action %1 requires the parameter %2 to be present in the request body.",
    "Add the parameter.",
  ],
  ActionParameterUnknown: [
    400,
    "Warning",
    "The action %1 was submitted with the invalid parameter %2.",
    "Leave the parameter out.",
  ],
  ActionParameterNotSupported: [
    400,
    "Warning",
    "The parameter %1 for the action %2 is not supported on the target resource.",
    "Leave the parameter out.",
  ],
  ActionParameterValueNotInList: [
    400,
    "Warning",
    "The value '%1' for the parameter %2 in the action %3 is not in the list of acceptable values.",
    "Choose one of the parameter's AllowableValues.",
  ],
  ActionParameterValueConflict: [
    400,
    "Warning",
    "The parameter '%1' with the requested value of '%2' does not meet the constraints of the implementation.",
    "Choose another value.",
  ],
  CouldNotEstablishConnection: [
    400,
    "Critical",
    "The service failed to establish a connection with the URI '%1'.",
    "Name a server that the BMC reaches.",
  ],
  NoValidSession: [
    401,
    "Critical",
    "There is no valid session established with the implementation.",
    "Log in at SessionService/Sessions, or send basic authentication.",
  ],
  ResourceAtUriUnauthorized: [
    401,
    "Critical",
    "While accessing the resource at '%1', the service received an authorization error '%2'.",
    "Check user name and password.",
  ],
  ResourceMissingAtURI: [
    404,
    "Critical",
    "The resource at the URI '%1' was not found.",
    "Take the URI from a collection: nodes come and go.",
  ],
  OperationNotAllowed: [
    405,
    "Critical",
    "The HTTP method is not allowed on this resource.",
    "Use a method that the Allow header names.",
  ],
  CreateLimitReachedForResource: [
    400,
    "Critical",
    "The create operation failed because the resource has reached the limit of possible resources.",
    "Delete one first.",
  ],
  PreconditionFailed: [
    412,
    "Critical",
    "The ETag supplied did not match the ETag required to change this resource.",
    "GET the resource and try again with its ETag.",
  ],
  HeaderInvalid: [412, "Critical", "Header '%1' is invalid.", "Send OData-Version: 4.0, or leave it out."],
  PayloadTooLarge: [
    413,
    "Critical",
    "The supplied payload exceeds the maximum size supported by the service.",
    "Send less.",
  ],
  QueryParameterUnsupported: [
    501,
    "Warning",
    "Query parameter '%1' is not supported.",
    "Leave the query parameter out.",
  ],
  QueryParameterValueFormatError: [
    400,
    "Warning",
    "The value '%1' for the parameter %2 is of a different format than the parameter can accept.",
    "Send a value of the parameter's format.",
  ],
  QueryParameterOutOfRange: [
    400,
    "Warning",
    "The value '%1' for the query parameter %2 is out of range %3.",
    "Send a value within the range.",
  ],
  QueryCombinationInvalid: [
    400,
    "Warning",
    "Two or more query parameters in the request cannot be used together.",
    "Leave one of the query parameters out.",
  ],
  QueryNotSupportedOnResource: [
    400,
    "Warning",
    "Querying is not supported on the requested resource.",
    "Leave the query parameter out.",
  ],
  QueryNotSupportedOnOperation: [
    400,
    "Warning",
    "Querying is not supported with the requested operation.",
    "Leave the query parameter out.",
  ],
  InternalError: [
    500,
    "Critical",
    "The request failed due to an internal service error.  The service is still operational.",
    "Look into the log of the BMC agent.",
  ],
  ServiceTemporarilyUnavailable: [
    503,
    "Critical",
    "The service is temporarily unavailable.  Retry in %1 seconds.",
    "Wait for that long and try again.",
  ],
} as const satisfies Record<string, readonly [number, string, string, string]>;

export type MessageKey = keyof typeof baseMessages;

export interface Details {
  /** What is in the message's %1, %2, %3. */
  readonly args?: readonly string[];
  /** JSON pointer: "/Boot/BootSourceOverrideTarget". */
  readonly property?: string;
  /**
   * Why just here and just now: after the registry's message, because that is all that users of Ansible, sushy and gofish
   * get to see, and in the place of the general advice.
   */
  readonly reason?: string;
  /** Where the message's usual HTTP status is not the right one. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is an error, with the body that DSP0266 ("Error responses") asks for. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;

  constructor(key: MessageKey, details: Details = {}, further: readonly Json[] = []) {
    const first = message(key, details);
    super(first.Message as string);
    this.status = details.status ?? baseMessages[key][0];
    this.headers = details.headers ?? {};
    this.body = {
      error: {
        code: first.MessageId,
        message: this.message,
        "@Message.ExtendedInfo": [first, ...further],
      },
    };
  }
}

/** One entry of "@Message.ExtendedInfo". */
export function message(key: MessageKey, { args = [], property, reason }: Details = {}): Json {
  const [, severity, text, advice] = baseMessages[key];
  return {
    MessageId: `${registry}.${key}`,
    Message: [text.replace(/%(\d)/g, (_, n) => args[Number(n) - 1] ?? ""), reason].filter(Boolean).join(" "),
    MessageArgs: args,
    MessageSeverity: severity,
    Severity: severity, // deprecated by MessageSeverity, and what sushy reads
    Resolution: reason ?? advice,
    ...(property === undefined ? {} : { RelatedProperties: [`#${property}`] }),
  };
}

/** Shown where a value of the client's comes back in a message. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value.slice(0, 100);
  try {
    return (JSON.stringify(value) ?? "").slice(0, 100);
  } catch {
    return "…"; // nested so deeply that writing it overflows the stack, as reading it does not
  }
}

/**
 * 503 with Retry-After. sushy repeats a POST or PATCH only when the answer holds "SYS518", which is how an iDRAC says
 * that it is not ready (sushy/connector.py, check_retry_on_exception); sushy-tools says it for the same reason.
 */
export function busy(error: MachineBusy): Refusal {
  const seconds = String(Math.max(1, Math.ceil(error.retryAfter)));
  return new Refusal(
    "ServiceTemporarilyUnavailable",
    { args: [seconds], reason: error.message, headers: { "Retry-After": seconds } },
    [
      {
        MessageId: "OVB.1.0.SYS518",
        Message: error.message,
        MessageArgs: [],
        MessageSeverity: "Warning",
        Severity: "Warning",
        Resolution: `Try again in ${seconds} s.`,
      },
    ],
  );
}
