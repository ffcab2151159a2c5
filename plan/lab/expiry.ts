/** Milliseconds of a unit of `parseDuration`. */
const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** "30m", "6h", "2d" or "1w" in milliseconds; undefined for anything else, and for 0. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * units[unit!]!;
}

/** "2026-11-22T08:00Z" or with an offset, in milliseconds since 1970; undefined for anything else: no zone, no time. */
export function parseTime(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

const expiryTagPrefix = "ovb:expires=";

/**
 * The configured expiry as a tag, word for word. A duration is not turned into a time here: a plan knows no clock, and
 * a second `up` must find the same tag. `expiryOf` adds it to the time that the cloud remembers.
 */
export function expiryTag(expires: string): string {
  return `${expiryTagPrefix}${expires}`;
}

/**
 * When what carries these tags may be swept, in milliseconds since 1970; undefined: never by itself.
 * @param madeMs when the youngest resource of the lab was made; undefined where the cloud does not say
 */
export function expiryOf(tags: readonly string[], madeMs: number | undefined): number | undefined {
  const times = tags
    .filter((tag) => tag.startsWith(expiryTagPrefix))
    .map((tag) => tag.slice(expiryTagPrefix.length))
    .map((text) => {
      const duration = parseDuration(text);
      if (duration === undefined) return parseTime(text);
      return madeMs === undefined ? undefined : madeMs + duration;
    })
    .filter((time) => time !== undefined);
  // An `up` that changed the expiry and was killed leaves both: the later one, as nothing is lost by waiting.
  return times.length === 0 ? undefined : Math.max(...times);
}
