/**
 * What a changelog leaves at each key of its target, where rows that are told apart by other columns should not meet at a key:
 * of those that do the first stays, or they fail the job.
 *
 * Between a row's end and the next one at its key there may be others: what stands at a key is looked at when the watermark
 * advances, and all changes before that together. A key then emits once: +I, +U, or -D when no row is left.
 *
 * Invariant  between two watermarks `#changes` holds what came since the first of them, and `#rows` what was emitted: at most one
 *            row per key. Of rows that met at a key only the first is known afterwards.
 *            A row takes the place of the one with the same upsert key; without an upsert key rows are told apart by all columns.
 * State      the row of each key; the changes since the last watermark, numbered as they came.
 * Cost       O(1) per row and watermark, times the rows that stand at its key.
 */
import { type Column, type Float64Column, valueAt } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { sameKeys } from "../batch/row-keys.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import { MillraceError } from "../errors.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface CompactingMaterializeSpec {
  readonly kind: "compacting-materialize";
  /** The columns of the input and of the output. */
  readonly fields: readonly Field[];
  /** The key of the target. */
  readonly keys: readonly number[];
  /** What tells the rows of the input apart; null: nothing less than all columns. */
  readonly upsertKey: readonly number[] | null;
  /** What becomes of rows that meet at a key: they fail the job, or all but the first are passed over. */
  readonly onConflict: "error" | "nothing";
}

/** Input: changes of all kinds. Output: +I, +U and -D by key, when the watermark advances. */
export function createCompactingMaterialize(spec: CompactingMaterializeSpec, context: OperatorContext): Operator {
  return new CompactingMaterialize(spec, context);
}

const NUMBER = { kind: "double", nullable: false } as const;
/** In the list of the rows that stand at a key: the one that was emitted. */
const EMITTED = -1;

/** The changes since the last watermark, as they came, and what was emitted at their keys. */
interface Changes {
  readonly length: number;
  readonly columns: readonly Column[];
  readonly kinds: Float64Array;
  /** The slot of each one's key, and whether nothing was emitted there when the first change came. */
  readonly slots: Int32Array;
  readonly isNew: ReadonlySet<number>;
  /** What was emitted there, at the same places. */
  readonly emitted: readonly Column[];
}

class CompactingMaterialize implements Operator {
  readonly #spec: CompactingMaterializeSpec;
  /** Columns that are no keys, in the order of the values of `#rows`. */
  readonly #valueColumns: readonly number[];
  /** What makes two rows of a key the same one. */
  readonly #identity: readonly number[];
  readonly #all: readonly number[];
  readonly #rows: StateTable;
  readonly #changes: StateTable;
  readonly #changesSoFar: OperatorValue<number>;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #numbers = new Float64Array(MAX_BATCH_ROWS);
  readonly #kinds = new Float64Array(MAX_BATCH_ROWS);

