/**
 * Makes whole changes of an upsert stream, whose rows tell only what a key holds from now on, or that it is gone: consumers
 * need the row before, too.
 *
 * A key emits once per batch that changes its row, or with `keepsHistory` for each change: +I the first time, later -U of the old
 * row and +U of the new one, -D when it goes. A row that is as before, and the end of a key that was not there, emit nothing.
 *
 * Invariant  the row held for a key is the last that came for it. Of a row that ends a key (-D) only the key is looked at; -U is
 *            passed over.
 *            With a time to live a key without a row for so long is forgotten: its next row is +I, its end nothing.
 * State      one row per key.
 * Cost       O(1) per row: a row is looked up by its key; only the last one of each key in a batch is compared and copied. With
 *            `keepsHistory` a batch is worked through in as many rounds as its commonest key has rows.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { alternateRows, selectBatch, selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind } from "../batch/row-kind.ts";
import { sameValue } from "../batch/same-value.ts";
import type { StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface ChangelogNormalizeSpec {
  readonly kind: "changelog-normalize";
  /** The columns of the input and of the output. */
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  /** Each change comes out, for consumers that join with a row as it was at some time. Default false: the last of a batch does. */
  readonly keepsHistory?: boolean;
  /** Processing time that a key is known from its last row on; for ever if absent. */
  readonly ttlMs?: number;
}

/** Input: +I and +U set the row of a key, -D ends it. */
export function createChangelogNormalize(spec: ChangelogNormalizeSpec, context: OperatorContext): Operator {
  return new ChangelogNormalize(spec, context);
}

/** A before and an after take two rows. */
const MAX_UPDATES = MAX_BATCH_ROWS / 2;

