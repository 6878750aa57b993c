/** How a format of change data capture wraps rows: the members of its records, and what its kinds of change mean. */

export type ChangeKind = "insert" | "update" | "delete" | "ignored";

export interface Envelope {
  /** The format's name. */
  readonly name: string;
  /** Members on the way to the others: `payload` where the record tells its schema too. */
  readonly path: readonly string[];
  /** The member that tells the kind of change, and its values. */
  readonly kind: string;
  readonly kinds: { readonly [value: string]: ChangeKind };
  /** The member with the row after the change, and the one with what was before it. */
  readonly after: string;
  readonly before: string;
  /**
   * `whole`: the row before stands whole in `before`, also that of a delete. `changed`: `before` has only the fields that an
   * update changed, and a delete has its row in `after`.
   */
  readonly beforeIs: "whole" | "changed";
  /** Both members are lists: a record has several rows of one kind. */
  readonly isList: boolean;
  /** Records whose member does not match are not of this table. */
  readonly filters: readonly { readonly member: string; readonly pattern: RegExp }[];
  /** What to do about an update or delete without the row before. */
  readonly missingBefore: string;
}
