import { findOrphans } from "../../cli/recover/removeOrphans";
import { findLeftovers } from "../../cli/sweep/leftovers";
import { type Choice, select } from "../../cli/sweep/select";
import { describeResource, labTag, ovbTag, ownerMark, ownerTag } from "../../plan/lab/tags";
import { type Claim, checkUp, foreignResources, takenOver } from "../../tenant/claim";
import type { Kind, Resource } from "../../tenant/inventory";
import { markOf } from "../../tenant/whose";

/*
 * A tenant, and several stacks on two machines that make and take away labs on it, with the product's own decisions: what a
 * claim refuses, what an orphan is, what a sweep chooses. What a command does to the cloud is played here, in memory. Every
 * change is checked: no command may touch what another stack's state knows, or what is a stranger's.
 */

/** The same numbers for the same seed (mulberry32). */
export class Dice {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  next(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  upTo(count: number): number {
    return Math.floor(this.next() * count);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(list: readonly T[]): T {
    return list[this.upTo(list.length)]!;
  }
}

interface Stack {
  readonly name: string;
  readonly machine: number;
  /** Of its configuration. */
  lab: string;
  /** Of the version that it is run by. */
  marks: boolean;
  /** What its state has; undefined: never made, destroyed, or lost. */
  state?: { lab: string; owner?: string; ids: Set<string>; last: "succeeded" | "failed" | "killed" };
}

/** What an `up` makes, in order. Servers and images are born with tags; a credential has none. */
const parts: readonly (readonly [Kind, string])[] = [
  ["network", "ctlplane"],
  ["subnet", "ctlplane"],
  ["security group", "ctlplane"],
  ["image", "ipxe-disk"],
  ["application credential", "bmc"],
  ["port", "node-0-ctlplane"],
  ["floating IP", "undercloud"],
  ["server", "undercloud"],
  ["server", "node-0"],
];
const bornTagged: readonly Kind[] = ["server", "image"];

/** Somebody, or a command, has taken what was another's. */
class Trespass extends Error {}

export class World {
  readonly stacks: Stack[];
  readonly cloud = new Map<string, Resource>();
  /** How often each thing came to pass, so that a test sees that it is not about nothing. */
  readonly counts = new Map<string, number>();
  readonly #strangers = new Set<string>();
  #ids = 0;
  /** Of the cloud; each machine's is off by its own hours. */
  #nowMs = Date.parse("2026-01-01T00:00:00Z");
  readonly #skewsMs: readonly number[];
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
    const labs = ["a", "a", "ab", "b"];
    this.stacks = ["dev", "two", "pr-17", "qa", "dev"].map((name, i) => ({
      ...{ name, machine: i % 2, lab: dice.of(labs), marks: !dice.chance(0.3) },
    }));
    this.#skewsMs = [0, 1].map(() => (dice.next() - 0.5) * 2 * 86_400_000);
  }

  step(): void {
    this.#nowMs += this.#dice.upTo(3_600_000);
    const stack = this.#dice.of(this.stacks);
    const turn = this.#dice.next();
    if (turn < 0.42) this.#up(stack);
    else if (turn < 0.58) this.#destroy(stack);
    else if (turn < 0.72) this.#sweep(stack.machine);
    else if (turn < 0.84) this.#power(stack);
    else if (turn < 0.88) this.#takeOver(stack);
    else if (turn < 0.91) this.#lose(stack);
    else if (turn < 0.94) stack.lab = this.#dice.of(["a", "ab", "b"]);
    else if (turn < 0.96) stack.marks = true;
    else this.#stranger();
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  get #tenant(): Resource[] {
    return [...this.cloud.values()];
  }

  #claim({ lab, state }: Stack): Claim {
    return state?.lab === lab
      ? { lab, owner: state.owner, ids: state.ids }
      : { lab, ids: state?.ids ?? new Set() };
  }

  /** A command of this stack, or of nobody's, changes or deletes it. */
  #touch(by: Stack | undefined, id: string, command: string): void {
    const other = this.stacks.find((one) => one !== by && one.state?.ids.has(id));
    const what = `${command}${by ? ` of ${by.name}` : ""}: ${JSON.stringify(this.cloud.get(id))}`;
    if (other) throw new Trespass(`${what} is in the state of ${other.name} (${other.state!.owner})`);
    if (this.#strangers.has(id)) throw new Trespass(`${what} is a stranger's`);
  }

