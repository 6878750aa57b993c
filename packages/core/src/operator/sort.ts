/**
 * ORDER BY of bounded input: keeps all rows, and emits them in order when the input ends.
 *
 * Invariant  runs as one instance. A changelog is consolidated while it comes in: rows that were taken away are not kept.
 * State      a table of the different rows, with how often each is there.
 * Cost       a look-up per row; O(n log n) at the end. Rows that compare equal come out in the order of arrival.
 */
import { compareValues } from "../aggregate/compare-values.ts";
import { type Column, wideAt } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { rowKindSign } from "../batch/row-kind.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface SortSpec {
  readonly kind: "sort";
  readonly fields: readonly Field[];
  readonly keys: readonly SortKey[];
}

export function createSort(spec: SortSpec, context: OperatorContext): Operator {
  return new Sort(spec, context);
}

type CompareRows = (a: number, b: number) => number;

class Sort implements Operator {
  readonly #spec: SortSpec;
  readonly #rows: StateTable;
  /** Arrivals so far: what the rows are numbered by. */
  readonly #arrivals: OperatorValue<number>;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);

  constructor(spec: SortSpec, { state }: OperatorContext) {
    this.#spec = spec;
    this.#rows = state.table({
      name: "rows",
      key: spec.fields,
      values: [
        { name: "count", type: { kind: "double", nullable: false } },
        { name: "arrival", type: { kind: "double", nullable: false } },
      ],
    });
    this.#arrivals = state.operatorValue("arrivals", 0, Math.max);
  }

  onBatch({ columns, kinds, length }: RecordBatch): Iterable<RecordBatch> {
    const slots = this.#slots;
    this.#rows.slotsOf(columns, length, slots);
    const counts = this.#rows.columns[0].float64!;
    const arrivals = this.#rows.columns[1].float64!;
    let arrival = this.#arrivals.get();
    for (let i = 0; i < length; i++) {
      if (counts[slots[i]] === 0) arrivals[slots[i]] = ++arrival;
      counts[slots[i]] += kinds === null ? 1 : rowKindSign[kinds[i]];
    }
    this.#arrivals.set(arrival);
    if (kinds !== null) this.#removeVanished(length);
    return NO_BATCHES;
  }

  #removeVanished(length: number): void {
    const vanished = new Set<number>();
    const counts = this.#rows.columns[0].float64!;
    for (let i = 0; i < length; i++) if (counts[this.#slots[i]] === 0) vanished.add(this.#slots[i]);
    for (const slot of vanished) this.#rows.remove(slot);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  *onEnd(): Generator<RecordBatch> {
    const slots = new Int32Array(this.#rows.size);
    let size = 0;
    this.#rows.forEachSlot((slot) => {
      slots[size++] = slot;
    });
    const columns = this.#rows.keysOf(slots, size);
    const counts = this.#rows.columns[0].float64!;
    const arrivals = this.#rows.columns[1].float64!;
    const comparators = this.#spec.keys.map((key) => comparatorOf(columns[key.column], key));
    const order = Int32Array.from({ length: size }, (_, row) => row).sort((a, b) => {
      for (const compare of comparators) {
        const result = compare(a, b);
        if (result !== 0) return result;
      }
      return arrivals[slots[a]] - arrivals[slots[b]];
    });
    let out = new Int32Array(MAX_BATCH_ROWS);
    let length = 0;
    for (const row of order) {
      for (let copies = counts[slots[row]]; copies > 0; copies--) {
        out[length++] = row;
        if (length < MAX_BATCH_ROWS) continue;
        yield select(columns, out, length);
        out = new Int32Array(MAX_BATCH_ROWS);
        length = 0;
      }
    }
    if (length > 0) yield select(columns, out, length);
    this.#rows.clear();
  }
}

function select(columns: readonly Column[], rows: Int32Array, length: number): RecordBatch {
  return recordBatch(
    length,
    columns.map((column) => selectRows(column, rows, length)),
  );
}

function comparatorOf(column: Column, { descending, nullsFirst }: SortKey): CompareRows {
  const compare = compareIn(column);
  const direction = descending ? -1 : 1;
  const { nulls } = column;
  if (nulls === null) return (a, b) => direction * compare(a, b);
  const nullGoes = nullsFirst ? -1 : 1;
  return (a, b) => {
    if (nulls[a] === 1 || nulls[b] === 1) return nullGoes * (nulls[a] - nulls[b]);
    return direction * compare(a, b);
  };
}

function compareIn(column: Column): CompareRows {
  switch (column.kind) {
    case "float64": {
      const { values } = column;
      return (a, b) => {
        const x = values[a];
        const y = values[b];
        return x < y ? -1 : x > y ? 1 : compareValues(x, y);
      };
    }
    case "bool":
      return (a, b) => column.values[a] - column.values[b];
    case "utf8":
      return (a, b) => compareBytes(column.bytes, column.starts[a], column.ends[a], column.starts[b], column.ends[b]);
    case "wide":
      return (a, b) => compareValues(wideAt(column, a), wideAt(column, b));
    case "value":
      return (a, b) => compareValues(column.values[a], column.values[b]);
  }
}

function compareBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = bytes[a + i] - bytes[b + i];
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}
