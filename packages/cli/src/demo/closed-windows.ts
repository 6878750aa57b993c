import { type RecordBatch, valueAt } from "@millrace/core";
import type { PlanField } from "@millrace/plan";

/** One counted thing of a window. */
export interface RankedRow {
  readonly name: string;
  readonly count: number;
}

/**
 * The newest closed window of a result with the columns (window_end, name, count).
 *
 * Invariant  `rows` are all rows so far of the window that ends at `end`; a later window replaces them.
 */
export class ClosedWindow {
  readonly #fields: readonly PlanField[];
  #rows: RankedRow[] = [];
  #end = Number.NEGATIVE_INFINITY;
  #closed = 0;

  constructor(fields: readonly PlanField[]) {
    this.#fields = fields;
  }

  /** Ms; -Infinity before the first window has closed. */
  get end(): number {
    return this.#end;
  }

  /** Windows seen so far. */
  get closedCount(): number {
    return this.#closed;
  }

  take(batch: RecordBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const [end, name, count] = this.#fields.map((field, i) => valueAt(batch.columns[i], row, field.type));
      if ((end as number) < this.#end) continue;
      if ((end as number) > this.#end) {
        this.#end = end as number;
        this.#rows = [];
        this.#closed++;
      }
      this.#rows.push({ name: String(name), count: Number(count) });
    }
  }

  /** The largest first. */
  top(limit: number): readonly RankedRow[] {
    return this.#rows.toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name)).slice(0, limit);
  }
}