  #remove(by: Stack | undefined, id: string, command: string): void {
    this.#touch(by, id, command);
    this.cloud.delete(id);
    by?.state?.ids.delete(id);
  }

  /** As recover() does, before `up` and `destroy`. */
  #recover(stack: Stack): void {
    const { state } = stack;
    if (!state || !stack.marks || state.last === "succeeded") return;
    const claim = { lab: state.lab, owner: state.owner, ids: state.ids };
    for (const { resource } of findOrphans(this.#tenant, [claim])) {
      this.#remove(stack, resource.id, "recover");
      this.#count("orphan removed");
    }
  }

  #up(stack: Stack): void {
    this.#recover(stack);
    if (stack.marks && !this.#mayUp(stack)) {
      this.#count("up refused");
      return;
    }
    // The version without marks looked at nothing; whether it tramples others is not this test's to say.
    if (
      !stack.marks &&
      this.#tenant.some((one) => one.tags.includes(labTag(stack.lab)) && !stack.state?.ids.has(one.id))
    )
      return;
    stack.state ??= { lab: stack.lab, ids: new Set(), last: "succeeded" };
    const { state } = stack;
    if (state.lab !== stack.lab) {
      // A renamed lab is another one: Pulumi makes it and takes the old one away.
      for (const id of [...state.ids]) this.#remove(stack, id, "rename");
      state.lab = stack.lab;
      state.owner = undefined;
    }
    if (stack.marks) state.owner ??= ownerMark(stack.name, this.#uuid());
    for (const id of [...state.ids]) {
      const known = this.cloud.get(id);
      if (!known) state.ids.delete(id);
      else if (stack.marks) {
        this.#touch(stack, id, "up");
        this.cloud.set(id, { ...known, ...this.#marksOf(stack, known.kind, known.name) });
      }
    }
    state.last = "succeeded";
    for (const [kind, part] of parts) {
      if (this.#made(stack, kind, part)) continue;
      if (this.#dice.chance(0.06)) {
        // The answer is lost, or the run is killed, when the request has been carried out, or not.
        state.last = this.#dice.chance(0.5) ? "failed" : "killed";
        this.#count(`up ${state.last}`);
        if (this.#dice.chance(0.7)) this.#make(stack, kind, part, this.#dice.chance(0.5));
        return;
      }
      state.ids.add(this.#make(stack, kind, part, true));
    }
    this.#count("up");
  }

  #mayUp({ state, lab }: Stack): boolean {
    const claims = state ? [{ lab: state.lab, owner: state.owner, ids: state.ids }] : [];
    try {
      checkUp(this.#tenant, claims, lab);
      return true;
    } catch {
      return false;
    }
  }

  #made({ state }: Stack, kind: Kind, part: string): boolean {
    const name = `${state!.lab}-${part}`;
    return this.#tenant.some((one) => state!.ids.has(one.id) && one.kind === kind && one.name === name);
  }

  #marksOf({ state, lab }: Stack, kind: Kind, name: string): Pick<Resource, "tags" | "description"> {
    const tags = [ovbTag, labTag(lab), ...(state?.owner ? [ownerTag(state.owner)] : []), "ovb:expires=1d"];
    const untagged = kind === "application credential";
    const text = kind === "floating IP" || untagged ? name : undefined;
    return {
      tags: untagged ? [] : tags,
      description: bornTagged.includes(kind) ? "" : describeResource(tags, text),
    };
  }

  #make(stack: Stack, kind: Kind, part: string, tagged: boolean): string {
    const id = `id-${++this.#ids}`;
    const name = `${stack.lab}-${part}`;
    const marks = this.#marksOf(stack, kind, name);
    const tags = tagged || bornTagged.includes(kind) ? marks.tags : [];
    this.cloud.set(id, { kind, id, name, ...marks, tags, madeMs: this.#nowMs });
    return id;
  }

  #uuid(): string {
    const digits = (count: number) =>
      Array.from({ length: count }, () => this.#dice.upTo(16).toString(16)).join("");
    return `${digits(8)}-${digits(4)}-4${digits(3)}-8${digits(3)}-${digits(12)}`;
  }

  #destroy(stack: Stack): void {
    const { state } = stack;
    if (!state) return;
    const claim = { lab: state.lab, owner: state.owner, ids: state.ids };
    if (stack.marks && takenOver(this.#tenant, claim).length > 0) {
      this.#count("destroy refused");
      return;
    }
    this.#recover(stack);
    for (const id of [...state.ids]) {
      if (this.#dice.chance(0.03)) {
        state.last = "failed";
        return;
      }
      if (this.cloud.has(id)) this.#remove(stack, id, "destroy");
    }
    stack.state = undefined;
    this.#count("destroyed");
  }

  /** As power, rebuild, console, status, bmc, sync, enroll and deploy do: all servers that have the lab's tag, or none. */
  #power(stack: Stack): void {
    if (!stack.marks) return;
    const servers = this.#tenant.filter((one) => one.kind === "server" && markOf(one)?.lab === stack.lab);
    if (foreignResources(servers, this.#claim(stack)).length > 0) {
      this.#count("power refused");
      return;
    }
    for (const { id } of servers) this.#touch(stack, id, "power");
    if (servers.length > 0) this.#count("power");
  }

  #sweep(machine: number): void {
    const here = this.stacks.filter((one) => one.machine === machine && one.state);
    const held = here.map(({ name, state }) => ({ ...state!, stack: name }));
    const labs = findLeftovers(this.#tenant);
    const lost = labs.filter(
      (found) =>
        !this.stacks.some(({ state }) => found.leftovers.some(({ resource }) => state?.ids.has(resource.id))),
    );
    const nowMs = this.#nowMs + this.#skewsMs[machine]!;
    const none: Choice = { lab: [], expired: false, all: false };
    // By name, age or mark only what no state anywhere has: what is another machine's no sweep can see, so a person says
    // it. An expiry is the lab's own word that it may go; it is tried where every state is on this machine.
    const given = this.#dice.of(lost);
    const choices: (Choice | undefined)[] = [
      given && { ...none, owner: given.owner ?? "none", lab: [given.lab] },
      { ...none, lab: held.map(({ lab }) => lab).slice(0, 1) },
      this.stacks.every(({ state, machine: its }) => !state || its === machine)
        ? { ...none, expired: this.#dice.chance(0.5), olderThan: 1 }
        : undefined,
    ];
    const choice = this.#dice.of(choices);
    if (!choice || (choice.lab.length === 0 && choice.olderThan === undefined)) return;
    try {
      const { chosen } = select(labs, choice, held, nowMs);
      for (const { resource } of chosen.flatMap(({ leftovers }) => leftovers)) {
        this.#remove(undefined, resource.id, "sweep");
        this.#count("swept");
      }
    } catch (error) {
      if (error instanceof Trespass) throw error;
      this.#count("sweep refused");
    }
  }

  /** On purpose: the lab of one owner comes into this stack's state, and whoever had it has given it up. */
  #takeOver(stack: Stack): void {
    if (!stack.marks || stack.state) return;
    const found = this.#dice.of(findLeftovers(this.#tenant).filter(({ lab }) => lab === stack.lab));
    if (!found) return;
    const ids = found.leftovers.map(({ resource }) => resource.id);
    if (ids.some((id) => this.#strangers.has(id))) return;
    for (const one of this.stacks)
      if (one.state && ids.some((id) => one.state!.ids.has(id))) this.#givenUp(one);
    stack.state = {
      lab: stack.lab,
      owner: ownerMark(stack.name, this.#uuid()),
      ids: new Set(ids),
      last: "succeeded",
    };
    for (const id of ids) {
      const known = this.cloud.get(id)!;
      this.cloud.set(id, { ...known, ...this.#marksOf(stack, known.kind, known.name) });
    }
    this.#count("taken over");
  }

  /** The state is there and stale: its commands must leave the lab alone, which its new owner's state now protects. */
  #givenUp(stack: Stack): void {
    const stale = stack.state!;
    const claim = { lab: stale.lab, owner: stale.owner, ids: new Set(stale.ids) };
    stack.state = undefined;
    this.stale.push({ name: stack.name, claim });
  }

  /** States that another stack has taken the lab from, and that somebody may still use. */
  readonly stale: { readonly name: string; readonly claim: Claim }[] = [];

  /** What a stale state's `destroy` would take, were it not refused. @throws Trespass */
  checkStale(): void {
    for (const { name, claim } of this.stale) {
      const known = this.#tenant.filter(({ id }) => claim.ids.has(id));
      const live = known.find(({ id }) => this.stacks.some(({ state }) => state?.ids.has(id)));
      if (live && takenOver(this.#tenant, claim).length === 0)
        throw new Trespass(`the stale state of ${name} could destroy ${JSON.stringify(live)}`);
      const renamed = () => checkUp(this.#tenant, [claim], `${claim.lab}-renamed`);
      if (live && !throws(renamed))
        throw new Trespass(`the stale state of ${name}, renamed, could delete ${JSON.stringify(live)}`);
      if (live) this.#count("stale state refused");
      for (const { resource } of findOrphans(this.#tenant, [claim]))
        if (this.stacks.some(({ state }) => state?.ids.has(resource.id)))
          throw new Trespass(`the stale state of ${name} takes ${resource.id} for an orphan`);
    }
    this.stale.splice(0, this.stale.length - 3);
  }

  #lose(stack: Stack): void {
    if (stack.state) this.#count("state lost");
    stack.state = undefined;
  }

  /** Somebody's own: a name like a lab's, or words and tags that were copied from one, and never all of them. */
  #stranger(): void {
    const id = `id-${++this.#ids}`;
    const kind = this.#dice.of(parts)[0];
    const lab = this.#dice.of(["a", "b"]);
    const tags = this.#dice.of([[], ["prod"], [ovbTag], [labTag(lab)]]);
    const description = tags.length > 0 && this.#dice.chance(0.5) ? `ovb:lab=${lab}` : "my own";
    this.cloud.set(id, { kind, id, name: `${lab}-mine`, tags, description, madeMs: this.#nowMs });
    this.#strangers.add(id);
    if (this.#strangers.size > 12) {
      const [oldest] = this.#strangers;
      this.#strangers.delete(oldest!);
      this.cloud.delete(oldest!);
    }
  }
}

function throws(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}
