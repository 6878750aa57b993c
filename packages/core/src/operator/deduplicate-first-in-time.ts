/**
 * Deduplication that keeps the earliest row of each key in event time: it comes out when the watermark reaches its time, so that
 * rows are only added.
 *
 * Invariant  a key has at most one row in `waiting`, the earliest of its rows (of equal times the one that came first), or stands
 *            in `done`, never both. A row that the watermark has reached when it comes is late, and only counted.
 * State      the waiting rows by key; the keys that are done, for ever or as long as their time to live; the watermark. The queue is made from the rows after a restore.
 * Cost       two look-ups per row; O(log n) for each row that becomes the earliest of its key.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import type { OperatorValue, StateColumn, StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { TimeQueue } from "../state/time-queue.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import { rowtimeIsNull } from "../window/time-windows.ts";
import { MIN_TIMESTAMP, type Operator, type OperatorContext } from "./operator.ts";

export interface DeduplicateFirstInTimeSpec {
  readonly kind: "deduplicate-first-in-time";
  readonly fields: readonly Field[];
  readonly keys: readonly number[];
  readonly timeColumn: number;
  /** The columns that come out. */
  readonly outputs: readonly number[];
  /** Processing time that a key is done from when its row came out on; for ever if absent. */
  readonly ttlMs?: number;
}

/** Input: inserts only. Output: inserts only. */
export function createDeduplicateFirstInTime(spec: DeduplicateFirstInTimeSpec, context: OperatorContext): Operator {
  return new DeduplicateFirstInTime(spec, context);
}

class DeduplicateFirstInTime implements Operator {
  readonly #spec: DeduplicateFirstInTimeSpec;
  readonly #operatorId: string;
  readonly #waiting: StateTable;
  readonly #done: StateTable;
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  /** Columns that are no keys, in the order of the values of `#waiting`. */
  readonly #valueColumns: readonly number[];
  readonly #times: StateColumn;
  /** For each output its place in `#waiting`: key k is k, value v is -1 - v. */
  readonly #places: readonly number[];
  /** Slots of `#waiting` by the time of a row that is or was there. */
  readonly #queue = new TimeQueue();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #isNew = new Uint8Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  readonly #rows = new Int32Array(MAX_BATCH_ROWS);

  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: DeduplicateFirstInTimeSpec, context: OperatorContext) {
    const { metrics, operatorId, state } = context;
    const { fields, keys, timeColumn, ttlMs } = spec;
    const key = keys.map((column) => fields[column]);
    this.#spec = spec;
    this.#operatorId = operatorId;
    // The time is held as a value even where it is a key.
    this.#valueColumns = [...fields.keys()].filter((column) => column === timeColumn || !keys.includes(column));
    this.#places = spec.outputs.map((column) => {
      const place = keys.indexOf(column);
      return place >= 0 ? place : -1 - this.#valueColumns.indexOf(column);
    });
    const values = this.#valueColumns.map((column) => {
      const { name, type } = fields[column];
      // A free slot has no time.
      return column === timeColumn ? { name, type: { ...type, nullable: true } } : { name, type };
    });
    this.#waiting = state.table({ name: "waiting", key, values });
    this.#done = state.table({ name: "done", key, values: ttlMs === undefined ? [] : [WRITTEN_FIELD] });
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#late = metrics.counter("numLateRecordsDropped");
    this.#times = this.#waiting.columns[this.#valueColumns.indexOf(timeColumn)];
    this.#waiting.forEachSlot((slot) => this.#queue.push(this.#times.float64![slot], slot));
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#done, 0);
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    const { columns, length } = batch;
    const { values: times, nulls } = columns[this.#spec.timeColumn] as Float64Column;
    const keys = this.#spec.keys.map((key) => columns[key]);
    const watermark = this.#watermark.get();
    this.#done.find(keys, length, this.#slots);
    this.#ttl?.ttl.begin();
    let count = 0;
    for (let row = 0; row < length; row++) {
      if (nulls !== null && nulls[row] === 1) throw rowtimeIsNull(this.#operatorId);
      const done = this.#slots[row];
      if (done >= 0 && this.#ttl?.hasPassed(done) !== true) continue;
      if (times[row] <= watermark) this.#late.value++;
      else this.#rows[count++] = row;
    }
    if (count > 0) this.#keepEarliest(columns, keys, count);
    return NO_BATCHES;
  }

  /** The first `count` of `#rows` are of keys that are not done. */
  #keepEarliest(columns: readonly Column[], keys: readonly Column[], count: number): void {
    const rows = this.#rows;
    const picked = keys.map((column) => selectRows(column, rows, count));
    this.#waiting.slotsOf(picked, count, this.#slots, this.#isNew);
    this.#touched.start();
    const { values: times } = columns[this.#spec.timeColumn] as Float64Column;
    const held = this.#times.float64!;
    const earliest: number[] = [];
    for (let i = 0; i < count; i++) {
      const slot = this.#slots[i];
      const time = times[rows[i]];
      const number = this.#touched.find(slot);
      if (number < 0) {
        if (this.#isNew[i] === 0 && held[slot] <= time) continue;
        this.#touched.add(slot);
        earliest.push(rows[i]);
      } else if (time < times[earliest[number]]) earliest[number] = rows[i];
    }
    const slots = this.#touched.slots.subarray(0, earliest.length);
    const picks = Int32Array.from(earliest);
    for (const [v, column] of this.#valueColumns.entries()) {
      this.#waiting.columns[v].write(slots, selectRows(columns[column], picks, picks.length), picks.length);
    }
    for (let i = 0; i < slots.length; i++) this.#queue.push(times[picks[i]], slots[i]);
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    this.#watermark.set(watermark);
    const due = new Int32Array(MAX_BATCH_ROWS);
    let count = 0;
    while (this.#queue.first <= watermark) {
      const time = this.#queue.first;
      const slot = this.#queue.pop();
      // The row may have made way for an earlier one, which has come out.
      if (this.#times.nulls[slot] === 1 || this.#times.float64![slot] !== time) continue;
      due[count++] = slot;
      // It may stand in the queue twice, with one time.
      this.#times.nulls[slot] = 1;
      if (count < MAX_BATCH_ROWS) continue;
      yield* this.#release(due, count);
      count = 0;
    }
    if (count > 0) yield* this.#release(due, count);
  }

  *#release(slots: Int32Array, count: number): Generator<RecordBatch> {
    for (let i = 0; i < count; i++) this.#times.nulls[slots[i]] = 0;
    const keys = this.#waiting.keysOf(slots, count);
    this.#done.slotsOf(keys, count, this.#slots);
    this.#ttl?.ttl.begin();
    this.#ttl?.touchAll(this.#slots, count);
    const columns = this.#places.map((place) =>
      place >= 0 ? keys[place] : this.#waiting.columns[-1 - place].columnOf(slots, count),
    );
    yield recordBatch(count, columns);
    for (let i = 0; i < count; i++) this.#waiting.remove(slots[i]);
  }
}