class ChangelogNormalize implements Operator {
  readonly #spec: ChangelogNormalizeSpec;
  readonly #table: StateTable;
  /** Columns that are no keys, in the order of the table's values. */
  readonly #valueColumns: readonly number[];
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  /** Per key that the batch touches: its last row, whether the key is new. */
  readonly #lastRows = new Int32Array(MAX_BATCH_ROWS);
  readonly #isNew = new Uint8Array(MAX_BATCH_ROWS);

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: ChangelogNormalizeSpec, context: OperatorContext) {
    const { fields, keys, ttlMs } = spec;
    this.#spec = spec;
    this.#valueColumns = [...fields.keys()].filter((column) => !keys.includes(column));
    const values = this.#valueColumns.map((column) => fields[column]);
    this.#table = context.state.table({
      name: "rows",
      key: keys.map((key) => fields[key]),
      values: ttlMs === undefined ? values : [...values, WRITTEN_FIELD],
    });
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#table, values.length);
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    this.#ttl?.ttl.begin();
    if (this.#spec.keepsHistory !== true) return yield* this.#apply(batch);
    for (const round of this.#roundsOf(batch)) yield* this.#apply(round);
  }

  /** The first row of each key, then the second of each ... */
  #roundsOf(batch: RecordBatch): readonly RecordBatch[] {
    const { length } = batch;
    const slots = this.#slots;
    const keys = this.#spec.keys.map((key) => batch.columns[key]);
    this.#table.slotsOf(keys, length, slots, this.#inserted);
    const touched = this.#touched;
    touched.start();
    const counts: number[] = [];
    const rounds: number[][] = [];
    for (let row = 0; row < length; row++) {
      const known = touched.find(slots[row]);
      const number = known < 0 ? touched.add(slots[row]) : known;
      counts[number] = known < 0 ? 0 : counts[number] + 1;
      if (counts[number] === rounds.length) rounds.push([]);
      rounds[counts[number]].push(row);
    }
    // They were only looked up.
    for (let row = 0; row < length; row++) if (this.#inserted[row] === 1) this.#table.remove(slots[row]);
    if (rounds.length === 1) return [batch];
    return rounds.map((rows) => selectBatch(batch, Int32Array.from(rows), rows.length));
  }

  *#apply(batch: RecordBatch): Generator<RecordBatch> {
    const { columns, kinds, length } = batch;
    const keys = this.#spec.keys.map((key) => columns[key]);
    this.#table.slotsOf(keys, length, this.#slots, this.#inserted);
    const count = this.#findLast(kinds, length);
    const added: number[] = [];
    const held: number[] = [];
    const gone: number[] = [];
    const unknown: number[] = [];
    for (let t = 0; t < count; t++) {
      const isEnd = kinds !== null && kinds[this.#lastRows[t]] === RowKind.delete;
      const isNew = this.#isNew[t] === 1;
      (isEnd ? (isNew ? unknown : gone) : isNew ? added : held).push(t);
    }
    for (const t of unknown) this.#table.remove(this.#touched.slots[t]);
    if (gone.length > 0) {
      const slots = this.#slotsOf(gone);
      yield recordBatch(gone.length, this.#held(slots), new Uint8Array(gone.length).fill(RowKind.delete));
      for (const slot of slots) this.#table.remove(slot);
    }
    if (held.length > 0) {
      this.#ttl?.touchAll(this.#slotsOf(held), held.length);
      yield* this.#update(columns, held);
    }
    if (added.length > 0) {
      const rows = this.#rowsOf(added);
      this.#write(columns, this.#slotsOf(added), rows);
      this.#ttl?.touchAll(this.#slotsOf(added), added.length);
      yield recordBatch(
        rows.length,
        columns.map((column) => selectRows(column, rows, rows.length)),
      );
    }
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  /** Finds the last row of each key of the batch; returns how many keys there are. */
  #findLast(kinds: Uint8Array | null, length: number): number {
    const touched = this.#touched;
    touched.start();
    const slots = this.#slots;
    for (let row = 0; row < length; row++) {
      let number = touched.find(slots[row]);
      if (number < 0) {
        number = touched.add(slots[row]);
        this.#isNew[number] = this.#inserted[row] === 1 || this.#ttl?.hasPassed(slots[row]) === true ? 1 : 0;
        this.#lastRows[number] = -1;
      }
      if (kinds === null || kinds[row] !== RowKind.updateBefore) this.#lastRows[number] = row;
    }
    return this.#dropUntold();
  }

  /** Takes out keys that the batch only tells the row before of. */
  #dropUntold(): number {
    const { count, slots } = this.#touched;
    let kept = 0;
    for (let t = 0; t < count; t++) {
      if (this.#lastRows[t] < 0) {
        if (this.#isNew[t] === 1) this.#table.remove(slots[t]);
        continue;
      }
      slots[kept] = slots[t];
      this.#isNew[kept] = this.#isNew[t];
      this.#lastRows[kept++] = this.#lastRows[t];
    }
    return kept;
  }

  *#update(columns: readonly Column[], held: readonly number[]): Generator<RecordBatch> {
    const changed = this.#changed(columns, held);
    if (changed.length === 0) return;
    const slots = this.#slotsOf(changed);
    const before = this.#held(slots);
    this.#write(columns, slots, this.#rowsOf(changed));
    // Read back, so that before and after point into the same bytes.
    const after = this.#held(slots);
    for (let from = 0; from < slots.length; from += MAX_UPDATES) {
      const to = Math.min(slots.length, from + MAX_UPDATES);
      const alternating = this.#spec.fields.map(({ type }, c) => alternateRows(before[c], after[c], from, to, type));
      yield recordBatch((to - from) * 2, alternating, UPDATE_KINDS);
    }
  }

  /** Of keys that hold a row, those whose last row of the batch differs from it. */
  #changed(columns: readonly Column[], held: readonly number[]): readonly number[] {
    const slots = this.#slotsOf(held);
    const own = this.#valueColumns.map((_, v) => this.#table.columns[v].columnOf(slots, slots.length));
    // With a time to live all are told, so that what is kept behind this lives as long.
    if (this.#ttl !== null) return held;
    return held.filter((t, h) => {
      const row = this.#lastRows[t];
      return !this.#valueColumns.every((column, v) => sameValue(columns[column], row, own[v], h));
    });
  }

  #slotsOf(numbers: readonly number[]): Int32Array {
    return Int32Array.from(numbers, (t) => this.#touched.slots[t]);
  }

  #rowsOf(numbers: readonly number[]): Int32Array {
    return Int32Array.from(numbers, (t) => this.#lastRows[t]);
  }

  /** The rows held, in the order of the fields. */
  #held(slots: Int32Array): readonly Column[] {
    const { length } = slots;
    const keys = this.#table.keysOf(slots, length);
    return this.#spec.fields.map((_, column) => {
      const key = this.#spec.keys.indexOf(column);
      return key >= 0 ? keys[key] : this.#table.columns[this.#valueColumns.indexOf(column)].columnOf(slots, length);
    });
  }

  #write(columns: readonly Column[], slots: Int32Array, rows: Int32Array): void {
    for (const [v, column] of this.#valueColumns.entries()) {
      this.#table.columns[v].write(slots, selectRows(columns[column], rows, rows.length), rows.length);
    }
  }
}

const UPDATE_KINDS = Uint8Array.from({ length: MAX_BATCH_ROWS }, (_, row) =>
  row % 2 === 0 ? RowKind.updateBefore : RowKind.updateAfter,
);
