/**
 * Session window function without an aggregate: each row with the window_start, window_end and window_time of its session, when
 * that is complete. A change is a row like any other: what is taken back still belongs to the session, and may hold it together.
 *
 * Design     Which sessions there are is worked out by another operator, a session aggregate without aggregates, which is
 *            given all rows too; this one keeps the rows until it tells of their session.
 * Invariant  a stored row belongs to a session that is still to come. Rows of a session come out in the order in which they
 *            came per cell of time, changes in that of the session; late rows, as the session aggregate counts them, not at all.
 * State      the rows by key, bucket = cell of time as long as the gap, changes with their kind and number; the watermark; what
 *            the session aggregate keeps.
 * Cost       O(1) per row in and out, and O(cells of the session). A row that may be late costs a batch of its own.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectBatch } from "../batch/gather.ts";
import { hashRow, hashRows } from "../batch/hash-rows.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { sameValue } from "../batch/same-value.ts";
import type { Counter } from "../metrics.ts";
import { CHUNK_MASK } from "../state/row-id.ts";
import type { RowBucket, RowStore } from "../state/row-store.ts";
import type { OperatorValue } from "../state/state-backend.ts";
import { sessionIsComplete } from "../window/session.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface SessionWindowAssignSpec {
  readonly kind: "session-window-assign";
  readonly inputFields: readonly Field[];
  /** What sessions are told apart by. */
  readonly keys: readonly number[];
  readonly gapMs: number;
  readonly timeColumn: number;
  /** Rows may be taken back; else they are all inserts. */
  readonly isUpdating: boolean;
}

/** What a change is and where it came: its number * 4 + its kind. */
const CHANGE: Field = { name: "$change", type: { kind: "double", nullable: false } };

/** @param sessions made in the same context: a session aggregate over `keys` whose output is the keys, window_start, window_end */
export function createSessionWindowAssign(
  spec: SessionWindowAssignSpec,
  context: OperatorContext,
  sessions: Operator,
): Operator {
  return new SessionWindowAssign(spec, context, sessions);
}

class SessionWindowAssign implements Operator {
  readonly #spec: SessionWindowAssignSpec;
  readonly #sessions: Operator;
  readonly #store: RowStore;
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  readonly #hashes = new Int32Array(MAX_BATCH_ROWS);
  readonly #rows = new Int32Array(MAX_BATCH_ROWS);
  readonly #due: DueRows;
  /** Changes so far. */
  readonly #changes: OperatorValue<number>;

  constructor(spec: SessionWindowAssignSpec, context: OperatorContext, sessions: Operator) {
    this.#spec = spec;
    this.#sessions = sessions;
    const fields = spec.isUpdating ? [...spec.inputFields, CHANGE] : spec.inputFields;
    this.#store = context.state.rowStore({ name: "rows", fields, key: spec.keys });
    this.#changes = context.state.operatorValue<number>("changes", 0, Math.max);
    this.#watermark = context.state.operatorValue<number>("passed", MIN_TIMESTAMP, Math.min);
    this.#late = context.metrics.counter("numLateRecordsDropped");
    this.#due = new DueRows(this.#store, spec);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { values: times, nulls } = batch.columns[this.#spec.timeColumn] as Float64Column;
    const { gapMs } = this.#spec;
    const watermark = this.#watermark.get();
    // A row is late, or belongs to a session that others keep open: the sessions know, one row at a time.
    const mayBeLate = (row: number) =>
      (nulls === null || nulls[row] !== 1) && sessionIsComplete(times[row], gapMs, watermark);
    for (let from = 0; from < batch.length; ) {
      let to = from + 1;
      if (!mayBeLate(from)) while (to < batch.length && !mayBeLate(to)) to++;
      const part = from === 0 && to === batch.length ? batch : range(batch, from, to);
      const late = this.#late.value;
      yield* this.#sessions.onBatch(part, 0);
      if (this.#late.value === late) this.#keep(part);
      from = to;
    }
  }

  #keep(batch: RecordBatch): void {
    const { keys, timeColumn, gapMs, isUpdating } = this.#spec;
    const { values: times } = batch.columns[timeColumn] as Float64Column;
    const columns = isUpdating ? [...batch.columns, this.#numbered(batch)] : batch.columns;
    hashRows(
      keys.map((key) => batch.columns[key]),
      batch.length,
      this.#hashes,
    );
    for (let from = 0; from < batch.length; ) {
      const cell = cellOf(times[from], gapMs);
      let to = from;
      for (; to < batch.length && cellOf(times[to], gapMs) === cell; to++) this.#rows[to] = to;
      this.#store.append(cell, columns, this.#rows, from, to, this.#hashes);
      from = to;
    }
  }

  #numbered({ kinds, length }: RecordBatch): Column {
    const from = this.#changes.get();
    const values = new Float64Array(length);
    for (let row = 0; row < length; row++) values[row] = (from + row) * 4 + (kinds === null ? 0 : kinds[row]);
    this.#changes.set(from + length);
    return { kind: "float64", values, nulls: null };
  }

