/**
 * Window functions in the order of time, of rows that are only added: each row comes out once.
 *
 * In event time rows wait until the watermark has passed them; then they are put in order, by time, the further columns of ORDER
 * BY and arrival, and computed together. Rows that come later are dropped, and counted. In processing time rows count in the
 * order of arrival, and come out at once.
 *
 * Invariant  a row with a time of the watermark or before has come out. Of those only the rows are kept that the frame of a
 *            row to come may begin with, or end.
 * State      rows by partition and arrival; per partition the number of its rows, the time of the last, and what is held of
 *            it to go on from; the watermark. A partition whose frames are bounded in time is freed once they are empty; others
 *            with a time to live, unless rows of it wait.
 * Cost       per row two look-ups, and what the functions cost; the rows kept of a partition are looked at each time the
 *            watermark passes rows of it.
 */
import type { Column, Float64Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { compileRowOrder, type RowComparator, type SortKey } from "../batch/row-order.ts";
import type { Counter } from "../metrics.ts";
import { createOverEvaluators } from "../over/create-over-evaluators.ts";
import { FrameSet } from "../over/frame-set.ts";
import type { OverCallSpec } from "../over/over-call.ts";
import { OverRun } from "../over/over-run.ts";
import { PartitionExpiries } from "../over/partition-expiries.ts";
import { rowNumbers } from "../over/row-numbers.ts";
import { TimeOverResults } from "../over/time-over-results.ts";
import { ArrivedRows } from "../state/arrived-rows.ts";
import { grown } from "../state/byte-arena.ts";
import { PartitionLists } from "../state/partition-lists.ts";
import { PendingRows } from "../state/pending-rows.ts";
import { RowQueues } from "../state/row-queues.ts";
import type { OperatorValue, StateTable } from "../state/state-backend.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { onTime } from "../window/on-time.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext, type TimeDomain } from "./operator.ts";

export interface TimeOverSpec {
  readonly kind: "time-over";
  readonly fields: readonly Field[];
  /** Columns of the partition. */
  readonly keys: readonly number[];
  /** First the time, ascending. */
  readonly order: readonly SortKey[];
  readonly timeDomain: TimeDomain;
  /** Frames end with the row, or before. */
  readonly calls: readonly OverCallSpec[];
  /** How long a partition is kept after its last row, in processing time. */
  readonly ttlMs?: number;
}

/** Output: the input's columns, then one per call; inserts only. */
export function createTimeOver(spec: TimeOverSpec, context: OperatorContext): Operator {
  return new TimeOver(spec, context);
}

const double = (name: string): Field => ({ name, type: { kind: "double", nullable: false } });

/** Rows are computed together until there are so many of them. */
const RUN_ROWS = 8192;

