import { tokens } from "../../plan/review/resource";
import type { TakeOver } from "./matchLab";

/** A resource as `pulumi preview --import-file` writes it and `pulumi import --file` reads it. */
interface ImportSpec {
  readonly type: string;
  readonly name: string;
  /** Where the name is not unique in the file: Pulumi's own name of it. */
  readonly logicalName?: string;
  readonly component?: boolean;
  /** Name of a resource of the file, or of one of its table. */
  readonly parent?: string;
}

export interface ImportFile {
  /** URNs of parents that the state has already. */
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources?: readonly ImportSpec[];
}

/**
 * The import file that Pulumi wrote for what the program would create, with the ids of what is there, and without what is
 * not. Types, names and parents are thus the program's own. Pure.
 */
export function withIds(
  { nameTable = {}, resources = [] }: ImportFile,
  { taken }: Pick<TakeOver, "taken">,
): ImportFile {
  const ids = new Map(taken.map(({ type, name, id }) => [`${tokens[type]} ${name}`, id]));
  // A network is called as the component that it is in: where that is in the table already, Pulumi would take the network
  // for its own parent (3.246).
  const inTable = (name: string) => `state ${name}`;
  return {
    nameTable: Object.fromEntries(Object.entries(nameTable).map(([name, urn]) => [inTable(name), urn])),
    resources: resources.flatMap((spec) => {
      const id = ids.get(`${spec.type} ${spec.logicalName ?? spec.name}`);
      if (id === undefined && !spec.component) return [];
      const known = spec.parent !== undefined && Object.hasOwn(nameTable, spec.parent);
      return [{ ...spec, ...(!spec.component && { id }), ...(known && { parent: inTable(spec.parent) }) }];
    }),
  };
}
