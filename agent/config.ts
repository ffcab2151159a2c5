import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { isAbsolute, join } from "node:path";
import { createSecureContext } from "node:tls";
import { Secret } from "../openstack/secret";

/** What an agent is told. Its nodes are not in here: it reads them from their servers' tags. */
export interface AgentConfig {
  readonly lab: string;
  /** Where everything but the metrics listens, unless a node's tag names an address of its own. */
  readonly address: string;
  readonly username: string;
  readonly password: Secret;
  readonly stateFile: string;
  readonly redfish: {
    readonly httpPort?: number;
    readonly https?: { readonly port: number; readonly cert: string; readonly key: Secret };
  };
  /** Of /metrics and /healthz, on 127.0.0.1 only. Absent: none. */
  readonly metricsPort?: number;
  /** Glance names; see `BootImagesOptions`. */
  readonly images: { readonly iso?: string; readonly disk?: string };
  /** Lines of NAME=VALUE with the cloud's credentials, beside the environment's. */
  readonly credentialsFile?: string;
}

/** `problems` has one sentence each, all of them at once, each beginning with its field. */
export class AgentConfigError extends Error {
  override readonly name = "AgentConfigError";

  constructor(
    source: string,
    readonly problems: readonly string[],
  ) {
    super([`${source} cannot be used:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
}

/** @throws AgentConfigError */
export function readAgentConfig(file: string, env: NodeJS.ProcessEnv = process.env): AgentConfig {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AgentConfigError(file, [
      code ? `it cannot be read (${code}): check its path, owner and mode` : `it is not JSON (${message})`,
    ]);
  }
  return checkAgentConfig(raw, file, env);
}

/**
 * Checks by hand rather than by zod, which alone is larger than what cloud-init's user data has room for.
 * @param source how to call it in a message
 * @throws AgentConfigError
 */
export function checkAgentConfig(raw: unknown, source: string, env: NodeJS.ProcessEnv): AgentConfig {
  const problems: string[] = [];
  const top = new Fields(raw, "", problems, env);
  const lab = top.text("lab") ?? top.missing("lab", "the lab's name, as its servers' tag ovb:lab has it");
  const address = top.text("address") ?? "0.0.0.0";
  if (!isIP(address)) top.note("address", `is "${address}", no IP address: 0.0.0.0 is all of this machine's`);
  const username = top.text("username") ?? "admin";
  top.bytes("username", username, 16);
  const password = top.secretFile("passwordFile") ?? top.missing("passwordFile", "a file with the password");
  if (password !== undefined) top.bytes("passwordFile", password.reveal(), 20);
  const stateFile =
    top.text("stateFile") ?? top.missing("stateFile", "where to remember what is under way, across restarts");
  const metricsPort = top.port("metricsPort");
  const credentialsFile = top.path("credentialsFile");
  const images = top.inner("images");
  const names = { iso: images.text("iso"), disk: images.text("disk") };
  const redfish = top.inner("redfish");
  const httpPort = redfish.port("httpPort");
  const https = httpsOf(redfish);
  for (const fields of [images, redfish, top]) fields.end();
  if (problems.length > 0 || lab === undefined || password === undefined || stateFile === undefined) {
    throw new AgentConfigError(source, problems);
  }
  return {
    ...{ lab, address, username, password, stateFile, metricsPort, credentialsFile },
    images: names,
    redfish: { httpPort, https },
  };
}

function httpsOf(redfish: Fields): AgentConfig["redfish"]["https"] {
  const port = redfish.port("httpsPort");
  const cert = redfish.file("certFile");
  const key = redfish.secretFile("keyFile");
  if (port === undefined) return undefined;
  if (cert === undefined) redfish.missing("certFile", "the certificate for httpsPort, PEM");
  if (key === undefined) redfish.missing("keyFile", "the certificate's key for httpsPort, PEM");
  if (cert === undefined || key === undefined) return undefined;
  try {
    createSecureContext({ cert, key: key.reveal() });
  } catch (error) {
    redfish.note(
      "certFile",
      `and keyFile are no certificate and its key in PEM (${(error as Error).message})`,
    );
  }
  return { port, cert, key };
}

/** An object's fields, each asked for once; what is left is unknown. */
class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();
  /** Fields that are there and wrong, so that they are not called missing as well. */
  readonly #wrong = new Set<string>();

  constructor(
    raw: unknown,
    readonly prefix: string,
    readonly problems: string[],
    readonly env: NodeJS.ProcessEnv,
  ) {
    const isObject = typeof raw === "object" && raw !== null && !Array.isArray(raw);
    this.#values = isObject ? (raw as Record<string, unknown>) : {};
    if (!isObject) problems.push(`${prefix || "the whole"} must be a JSON object`);
  }

  note(field: string, problem: string): undefined {
    this.#wrong.add(field);
    this.problems.push(`${this.#name(field)} ${problem}`);
    return undefined;
  }

  missing(field: string, what: string): undefined {
    return this.#wrong.has(field) ? undefined : this.note(field, `is missing: give ${what}`);
  }

  text(field: string): string | undefined {
    const value = this.#take(field);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    return this.note(field, "must be a text that is not empty");
  }

  port(field: string): number | undefined {
    const value = this.#take(field);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65535) return Number(value);
    return this.note(field, "must be a port: 1 to 65535, or 0 for one that is free");
  }

  /** A path that is not absolute is the name of one of systemd's credentials (LoadCredential=). */
  path(field: string): string | undefined {
    const value = this.text(field);
    if (value === undefined || isAbsolute(value)) return value;
    const folder = this.env.CREDENTIALS_DIRECTORY;
    if (folder) return join(folder, value);
    return this.note(
      field,
      `is "${value}": give an absolute path, or a systemd credential's name (no CREDENTIALS_DIRECTORY is set here)`,
    );
  }

  file(field: string): string | undefined {
    return this.#read(field)?.text;
  }

  /** Without the newline at its end. */
  secretFile(field: string): Secret | undefined {
    const { path, text } = this.#read(field) ?? {};
    if (path === undefined || text === undefined) return undefined;
    if ((statSync(path).mode & 0o007) !== 0) {
      return this.note(field, `names ${path}, which everybody on this machine can read: chmod 600 ${path}`);
    }
    return new Secret(text.replace(/\r?\n$/, ""));
  }

  bytes(field: string, value: string, most: number): void {
    const length = Buffer.byteLength(value);
    if (length < 1 || length > most) {
      this.note(field, `has ${length} bytes where IPMI 2.0 takes 1 to ${most}: choose another`);
    } else if (/[\0\n]/.test(value)) this.note(field, "has several lines or a zero byte: one line is wanted");
  }

  inner(field: string): Fields {
    return new Fields(this.#take(field) ?? {}, this.#name(field), this.problems, this.env);
  }

  end(): void {
    for (const field of Object.keys(this.#values)) {
      if (!this.#asked.has(field)) {
        this.note(field, `is not known; known are ${[...this.#asked].sort().join(", ")}`);
      }
    }
  }

  #take(field: string): unknown {
    this.#asked.add(field);
    return Object.hasOwn(this.#values, field) ? this.#values[field] : undefined;
  }

  #read(field: string): { path: string; text: string } | undefined {
    const path = this.path(field);
    if (path === undefined) return undefined;
    try {
      return { path, text: readFileSync(path, "utf8") };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return this.note(field, `names ${path}, which cannot be read (${code}): check path, owner and mode`);
    }
  }

  #name(field: string): string {
    return this.prefix === "" ? field : `${this.prefix}.${field}`;
  }
}
