import { all, type CustomResourceOptions, getStack, type Output, Stash } from "@pulumi/pulumi";
import { describeResource, ownerMark, ownerTag } from "../plan/lab/tags";

/**
 * The mark that everything of this stack's lab bears, and nothing else does: the stack's name and a random id. The engine
 * makes the id once and keeps it in the state (a Stash: nothing of it is on the cloud), so that who has not got the state
 * has not got the mark, whatever the lab is called.
 */
export class LabOwner {
  readonly #mark: Output<string>;

  constructor(lab: string, opts: CustomResourceOptions = {}) {
    // A stack that is renamed keeps its mark.
    const stash = new Stash(`${lab}-owner`, { input: getStack() }, { ...opts, ignoreChanges: ["input"] });
    this.#mark = all([stash.id, stash.output]).apply(([id, stack]) => ownerMark(String(stack), id));
  }

  /** The plan's tags, and the owner's. */
  tags(tags: readonly string[]): Output<string[]> {
    return this.#mark.apply((mark) => [...tags, ownerTag(mark)]);
  }

  /** See describeResource(). */
  describe(tags: readonly string[], text?: string): Output<string> {
    return this.#mark.apply((mark) => describeResource([...tags, ownerTag(mark)], text));
  }

  /** The mark; undefined in the preview of a lab that no state knows yet. */
  async known(): Promise<string | undefined> {
    // Not in the SDK's types: an apply() on a value that does not come says nothing of it (output.ts, 3.248).
    const { isKnown } = this.#mark as unknown as { readonly isKnown: Promise<boolean> };
    return (await isKnown) ? new Promise((resolve) => void this.#mark.apply(resolve)) : undefined;
  }
}
