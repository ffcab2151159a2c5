import { type Details, type MessageKey, message, Refusal, shown } from "./refusal";
import type { Json } from "./resource";

/** What a property may be changed to: one of these, true or false, a text, or an object of which some properties may be changed. */
export type Rule = readonly string[] | "boolean" | "string" | Rules;
export interface Rules {
  readonly [property: string]: Rule;
}

export interface Wish {
  /** What is to be changed; each value is one that its rule allows. */
  readonly wish: Json;
  /** Annotations for the answer: what was not changed, and why. */
  readonly notes: Json;
}

/**
 * Judges the body of a PATCH. It is one wish: a wrong value among the right ones and none is taken. What cannot be changed
 * is reported beside what was done, as DSP0266 ("PATCH") says, and refused where it is all there is.
 * @param current the resource as it is
 * @throws Refusal
 */
export function judge(body: Json, current: Json, rules: Rules): Wish {
  const refused: Refused[] = [];
  const wish = judged(body, current, rules, "", refused);
  if (Object.keys(wish).length > 0) {
    const notes = refused.map((each) => message(...each));
    return { wish, notes: notes.length === 0 ? {} : { "@Message.ExtendedInfo": notes } };
  }
  const [first, ...rest] = refused;
  if (first === undefined) throw new Refusal(Object.keys(body).length === 0 ? "EmptyJSON" : "NoOperation");
  throw new Refusal(
    ...first,
    rest.map((each) => message(...each)),
  );
}

type Refused = readonly [key: MessageKey, details: Details];

function judged(body: Json, current: Json, rules: Rules, path: string, refused: Refused[]): Json {
  const wish: Json = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes("@")) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name]! : undefined;
    const property = `${path}/${shown(name)}`;
    const wrongType = () => new Refusal("PropertyValueTypeError", { args: [shown(value), name], property });
    if (rule === undefined) {
      const key = path === "" && Object.hasOwn(current, name) ? "PropertyNotWritable" : "PropertyUnknown";
      refused.push([key, { args: [shown(name)], property }]);
    } else if (rule === "boolean" || rule === "string") {
      // null is a text's "none", as sushy sends it.
      if (typeof value !== rule && !(rule === "string" && value === null)) throw wrongType();
      wish[name] = value;
    } else if (isList(rule)) {
      if (typeof value !== "string") throw wrongType();
      if (!rule.includes(value)) {
        const reason = `It can be ${rule.join(", ")}.`;
        throw new Refusal("PropertyValueNotInList", { args: [shown(value), name], property, reason });
      }
      wish[name] = value;
    } else {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType();
      const inner = judged(value as Json, current, rule, property, refused);
      if (Object.keys(inner).length > 0) wish[name] = inner;
    }
  }
  return wish;
}

const isList = (rule: Rule): rule is readonly string[] => Array.isArray(rule);
