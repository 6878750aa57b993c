/**
 * Window functions over rows in any order, of input that may update: an updating result.
 *
 * A batch is taken in as a whole; then of each partition that it changed the rows are computed in whose frames something
 * changed, and those with other values than before are emitted: -D of rows that went, +I of rows that came, -U and +U of others.
 *
 * Invariant  what is held of a row is what was emitted last for it, and the same to the last bit as computing all anew would
 *            give: rounded sums are always added up in the order of the rows.
 * State      see ordered-partitions.ts; what was emitted is computed again from the rows after a restore.
 * Cost       O(log n) comparisons per row, and O(1) for each row in whose frame something changed, of frames that begin with the
 *            partition only until a value stays; for sums of doubles, deviations and lists over frames with two moving ends O(rows
 *            of the frame).
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { gatherColumn } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind } from "../batch/row-kind.ts";
import { compileRowOrder, type SortKey } from "../batch/row-order.ts";
import { sameValue } from "../batch/same-value.ts";
import { createOverEvaluators } from "../over/create-over-evaluators.ts";
import { hasPeers, isBoundByValue } from "../over/frame-bounds.ts";
import { FrameSet } from "../over/frame-set.ts";
import { HeldResults } from "../over/held-results.ts";
import { OrderedPartitions, RowMarks } from "../over/ordered-partitions.ts";
import type { OverCallSpec, OverFrame } from "../over/over-call.ts";
import type { OverEvaluator } from "../over/over-evaluator.ts";
import { OverRun } from "../over/over-run.ts";
import { rowNumbers } from "../over/row-numbers.ts";
import { grown } from "../state/byte-arena.ts";
import { processingTimeOf, StateTtl, TtlSweep } from "../state/state-ttl.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface UpdatingOverSpec {
  readonly kind: "updating-over";
  readonly fields: readonly Field[];
  /** Columns of the partition. */
  readonly keys: readonly number[];
  readonly order: readonly SortKey[];
  readonly calls: readonly OverCallSpec[];
  readonly inputIsAppendOnly: boolean;
  /** How long a partition is kept after its last change, in processing time. */
  readonly ttlMs?: number;
}

/** Output: the input's columns, then one per call. */
export function createUpdatingOver(spec: UpdatingOverSpec, context: OperatorContext): Operator {
  return new UpdatingOver(spec, context);
}

/**
 * Rows of a partition that have to be computed: positions [from, to), and those behind, up to `limit`, while what is held of
 * the last one changes.
 */
interface Stretch {
  from: number;
  to: number;
  limit: number;
}

/** How far the rows behind a change are computed at first, and of how many changes in a partition one by one. */
const FIRST_STRETCH = 32;
const MAX_STRETCHES = 64;

/** After a restore partitions are computed together until there are so many rows. */
const RUN_ROWS = 65_536;

