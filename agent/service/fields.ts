import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Secret } from "../../openstack/secret";

/** An object's fields, each asked for once; what is left is unknown. */
export class Fields {
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
    const value = this.take(field);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    return this.note(field, "must be a text that is not empty");
  }

  port(field: string): number | undefined {
    const value = this.take(field);
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
    return new Fields(this.take(field) ?? {}, this.#name(field), this.problems, this.env);
  }

  end(): void {
    for (const field of Object.keys(this.#values)) {
      if (!this.#asked.has(field)) {
        this.note(field, `is not known; known are ${[...this.#asked].sort().join(", ")}`);
      }
    }
  }

  /** As it is; undefined when it is not there. */
  take(field: string): unknown {
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
