import { rowKindSign } from "@millrace/core";

/**
 * A table from its changes, rows known by their text.
 *
 * Invariant  the count of a row is the number of times it was added less the number of times it was taken away; rows with
 *            count 0 are not held. A row taken away before it came holds a negative count until it comes.
 * Cost       one map entry per different row of the table.
 */
export class MaterializedRows {
  readonly #counts = new Map<string, number>();

  change(kind: number, text: string): void {
    const count = (this.#counts.get(text) ?? 0) + rowKindSign[kind];
    if (count === 0) this.#counts.delete(text);
    else this.#counts.set(text, count);
  }

  /** Each row as often as the table holds it. */
  *rows(): Generator<string> {
    for (const [text, count] of this.#counts) for (let i = 0; i < count; i++) yield text;
  }
}