  get dueAt(): number {
    return this.#sessions.dueAt ?? MAX_TIMESTAMP;
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    for (const complete of this.#sessions.onWatermark(watermark)) yield* this.#release(complete);
    this.#watermark.set(watermark);
  }

  /** The rows of sessions: keys, start, end. */
  *#release(sessions: RecordBatch): Generator<RecordBatch> {
    const { keys, gapMs, isUpdating } = this.#spec;
    const keyColumns = sessions.columns.slice(0, keys.length);
    const [starts, ends] = sessions.columns.slice(keys.length).map((column) => (column as Float64Column).values);
    for (let session = 0; session < sessions.length; session++) {
      const [start, end] = [starts[session], ends[session]];
      const hash = hashRow(keyColumns, session);
      const lastCell = cellOf(end - gapMs, gapMs);
      const found: number[] = [];
      for (let cell = cellOf(start, gapMs); cell <= lastCell; cell++) {
        const bucket = this.#store.bucket(cell);
        if (bucket === undefined) continue;
        for (const id of this.#idsOf(bucket, hash, keyColumns, session, start, end)) found.push(id);
      }
      if (isUpdating) found.sort((a, b) => this.#changeOf(a) - this.#changeOf(b));
      for (const id of found) if (this.#due.push(id, start, end)) yield this.#due.take();
    }
    if (this.#due.length > 0) yield this.#due.take();
  }

  #changeOf(id: number): number {
    const { columns } = this.#store.batchOf(id);
    return (columns[this.#spec.inputFields.length] as Float64Column).values[id & CHUNK_MASK];
  }

  /** In the order in which they came. */
  #idsOf(
    bucket: RowBucket,
    hash: number,
    keys: readonly Column[],
    session: number,
    start: number,
    end: number,
  ): number[] {
    const { keys: keyIndexes, timeColumn } = this.#spec;
    const ids: number[] = [];
    for (let id = bucket.find(hash); id >= 0; id = this.#store.next(id)) {
      const { columns } = this.#store.batchOf(id);
      const row = id & CHUNK_MASK;
      const time = (columns[timeColumn] as Float64Column).values[row];
      if (time < start || time >= end) continue;
      if (keys.every((key, i) => sameValue(key, session, columns[keyIndexes[i]], row))) ids.push(id);
    }
    return ids.reverse();
  }

  *onEnd(): Generator<RecordBatch> {
    yield* this.#sessions.onEnd?.() ?? [];
  }
}

function cellOf(time: number, gapMs: number): number {
  return Math.floor(time / gapMs) + 0;
}

function range(batch: RecordBatch, from: number, to: number): RecordBatch {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return selectBatch(batch, rows, rows.length);
}

/** Rows on their way out, with their windows. */
class DueRows {
  readonly #store: RowStore;
  readonly #spec: SessionWindowAssignSpec;
  readonly #ids = new Int32Array(MAX_BATCH_ROWS);
  readonly #starts = new Float64Array(MAX_BATCH_ROWS);
  readonly #ends = new Float64Array(MAX_BATCH_ROWS);
  length = 0;

  constructor(store: RowStore, spec: SessionWindowAssignSpec) {
    this.#store = store;
    this.#spec = spec;
  }

  /** True when a batch is full. */
  push(id: number, start: number, end: number): boolean {
    this.#ids[this.length] = id;
    this.#starts[this.length] = start;
    this.#ends[this.length++] = end;
    return this.length === MAX_BATCH_ROWS;
  }

  /** Takes the rows out of the store. */
  take(): RecordBatch {
    const { length } = this;
    const { gapMs, isUpdating, timeColumn } = this.#spec;
    const number = (values: Float64Array): Column => ({ kind: "float64", values, nulls: null });
    const ends = this.#ends.slice(0, length);
    const windows = [this.#starts.slice(0, length), ends, ends.map((end) => end - 1)].map(number);
    const rows = this.#store.gather(this.#ids, length);
    const changes = isUpdating ? (rows.pop() as Float64Column).values.subarray(0, length) : null;
    const kinds = changes === null ? null : Uint8Array.from(changes, (change) => change % 4);
    const { values: times } = rows[timeColumn] as Float64Column;
    for (let i = 0; i < length; i++) this.#store.remove(cellOf(times[i], gapMs), this.#ids[i]);
    this.length = 0;
    return recordBatch(length, [...rows, ...windows], kinds);
  }
}