  constructor(spec: CompactingMaterializeSpec, { state }: OperatorContext) {
    const { fields, keys, upsertKey } = spec;
    this.#spec = spec;
    this.#all = [...fields.keys()];
    this.#valueColumns = this.#all.filter((column) => !keys.includes(column));
    this.#identity = upsertKey ?? this.#all;
    const keyFields = keys.map((key) => fields[key]);
    this.#rows = state.table({
      name: "rows",
      key: keyFields,
      values: this.#valueColumns.map((column) => fields[column]),
    });
    this.#changes = state.table({
      name: "changes",
      key: [...keyFields, { name: "$number", type: NUMBER }],
      values: [...this.#valueColumns.map((column) => fields[column]), { name: "$kind", type: NUMBER }],
      keyGroupColumns: keys.length,
      isList: true,
    });
    this.#changesSoFar = state.operatorValue<number>("changesSoFar", 0, Math.max);
  }

  onBatch({ columns, kinds, length }: RecordBatch): Iterable<RecordBatch> {
    const first = this.#changesSoFar.get();
    this.#changesSoFar.set(first + length);
    for (let row = 0; row < length; row++) {
      this.#numbers[row] = first + row;
      this.#kinds[row] = kinds === null ? RowKind.insert : kinds[row];
    }
    const keys = this.#spec.keys.map((key) => columns[key]);
    const number: Column = { kind: "float64", values: this.#numbers, nulls: null };
    this.#changes.slotsOf([...keys, number], length, this.#slots);
    const kind: Column = { kind: "float64", values: this.#kinds, nulls: null };
    const values = [...this.#valueColumns.map((column) => columns[column]), kind];
    for (const [v, column] of values.entries()) this.#changes.columns[v].write(this.#slots, column, length);
    return NO_BATCHES;
  }

  *onWatermark(): Generator<RecordBatch> {
    if (this.#changes.size === 0) return;
    const changes = this.#takeChanges();
    const { isNew } = changes;
    const removed: number[] = [];
    const upserted: number[] = [];
    const kinds: number[] = [];
    for (const [slot, rows] of this.#compacted(changes)) {
      if (rows.length > 1 && this.#spec.onConflict === "error") throw this.#conflict(changes, slot);
      if (rows.length === 0) removed.push(slot);
      else if (!this.#isAsBefore(changes, rows[0], slot)) {
        upserted.push(rows[0]);
        kinds.push(isNew.has(slot) ? RowKind.insert : RowKind.updateAfter);
      }
    }
    yield* this.#remove(removed, isNew);
    for (let from = 0; from < upserted.length; from += MAX_BATCH_ROWS) {
      const rows = Int32Array.from(upserted.slice(from, from + MAX_BATCH_ROWS));
      const columns = changes.columns.map((column) => selectRows(column, rows, rows.length));
      const slots = Int32Array.from(rows, (row) => changes.slots[row]);
      for (const [v, c] of this.#valueColumns.entries()) this.#rows.columns[v].write(slots, columns[c], rows.length);
      yield recordBatch(rows.length, columns, Uint8Array.from(kinds.slice(from, from + MAX_BATCH_ROWS)));
    }
  }

  /** Takes out the changes, in the order in which they came. */
  #takeChanges(): Changes {
    const found: number[] = [];
    this.#changes.forEachSlot((slot) => found.push(slot));
    const unordered = Int32Array.from(found);
    const { length } = unordered;
    const { values: numbers } = this.#changes.keysOf(unordered, length).at(-1) as Float64Column;
    const order = Int32Array.from(unordered, (_, i) => i).sort((a, b) => numbers[a] - numbers[b]);
    const taken = order.map((i) => unordered[i]);
    const keys = this.#changes.keysOf(taken, length);
    const values = this.#changes.columns.map((column) => column.columnOf(taken, length));
    const each = Int32Array.from(taken, (_, i) => i);
    const columns = this.#inOrder(keys, values).map((column) => selectRows(column, each, length));
    const kinds = (values.at(-1) as Float64Column).values.slice(0, length);
    this.#changes.clear();
    const slots = new Int32Array(length);
    const inserted = new Uint8Array(length);
    const targets = this.#spec.keys.map((key) => columns[key]);
    this.#rows.slotsOf(targets, length, slots, inserted);
    const isNew = new Set(slots.filter((_, row) => inserted[row] === 1));
    return { length, columns, kinds, slots, isNew, emitted: this.#emittedAt(slots) };
  }

  /** The rows that stand at each key's slot, in the order in which they came. */
  #compacted(changes: Changes): ReadonlyMap<number, readonly number[]> {
    const { isNew, kinds, length, slots } = changes;
    const standing = new Map<number, number[]>();
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      let rows = standing.get(slot);
      if (rows === undefined) {
        rows = isNew.has(slot) ? [] : [EMITTED];
        standing.set(slot, rows);
      }
      const place = rows.findIndex((other) => this.#isSame(changes, other, row, this.#identity));
      if (rowKindSign[kinds[row]] < 0) {
        // What never came, or was passed over, cannot go.
        if (place >= 0) rows.splice(place, 1);
      } else if (place >= 0 && this.#spec.upsertKey !== null) rows[place] = row;
      else rows.push(row);
    }
    return standing;
  }

  #isSame({ columns, emitted }: Changes, other: number, row: number, identity: readonly number[]): boolean {
    if (other === EMITTED) return sameKeys(emitted, identity, row, columns, identity, row);
    return sameKeys(columns, identity, other, columns, identity, row);
  }

  #isAsBefore(changes: Changes, row: number, slot: number): boolean {
    return row === EMITTED || (!changes.isNew.has(slot) && this.#isSame(changes, EMITTED, row, this.#all));
  }

  *#remove(slots: readonly number[], isNew: ReadonlySet<number>): Generator<RecordBatch> {
    const gone = slots.filter((slot) => !isNew.has(slot));
    for (let from = 0; from < gone.length; from += MAX_BATCH_ROWS) {
      const part = Int32Array.from(gone.slice(from, from + MAX_BATCH_ROWS));
      yield recordBatch(part.length, this.#emittedAt(part), new Uint8Array(part.length).fill(RowKind.delete));
    }
    for (const slot of slots) this.#rows.remove(slot);
  }

  #emittedAt(slots: Int32Array): readonly Column[] {
    const { length } = slots;
    return this.#inOrder(
      this.#rows.keysOf(slots, length),
      this.#rows.columns.map((column) => column.columnOf(slots, length)),
    );
  }

  /** Columns of keys and of values in the order of the fields. */
  #inOrder(keys: readonly Column[], values: readonly Column[]): readonly Column[] {
    return this.#all.map((column) => {
      const key = this.#spec.keys.indexOf(column);
      return key >= 0 ? keys[key] : values[this.#valueColumns.indexOf(column)];
    });
  }

  #conflict({ columns, slots }: Changes, slot: number): MillraceError {
    const row = slots.indexOf(slot);
    const key = this.#spec.keys.map((column) => {
      const { name, type } = this.#spec.fields[column];
      return `${name} = ${String(valueAt(columns[column], row, type))}`;
    });
    return new MillraceError({
      code: "DATA_INVALID",
      message: `ON CONFLICT DO ERROR: different rows meet at the primary key ${key.join(", ")}; DO NOTHING keeps the first, DO DEDUPLICATE the last`,
    });
  }
}
