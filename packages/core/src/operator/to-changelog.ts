/**
 * The changes of a table as rows that are only added: each with a text in front that says what it does.
 *
 * Changes without a text are left out. Stateless.
 */
import { selectBatch } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Operator } from "./operator.ts";

export interface ToChangelogSpec {
  readonly kind: "to-changelog";
  /** By row kind; null: such changes are left out. */
  readonly codes: readonly (string | null)[];
}

/** Input: changes of all kinds. Output: inserts only, the text in front of the columns of the input. */
export function createToChangelog(spec: ToChangelogSpec): Operator {
  return new ToChangelog(spec);
}

class ToChangelog implements Operator {
  readonly #codes: ToChangelogSpec["codes"];
  /** All texts, one behind the other, and where each begins and ends, by row kind. */
  readonly #bytes: Uint8Array;
  readonly #bounds: readonly (readonly [number, number])[];
  readonly #starts = new Int32Array(MAX_BATCH_ROWS);
  readonly #ends = new Int32Array(MAX_BATCH_ROWS);

  constructor({ codes }: ToChangelogSpec) {
    const texts = codes.map((code) => new TextEncoder().encode(code ?? ""));
    this.#codes = codes;
    this.#bytes = Uint8Array.from(texts.flatMap((text) => [...text]));
    const lengthOf = (count: number) => texts.slice(0, count).reduce((sum, { length }) => sum + length, 0);
    this.#bounds = texts.map((_, kind) => [lengthOf(kind), lengthOf(kind + 1)]);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const told = this.#told(batch);
    const { columns, kinds, length, timestamps } = told;
    if (length === 0) return NO_BATCHES;
    for (let row = 0; row < length; row++) {
      const [start, end] = this.#bounds[kinds === null ? 0 : kinds[row]];
      this.#starts[row] = start;
      this.#ends[row] = end;
    }
    const code = { kind: "utf8", bytes: this.#bytes, starts: this.#starts, ends: this.#ends, nulls: null } as const;
    return [recordBatch(length, [code, ...columns], null, timestamps)];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  #told(batch: RecordBatch): RecordBatch {
    const { kinds, length } = batch;
    if (!this.#codes.includes(null)) return batch;
    const rows = new Int32Array(length);
    let count = 0;
    for (let row = 0; row < length; row++) {
      if (this.#codes[kinds === null ? 0 : kinds[row]] !== null) rows[count++] = row;
    }
    return count === length ? batch : selectBatch(batch, rows, count);
  }
}