class UpdatingOver implements Operator {
  readonly #spec: UpdatingOverSpec;
  readonly #partitions: OrderedPartitions;
  readonly #evaluators: readonly OverEvaluator[];
  readonly #frames: FrameSet;
  readonly #results: HeldResults;
  /** Input columns that are read for computing. */
  readonly #reads: readonly number[];
  /** How many rows before and behind a changed one its frames in rows make to be computed again. */
  readonly #rowsBefore: number;
  readonly #rowsBehind: number;
  /** All rows behind a changed one may have to be computed; not if what is held of one of them stays, where that `#settles`. */
  readonly #hasPrefix: boolean;
  readonly #settles: boolean;
  /** The frames in values, or in rows that are equal in the order. */
  readonly #valueFrames: readonly OverFrame[];
  readonly #needsPeers: boolean;
  readonly #run = new OverRun();
  readonly #isNew = new RowMarks();
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #ids = new Int32Array(MAX_BATCH_ROWS);
  #before = new Int32Array(64);
  #after = new Int32Array(64);
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: UpdatingOverSpec, context: OperatorContext) {
    const { fields, keys, order, calls, inputIsAppendOnly, ttlMs } = spec;
    this.#spec = spec;
    const ttl = ttlMs === undefined ? null : new StateTtl(ttlMs, processingTimeOf(context));
    this.#partitions = new OrderedPartitions({ fields, keys, order, inputIsAppendOnly, ttl }, context.state);
    if (this.#partitions.ttl !== null) this.#sweep = new TtlSweep(processingTimeOf(context), [this.#partitions.ttl]);
    this.#frames = new FrameSet(order, compileRowOrder(order), null);
    this.#evaluators = createOverEvaluators(calls, this.#frames, false);
    this.#results = new HeldResults(
      this.#evaluators,
      calls.map(({ type }) => type),
    );
    this.#reads = [
      ...new Set([...order.map(({ column }) => column), ...this.#evaluators.flatMap(({ reads }) => reads)]),
    ];
    const frames = this.#evaluators.map(({ frame }) => frame);
    const inRows = frames.filter(({ mode, start, end }) => mode === "rows" || (start === null && end === null));
    this.#rowsBefore = Math.max(0, ...inRows.map(({ end }) => end ?? Number.POSITIVE_INFINITY));
    this.#rowsBehind = Math.max(0, ...inRows.map(({ start, end }) => -(start ?? end ?? 0)));
    const prefixes = this.#evaluators.filter(({ frame }) => frame.start === null);
    this.#hasPrefix = prefixes.length > 0;
    this.#settles = prefixes.every(({ settles }) => settles);
    this.#valueFrames = frames.filter((frame) => !inRows.includes(frame));
    this.#needsPeers =
      frames.some(hasPeers) ||
      calls.some((call) => ["rank", "dense_rank", "percent_rank", "cume_dist"].includes(call.function));
    this.#takeUp();
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const { length } = batch;
    const partitions = this.#partitions;
    const columns = partitions.numbered(batch);
    const slots = this.#slots;
    const ids = this.#ids;
    partitions.change(columns, batch, slots, ids);
    this.#results.reserve(partitions.idLimit);
    const gone: number[] = [];
    for (let row = 0; row < length; row++) {
      if (slots[row] < 0) continue;
      if (ids[row] >= 0) this.#isNew.set(ids[row], 1);
      // A row that came with the same batch has never been seen.
      else if (this.#isNew.has(~ids[row])) this.#isNew.set(~ids[row], 0);
      else gone.push(~ids[row]);
    }
    yield* this.#removals(gone);
    const stretches = this.#stretches(columns, length);
    while (stretches.size > 0) {
      for (const [slot, [{ from, to }]] of stretches) this.#addSegment(slot, from, to);
      this.#compute();
      const numbers = yield* this.#changes();
      this.#goOn(stretches, numbers);
      this.#run.clear();
    }
    for (let row = 0; row < length; row++) {
      if (slots[row] < 0) continue;
      if (ids[row] < 0) partitions.forget(~ids[row]);
      else this.#isNew.set(ids[row], 0);
    }
    partitions.removeEmpty(length);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  *#removals(gone: readonly number[]): Generator<RecordBatch> {
    for (let from = 0; from < gone.length; from += MAX_BATCH_ROWS) {
      const ids = Int32Array.from(gone.slice(from, from + MAX_BATCH_ROWS));
      const { length } = ids;
      const columns = this.#partitions.rows.gather(ids, length, this.#spec.fields.length);
      yield recordBatch(
        length,
        [...columns, ...this.#results.resultsOf(ids, length)],
        new Uint8Array(length).fill(RowKind.delete),
      );
    }
  }

  /** The rows that have to be computed after a batch: of each partition stretches in order. */
  #stretches(columns: readonly Column[], length: number): Map<number, Stretch[]> {
    const slots = this.#slots;
    const bySlot = new Map<number, Stretch[]>();
    for (let row = 0; row < length; row++) {
      const slot = slots[row];
      if (slot < 0 || this.#partitions.lists.lengthOf(slot) === 0) continue;
      const stretch = this.#stretchOf(slot, columns, row);
      if (stretch === null) continue;
      const stretches = bySlot.get(slot);
      if (stretches === undefined) bySlot.set(slot, [stretch]);
      else stretches.push(stretch);
    }
    for (const [slot, stretches] of bySlot) bySlot.set(slot, this.#joined(slot, stretches));
    return bySlot;
  }

  /** After the first stretch of each partition was computed: how it goes on. `differs`: per segment, whether its last row changed. */
  #goOn(stretches: Map<number, Stretch[]>, differs: Uint8Array): void {
    let g = 0;
    for (const [slot, rest] of stretches) {
      const [{ from, to, limit }] = rest;
      const changed = differs[g++] === 1;
      if (to >= limit || !changed) {
        if (rest.length === 1) stretches.delete(slot);
        else rest.shift();
        continue;
      }
      const further = { from: to, to: this.#alignedEnd(slot, Math.min(limit, to + 2 * (to - from))), limit };
      while (rest.length > 1 && rest[1].from <= further.to) {
        rest.shift();
        further.to = Math.max(further.to, rest[0].to);
        further.limit = Math.max(further.limit, rest[0].limit);
      }
      rest[0] = further;
    }
  }

  /** Not between rows that are equal in the order, where that matters. */
  #alignedEnd(slot: number, to: number): number {
    return this.#needsPeers ? this.#partitions.peersAt(slot, to - 1).end : to;
  }

  /** The rows that a changed row makes to be computed; null if there is none. */
  #stretchOf(slot: number, columns: readonly Column[], row: number): Stretch | null {
    const partitions = this.#partitions;
    const id = this.#ids[row];
    const total = partitions.lists.lengthOf(slot);
    if (id >= 0 && !this.#isNew.has(id)) return null;
    const position = id >= 0 ? partitions.positionOf(slot, id) : partitions.rowsBefore(slot, columns, row);
    let from = position - this.#rowsBefore;
    // What stands at the position of a row that went may have to be computed, too.
    let to = position + this.#rowsBehind + 1;
    for (const frame of this.#valueFrames) {
      const { start, end } = frame;
      if (!isBoundByValue(frame)) {
        const peers = partitions.peersOf(slot, columns, row);
        from = Math.min(from, end === null ? 0 : peers.start);
        to = Math.max(to, peers.end);
        continue;
      }
      const value = partitions.valueOf(columns, row);
      from = Math.min(from, end === null ? 0 : partitions.rowsUpTo(slot, value - end, false));
      // Of frames that begin with the partition the first that has the row in it.
      if (start === null) to = Math.max(to, partitions.rowsUpTo(slot, value - (end ?? 0), true) + 1);
      else to = Math.max(to, partitions.rowsUpTo(slot, value - start, true));
    }
    from = Math.max(0, from);
    to = Math.min(total, to);
    if (!this.#hasPrefix) return from < to ? { from, to, limit: to } : null;
    if (from >= total) return null;
    return { from, to: this.#settles ? Math.min(total, Math.max(to, from + FIRST_STRETCH)) : total, limit: total };
  }

  /** Stretches that touch become one; none is cut between rows that are equal in the order, where that matters. */
  #joined(slot: number, stretches: readonly Stretch[]): Stretch[] {
    const partitions = this.#partitions;
    const joined: Stretch[] = [];
    for (const { from, to, limit } of stretches.toSorted((a, b) => a.from - b.from)) {
      const last = joined.at(-1);
      const start =
        !this.#needsPeers || (last !== undefined && from <= last.to) ? from : partitions.peersAt(slot, from).start;
      const end = last !== undefined && to <= last.to ? last.to : this.#alignedEnd(slot, to);
      if (last !== undefined && start <= last.to) {
        last.to = end;
        last.limit = Math.max(last.limit, limit, end);
      } else joined.push({ from: start, to: end, limit: Math.max(limit, end) });
    }
    if (joined.length <= MAX_STRETCHES || !this.#hasPrefix) return joined;
    const limit = joined[joined.length - 1].limit;
    return [{ from: joined[0].from, to: limit, limit }];
  }

  #addSegment(slot: number, from: number, to: number): void {
    const partitions = this.#partitions;
    const { lists } = partitions;
    const total = lists.lengthOf(slot);
    let first = Math.max(0, from - 1);
    let last = Math.min(total, to + 1);
    for (const { surroundings, frame } of this.#evaluators) {
      if (surroundings === "none") continue;
      const start =
        surroundings !== "growth"
          ? partitions.frameStart(slot, frame, from)
          : from === 0
            ? 0
            : partitions.frameEnd(slot, frame, from - 1);
      const end =
        surroundings !== "shrinkage"
          ? partitions.frameEnd(slot, frame, to - 1)
          : to === total
            ? total
            : partitions.frameStart(slot, frame, to);
      if (start >= end) continue;
      first = Math.min(first, start);
      last = Math.max(last, end);
    }
    const run = this.#run;
    const segment = run.count;
    const place = run.size;
    run.add(slot, place, first, last, from, to, total, 0);
    run.reserve(run.size);
    lists.copy(slot, first, last, run.ids, place);
    if (segment === this.#before.length) {
      this.#before = grown(this.#before, new Int32Array(segment * 2));
      this.#after = grown(this.#after, new Int32Array(segment * 2));
    }
    this.#before[segment] = from === 0 ? -1 : lists.at(slot, from - 1);
    this.#after[segment] = to === total ? -1 : lists.at(slot, to);
  }

  #compute(): void {
    const run = this.#run;
    const columns: Column[] = [];
    const gathered = this.#partitions.rows.gatherWith(null, run.ids, run.size, this.#reads);
    for (const [i, column] of this.#reads.entries()) columns[column] = gathered[i];
    run.columns = columns;
    run.rows = rowNumbers(run.size);
    this.#frames.compute(run);
    this.#results.compute(run, this.#before, this.#after);
  }

  /** Emits what changed. Gives, by segment, whether what is held of its last row did. */
  *#changes(): Generator<RecordBatch, Uint8Array> {
    const run = this.#run;
    const ids = run.computedIds();
    const differs = this.#results.differences(ids, ids.length);
    const lastDiffers = new Uint8Array(run.count);
    for (let g = 0; g < run.count; g++) {
      const last = run.number[g] + run.to[g] - run.from[g] - 1;
      lastDiffers[g] = differs[last] === 1 || this.#isNew.has(ids[last]) ? 1 : 0;
    }
    let numbers = new Int32Array(MAX_UPDATES);
    let count = 0;
    for (let m = 0; m < ids.length; m++) {
      if (differs[m] === 1 || this.#isNew.has(ids[m])) numbers[count++] = m;
      if (count < MAX_UPDATES) continue;
      yield* this.#emit(ids, numbers, count);
      numbers = new Int32Array(MAX_UPDATES);
      count = 0;
    }
    if (count > 0) yield* this.#emit(ids, numbers, count);
    return lastDiffers;
  }

  /** Emits the rows that are new or whose results have changed, and holds on to what was computed. */
  *#emit(idsByNumber: Int32Array, numbers: Int32Array, count: number): Generator<RecordBatch> {
    const ids = Int32Array.from(numbers.subarray(0, count), (m) => idsByNumber[m]);
    const before = this.#results.resultsOf(ids, count);
    const after = this.#results.computedResults(numbers, count);
    const rows = new Int32Array(count * 2);
    const sides = new Int32Array(count * 2);
    const kinds = new Uint8Array(count * 2);
    let length = 0;
    let onlyInserts = true;
    for (let i = 0; i < count; i++) {
      if (this.#isNew.has(ids[i])) {
        rows[length] = i;
        sides[length++] = 1;
        continue;
      }
      if (before.every((column, c) => sameValue(column, i, after[c], i))) continue;
      onlyInserts = false;
      rows[length] = i;
      kinds[length++] = RowKind.updateBefore;
      rows[length] = i;
      sides[length] = 1;
      kinds[length++] = RowKind.updateAfter;
    }
    if (length > 0) {
      const outIds = Int32Array.from(rows.subarray(0, length), (i) => ids[i]);
      const columns = this.#partitions.rows.gather(outIds, length, this.#spec.fields.length);
      for (const [c, { type }] of this.#spec.calls.entries()) {
        columns.push(gatherColumn([before[c], after[c]], sides, rows, length, type));
      }
      yield recordBatch(length, columns, onlyInserts ? null : kinds.subarray(0, length));
    }
    this.#results.hold(ids, numbers, count);
  }

  /** Computes what was emitted for the rows that a restore brought. */
  #takeUp(): void {
    const { lists, capacity, idLimit } = this.#partitions;
    this.#results.reserve(idLimit);
    for (let slot = 0; slot < capacity; slot++) {
      const total = lists.lengthOf(slot);
      if (total > 0) this.#addSegment(slot, 0, total);
      if (this.#run.size === 0 || (this.#run.size < RUN_ROWS && slot < capacity - 1)) continue;
      this.#compute();
      const ids = this.#run.computedIds();
      this.#results.hold(ids, rowNumbers(ids.length), ids.length);
      this.#run.clear();
    }
  }
}

/** A before and an after take two rows. */
const MAX_UPDATES = MAX_BATCH_ROWS / 2;
