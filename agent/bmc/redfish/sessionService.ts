import type { IncomingMessage } from "node:http";
import { Refusal, shown } from "./refusal";
import { collection, type Json, link, resource, root } from "./resource";
import type { Call, Reply, Service } from "./service";
import { type Session, sessionTimeout } from "./sessions";

const servicePath = `${root}/SessionService`;

const sessionsPath = `${servicePath}/Sessions`;

export const sessionService = (): Json =>
  resource("SessionService", servicePath, {
    Id: "SessionService",
    Name: "Session service",
    ServiceEnabled: true,
    SessionTimeout: sessionTimeout,
    Sessions: link(sessionsPath),
  });

export const sessionList = ({ sessions }: Service): Json =>
  collection(
    "SessionCollection",
    sessionsPath,
    "Sessions",
    sessions.list().map(({ id }) => id),
  );

export const session = ({ id, created, origin }: Session, username: string): Json =>
  resource("Session", `${sessionsPath}/${id}`, {
    Id: id,
    Name: `Session ${id}`,
    UserName: username,
    SessionType: "Redfish",
    CreatedTime: created.toISOString().replace(/\.\d+Z$/, "Z"),
    ClientOriginIPAddress: origin,
  });

/** @throws Refusal */
export function logIn({ service, body, request }: Call): Reply {
  for (const name of ["UserName", "Password"]) {
    const property = `/${name}`;
    if (!Object.hasOwn(body, name)) throw new Refusal("PropertyMissing", { args: [name], property });
    if (typeof body[name] !== "string") {
      // Not the value: it may be a password.
      throw new Refusal("PropertyValueTypeError", { args: [typeof body[name], name], property });
    }
  }
  const known = ["UserName", "Password", "Context", "Token", "SessionType"];
  const other = Object.keys(body).find((name) => !known.includes(name) && !name.includes("@"));
  if (other !== undefined) throw new Refusal("PropertyUnknown", { args: [shown(other)] });
  const origin = originOf(request);
  if (!service.isKnown(body.UserName as string, body.Password as string)) {
    service.passwordRefused.say({ from: origin });
    throw new Refusal("ResourceAtUriUnauthorized", { args: [sessionsPath, "Invalid user name or password"] });
  }
  const opened = service.sessions.open(origin);
  return {
    status: 201,
    headers: { "X-Auth-Token": opened.token, Location: `${sessionsPath}/${opened.session.id}` },
    body: session(opened.session, service.username),
  };
}

export const originOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? "";