class TimeOver implements Operator {
  readonly #spec: TimeOverSpec;
  readonly #operatorId: string;
  readonly #arrived: ArrivedRows;
  readonly #rows: StateTable;
  readonly #partitions: StateTable;
  /** For each input column its place in the table of rows: key k is -1 - k. */
  readonly #places: readonly number[];
  readonly #watermark: OperatorValue<number>;
  readonly #late: Counter;
  readonly #results: TimeOverResults;
  readonly #frames: FrameSet;
  readonly #reads: readonly number[];
  readonly #compareKeys: RowComparator;
  readonly #pending = new PendingRows();
  /** Of each partition the rows that have come out and are kept, then those that are being computed. */
  readonly #queues = new RowQueues();
  readonly #run = new OverRun();
  readonly #expiries: PartitionExpiries;
  #slots = new Int32Array(MAX_BATCH_ROWS);
  #partitionSlots = new Int32Array(MAX_BATCH_ROWS);
  #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #due = new PartitionLists();
  /** Rows of each partition that wait. */
  #waiting = new Int32Array(64);
  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: TimeOverSpec, context: OperatorContext) {
    const { fields, keys, order, calls, ttlMs } = spec;
    this.#spec = spec;
    this.#operatorId = context.operatorId;
    const { state } = context;
    const key = keys.map((column) => fields[column]);
    // The time is looked at in its place though it may be a key, too.
    const values = [...fields.keys()].filter((column) => column === order[0].column || !keys.includes(column));
    this.#places = [...fields.keys()].map((column) =>
      values.includes(column) ? values.indexOf(column) : -1 - keys.indexOf(column),
    );
    this.#arrived = new ArrivedRows(
      state,
      key,
      values.map((column) => fields[column]),
    );
    this.#rows = this.#arrived.table;
    const compare = compileRowOrder(order);
    this.#frames = new FrameSet(order, compare, spec.timeDomain);
    const evaluators = createOverEvaluators(calls, this.#frames, true);
    this.#results = new TimeOverResults(evaluators, spec, this.#frames, state, {
      keysOf: (ids, length) => this.#arrived.keysOf(ids, length),
      columnOf: (column, ids, length) => this.#columnOf(column, ids, length),
    });
    this.#partitions = state.table({
      name: "partitions",
      key,
      values: [
        double("$rows"),
        double("$time"),
        ...this.#results.fields,
        ...(ttlMs === undefined ? [] : [WRITTEN_FIELD]),
      ],
    });
    this.#results.open(this.#partitions, this.#partitions.columns.slice(2));
    this.#compareKeys = compileRowOrder(order.slice(1).map((each, k) => ({ ...each, column: k })));
    this.#reads = [...new Set([...order.map(({ column }) => column), ...evaluators.flatMap(({ reads }) => reads)])];
    this.#expiries = new PartitionExpiries(evaluators);
    this.#watermark = state.operatorValue<number>("watermark", MIN_TIMESTAMP, Math.min);
    this.#late = context.metrics.counter("numLateRecordsDropped");
    if (this.#rows.size > 0) this.#takeUp();
    if (ttlMs === undefined) return;
    const time = processingTimeOf(context);
    const written = this.#partitions.columns.length - 1;
    this.#ttl = new TableTtl(new StateTtl(ttlMs, time), this.#partitions, written, (partition) => {
      if (this.#waiting[partition] === 0) this.#free(partition);
    });
    this.#sweep = new TtlSweep(time, [this.#ttl]);
  }

  /** Rows of each partition that have come out so far; the time of the last. */
  get #counts(): Float64Array {
    return this.#partitions.columns[0].float64!;
  }

  get #lastTimes(): Float64Array {
    return this.#partitions.columns[1].float64!;
  }

  get #timePlace(): number {
    return this.#places[this.#spec.order[0].column];
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const isProcessing = this.#spec.timeDomain === "processing";
    const given = isProcessing
      ? batch
      : onTime(batch, this.#spec.order[0].column, this.#watermark.get(), this.#late, this.#operatorId);
    if (given.length === 0) return;
    this.#store(given);
    if (!isProcessing) return;
    yield* this.#process(MAX_TIMESTAMP);
    const { values } = given.columns[this.#spec.order[0].column] as Float64Column;
    this.#expire(values.subarray(0, given.length).reduce((a, b) => Math.max(a, b), MIN_TIMESTAMP));
  }

  *onWatermark(watermark: number): Generator<RecordBatch> {
    if (this.#spec.timeDomain === "processing") return;
    this.#ttl?.ttl.begin();
    yield* this.#process(watermark);
    this.#watermark.set(watermark);
    this.#expire(watermark);
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  #store({ length, columns }: RecordBatch): void {
    if (this.#slots.length < length) {
      this.#slots = new Int32Array(length);
      this.#partitionSlots = new Int32Array(length);
      this.#inserted = new Uint8Array(length);
    }
    const keys = this.#spec.keys.map((column) => columns[column]);
    const partitions = this.#partitionSlots;
    this.#partitions.slotsOf(keys, length, partitions, this.#inserted);
    this.#reservePartitions();
    this.#ttl?.ttl.begin();
    this.#ttl?.renew(partitions, this.#inserted, length, (partition) => {
      if (this.#waiting[partition] === 0) this.#empty(partition);
    });
    const slots = this.#slots;
    this.#arrived.add(keys, length, slots);
    for (const [column, place] of this.#places.entries()) {
      if (place >= 0) this.#rows.columns[place].write(slots, columns[column], length);
    }
    const { values } = columns[this.#spec.order[0].column] as Float64Column;
    for (let row = 0; row < length; row++) this.#wait(slots[row], partitions[row], values[row]);
  }

  #wait(slot: number, partition: number, time: number): void {
    this.#waiting[partition]++;
    this.#pending.add(slot, partition, time);
  }

  /** Room for what is known of partitions besides their state. */
  #reservePartitions(): void {
    const { capacity } = this.#partitions;
    this.#queues.reserve(capacity);
    this.#due.reserve(capacity);
    this.#results.reserve(capacity);
    this.#expiries.reserve(capacity);
    if (capacity <= this.#waiting.length) return;
    const length = Math.max(capacity, this.#waiting.length * 2);
    this.#waiting = grown(this.#waiting, new Int32Array(length));
  }

  /** Restored rows: those up to the watermark go back to their partitions, the others wait again. */
  #takeUp(): void {
    this.#reservePartitions();
    const times = this.#rows.columns[this.#timePlace].float64!;
    const isProcessing = this.#spec.timeDomain === "processing";
    const kept = new Map<number, number[]>();
    for (const { slot, partition } of this.#arrived.inOrder(this.#partitions)) {
      // Another instance may have been further: a row is out if it is no later than the last one of its partition that is.
      if (!isProcessing && (this.#counts[partition] === 0 || times[slot] > this.#lastTimes[partition]))
        this.#wait(slot, partition, times[slot]);
      else {
        const slots = kept.get(partition);
        if (slots === undefined) kept.set(partition, [slot]);
        else slots.push(slot);
      }
    }
    for (const [partition, slots] of kept) {
      for (const slot of this.#sorted(slots)) this.#queues.append(partition, slot);
      this.#expiries.watch(partition, this.#lastTimes[partition]);
    }
  }

  /** Computes the rows with a time of `due` or before. */
  *#process(due: number): Generator<RecordBatch> {
    const rows = this.#pending.takeDue(due);
    for (const partition of this.#due.fill(rows.partitions, rows.length)) {
      const slots: number[] = [];
      this.#due.take(partition, rows.slots, slots);
      const sorted = this.#sorted(slots);
      for (let from = 0; from < sorted.length; ) {
        const to = this.#pieceEnd(sorted, from);
        this.#addSegment(partition, sorted, from, to);
        from = to;
        if (this.#run.size >= RUN_ROWS) yield* this.#compute();
      }
    }
    if (this.#run.count > 0) yield* this.#compute();
  }

  /** Brings rows that stand in the order of arrival into that of the window. */
  #sorted(slots: number[]): readonly number[] {
    if (this.#spec.timeDomain === "processing") return slots;
    const times = this.#rows.columns[this.#timePlace].float64!;
    const hasKeys = this.#spec.order.length > 1;
    let isSorted = true;
    for (let i = 1; i < slots.length && isSorted; i++) {
      isSorted = times[slots[i - 1]] < times[slots[i]] || (!hasKeys && times[slots[i - 1]] === times[slots[i]]);
    }
    if (isSorted) return slots;
    if (!hasKeys) return slots.sort((a, b) => times[a] - times[b]);
    const ids = Int32Array.from(slots);
    const keys = this.#spec.order.slice(1).map(({ column }) => this.#columnOf(column, ids, ids.length));
    const order = slots.map((_, i) => i);
    order.sort((a, b) => times[slots[a]] - times[slots[b]] || this.#compareKeys(keys, a, keys, b));
    return order.map((i) => slots[i]);
  }

  /** How far rows are computed together: not too many, and none apart from those that have the same time. */
  #pieceEnd(slots: readonly number[], from: number): number {
    let to = Math.min(slots.length, from + RUN_ROWS);
    if (this.#spec.timeDomain === "processing") return to;
    const times = this.#rows.columns[this.#timePlace].float64!;
    while (to < slots.length && times[slots[to]] === times[slots[to - 1]]) to++;
    return to;
  }

  #addSegment(partition: number, slots: readonly number[], from: number, to: number): void {
    const queues = this.#queues;
    const kept = queues.lengthOf(partition);
    for (let i = from; i < to; i++) queues.append(partition, slots[i]);
    const total = kept + to - from;
    const dropped = this.#counts[partition] - kept;
    this.#run.add(partition, queues.startOf(partition), 0, total, kept, total, total, dropped);
  }

  #columnOf(column: number, slots: Int32Array, length: number): Column {
    const place = this.#places[column];
    return place >= 0
      ? this.#rows.columns[place].columnOf(slots, length)
      : this.#rows.keysOf(slots, length)[-1 - place];
  }

  /** Computes the rows of the run, puts them out, and drops what no frame can hold any more. */
  *#compute(): Generator<RecordBatch> {
    const run = this.#run;
    run.ids = this.#queues.pool;
    const ids = run.computedIds();
    this.#showColumns();
    this.#results.compute(run, this.#counts);
    for (let from = 0; from < ids.length; from += MAX_BATCH_ROWS) {
      const part = ids.subarray(from, from + MAX_BATCH_ROWS);
      const own = this.#spec.fields.map((_, column) => this.#columnOf(column, part, part.length));
      yield recordBatch(part.length, [...own, ...this.#results.columns(from, part.length)]);
    }
    this.#retire();
    run.clear();
  }

  /** The columns that are read: as they stand in the state, or copied for the run if one of them cannot be looked at there. */
  #showColumns(): void {
    const run = this.#run;
    const columns: Column[] = [];
    let areLive = true;
    for (const column of this.#reads) {
      const live = this.#liveColumn(column);
      if (live === null) areLive = false;
      else columns[column] = live;
    }
    run.columns = columns;
    run.rows = run.ids;
    if (areLive) return;
    const copied = new Int32Array(run.size);
    let place = 0;
    for (let g = 0; g < run.count; g++) {
      const count = run.last[g];
      copied.set(run.ids.subarray(run.offset[g], run.offset[g] + count), place);
      run.offset[g] = place;
      place += count;
    }
    run.ids = copied;
    run.rows = rowNumbers(run.size);
    for (const column of this.#reads) columns[column] = this.#columnOf(column, copied, run.size);
  }

  #liveColumn(column: number): Column | null {
    const place = this.#places[column];
    if (place < 0) return null;
    const { float64, bool, nulls: mask } = this.#rows.columns[place];
    // The time is never NULL.
    const nulls = column === this.#spec.order[0].column || !this.#spec.fields[column].type.nullable ? null : mask;
    if (float64 !== null) return { kind: "float64", values: float64, nulls };
    return bool === null ? null : { kind: "bool", values: bool, nulls };
  }

  #retire(): void {
    const run = this.#run;
    const counts = this.#counts;
    const lastTimes = this.#lastTimes;
    const times = this.#rows.columns[this.#timePlace].float64!;
    for (let g = 0; g < run.count; g++) {
      const partition = run.partition[g];
      const kept = run.from[g];
      const total = run.total[g];
      const place = run.offset[g];
      counts[partition] += total - kept;
      this.#waiting[partition] -= total - kept;
      lastTimes[partition] = times[run.ids[place + total - 1]];
      this.#ttl?.touch(partition);
      const keepFrom = this.#results.keepFrom(run, g);
      for (let position = 0; position < keepFrom; position++) this.#rows.remove(run.ids[place + position]);
      this.#queues.removeFirst(partition, keepFrom);
      this.#expiries.watch(partition, this.#lastTimes[partition]);
    }
  }

  /** Frees the partitions whose frames are empty from a time on. */
  #expire(now: number): void {
    this.#expiries.takeDue(now, this.#lastTimes, (partition) => this.#free(partition));
  }

  #free(partition: number): void {
    this.#empty(partition);
    if (this.#waiting[partition] === 0) this.#partitions.remove(partition);
  }

  /** It begins anew. */
  #empty(partition: number): void {
    const queues = this.#queues;
    const start = queues.startOf(partition);
    const end = start + queues.lengthOf(partition);
    for (let place = start; place < end; place++) this.#rows.remove(queues.pool[place]);
    queues.clear(partition);
    this.#results.forget(partition);
    this.#counts[partition] = 0;
  }
}
