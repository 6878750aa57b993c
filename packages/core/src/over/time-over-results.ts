/** Results of rows in the order of time: what is held of the last row of each partition to go on from, and which rows are still needed. */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import { grown } from "../state/byte-arena.ts";
import { RowQueues } from "../state/row-queues.ts";
import { forEachPiece } from "../state/slots-in-use.ts";
import type { StateBackend, StateColumn, StateTable } from "../state/state-backend.ts";
import { createValueColumn, type TableColumn } from "../state/value-column.ts";
import { isBoundByValue } from "./frame-bounds.ts";
import type { FrameSet } from "./frame-set.ts";
import type { OverCallSpec } from "./over-call.ts";
import type { OverEvaluator } from "./over-evaluator.ts";
import type { OverRun } from "./over-run.ts";
import { rowNumbers } from "./row-numbers.ts";

/** The rows of a run by their ids. */
export interface RunRows {
  keysOf(ids: Int32Array, length: number): readonly Column[];
  columnOf(column: number, ids: Int32Array, length: number): Column;
}

export class TimeOverResults {
  /** What is held of a partition's last row. */
  readonly fields: readonly Field[];
  readonly #evaluators: readonly OverEvaluator[];
  readonly #callCount: number;
  readonly #frames: FrameSet;
  /** Per evaluator: what is held, empty where nothing is. */
  #held: readonly (readonly StateColumn[])[] = [];
  #computed: readonly (readonly TableColumn[])[] = [];
  #capacity = 0;
  /** Per evaluator: the values that DISTINCT has seen in each partition. */
  readonly #seen: readonly (StateTable | null)[];
  /** With a time to live: where those stand. */
  readonly #seenOf: readonly (RowQueues | null)[];
  readonly #rows: RunRows;
  #anchors = new Int32Array(64);
  #lastNumbers = new Int32Array(64);

  constructor(
    evaluators: readonly OverEvaluator[],
    {
      calls,
      fields,
      keys,
      ttlMs,
    }: {
      readonly calls: readonly OverCallSpec[];
      readonly fields: readonly Field[];
      readonly keys: readonly number[];
      readonly ttlMs?: number;
    },
    frames: FrameSet,
    state: StateBackend,
    rows: RunRows,
  ) {
    this.#rows = rows;
    this.#seen = evaluators.map(({ distinctArgs }, e) => {
      if (distinctArgs === null) return null;
      const args = distinctArgs.map(
        (arg): Field => ({ ...fields[arg], type: { ...fields[arg].type, nullable: true } }),
      );
      const key = keys.map((column) => fields[column]);
      return state.table({ name: `distinct-${e}`, key: [...key, ...args], values: [], keyGroupColumns: key.length });
    });
    this.#seenOf = this.#seen.map((seen) => (seen === null || ttlMs === undefined ? null : new RowQueues()));
    this.#evaluators = evaluators;
    this.#callCount = calls.length;
    this.#frames = frames;
    this.fields = evaluators.flatMap(({ direction, fields }, e) =>
      direction === null ? [] : fields.map(({ name, type }) => ({ name: `${name}_${e}`, type })),
    );
  }

  /** `columns`: those of `fields` in the table of partitions. */
  open(partitions: StateTable, columns: readonly StateColumn[]): void {
    for (const [e, seen] of this.#seen.entries()) this.#takeUpSeen(partitions, seen, this.#seenOf[e]);
    let next = 0;
    this.#held = this.#evaluators.map(({ direction, fields }) => {
      const own = direction === null ? [] : columns.slice(next, next + fields.length);
      next += own.length;
      return own;
    });
  }

  /** After a restore: of which partition each value is. */
  #takeUpSeen(partitions: StateTable, seen: StateTable | null, seenOf: RowQueues | null): void {
    if (seen === null || seenOf === null) return;
    seenOf.reserve(partitions.capacity);
    const found = new Int32Array(MAX_BATCH_ROWS);
    forEachPiece(seen, (slots, length) => {
      partitions.find(seen.keysOf(slots, length).slice(0, partitions.descriptor.key.length), length, found);
      for (let i = 0; i < length; i++) seenOf.append(found[i], slots[i]);
    });
  }

  /** Forgets what DISTINCT has seen in a partition; what is held of its last row is the caller's. */
  forget(partition: number): void {
    for (const [e, seenOf] of this.#seenOf.entries()) {
      if (seenOf === null) continue;
      const start = seenOf.startOf(partition);
      const end = start + seenOf.lengthOf(partition);
      for (let place = start; place < end; place++) this.#seen[e]?.remove(seenOf.pool[place]);
      seenOf.clear(partition);
    }
  }

  /** Makes room for partitions below `capacity`. */
  reserve(capacity: number): void {
    for (const seenOf of this.#seenOf) seenOf?.reserve(capacity);
  }

  /** Computes a run of whole rests of partitions. `counts`: by partition how many rows went before. */
  compute(run: OverRun, counts: Float64Array): void {
    if (run.computed > this.#capacity) {
      this.#capacity = Math.max(run.computed, this.#capacity * 2);
      this.#computed = this.#evaluators.map(({ fields }) =>
        fields.map(({ type }) => createValueColumn(type, this.#capacity)),
      );
    } else {
      // Numbers that left the safe range must not slow down all later runs.
      for (const columns of this.#computed) {
        for (const column of columns) if (column.float64 === null) column.clear(this.#capacity);
      }
    }
    if (this.#anchors.length < run.count) {
      this.#anchors = new Int32Array(run.count * 2);
      this.#lastNumbers = grown(this.#lastNumbers, new Int32Array(run.count * 2));
    }
    const anchors = this.#anchors;
    const lastNumbers = this.#lastNumbers;
    for (let g = 0; g < run.count; g++) {
      anchors[g] = counts[run.partition[g]] > 0 ? run.partition[g] : -1;
      lastNumbers[g] = run.number[g] + run.to[g] - run.from[g] - 1;
    }
    this.#frames.compute(run);
    for (const [e, evaluator] of this.#evaluators.entries()) {
      const held = this.#held[e];
      const seen = this.#seen[e];
      const given =
        evaluator.direction === null
          ? null
          : {
              state: held,
              at: anchors,
              ...(seen === null ? {} : { isFirst: this.#firstRows(run, evaluator, e, seen) }),
            };
      evaluator.evaluate(run, given, this.#computed[e]);
      for (const [k, column] of held.entries())
        hold(column, run.partition, this.#computed[e][k], lastNumbers, run.count);
    }
  }

  /** Which of the rows that enter the frames of an evaluator bring values that are new to their partition. */
  #firstRows(run: OverRun, { frame, distinctArgs }: OverEvaluator, e: number, seen: StateTable): Uint8Array {
    const { endsBefore, ends } = this.#frames.boundsOf(frame);
    const ids = new Int32Array(run.size);
    const counts = new Int32Array(run.count);
    let count = 0;
    for (let g = 0; g < run.count; g++) {
      const shift = run.offset[g] - run.first[g];
      const end = ends[this.#lastNumbers[g]];
      for (let position = this.#anchors[g] < 0 ? 0 : endsBefore[g]; position < end; position++) {
        ids[count++] = run.ids[position + shift];
      }
      counts[g] = count;
    }
    const isFirst = new Uint8Array(count);
    const args = (distinctArgs as readonly number[]).map((arg) => this.#rows.columnOf(arg, ids, count));
    const slots = new Int32Array(count);
    seen.slotsOf([...this.#rows.keysOf(ids, count), ...args], count, slots, isFirst);
    const seenOf = this.#seenOf[e];
    if (seenOf === null) return isFirst;
    for (let g = 0, i = 0; g < run.count; g++) {
      for (; i < counts[g]; i++) if (isFirst[i] === 1) seenOf.append(run.partition[g], slots[i]);
    }
    return isFirst;
  }

  /** One column per call for the computed rows numbered from `from` on. */
  columns(from: number, length: number): Column[] {
    const slots = rowNumbers(from + length).subarray(from, from + length);
    const columns: Column[] = new Array(this.#callCount);
    for (const [e, evaluator] of this.#evaluators.entries()) {
      const results = evaluator.results(this.#computed[e], slots, length);
      for (const [i, call] of evaluator.calls.entries()) columns[call] = results[i];
    }
    return columns;
  }

  /** The position of the first row of a segment that a row to come may need. */
  keepFrom(run: OverRun, g: number): number {
    const total = run.total[g];
    const last = run.number[g] + run.to[g] - run.from[g] - 1;
    let keep = total;
    for (const { surroundings, frame, direction } of this.#evaluators) {
      if (surroundings === "none") continue;
      if (isBoundByValue(frame)) keep = Math.min(keep, total - 1);
      if (surroundings === "frame" && frame.start === null) return 0;
      if (surroundings === "growth") keep = Math.min(keep, this.#frames.boundsOf(frame).ends[last]);
      else if (frame.mode === "rows") {
        keep = Math.min(keep, Math.max(0, total + (frame.start ?? 0) - (direction === null ? 0 : 1)));
      } else if (frame.start !== 0) keep = Math.min(keep, this.#frames.boundsOf(frame).starts[last]);
    }
    return keep;
  }
}

/** Entry `from[i]` of one column becomes entry `to[i]` of another. */
function hold(target: StateColumn, to: Int32Array, source: StateColumn, from: Int32Array, length: number): void {
  const [values, sources] = [target.float64, source.float64];
  if (values === null || sources === null) {
    target.write(to, source.columnOf(from, length), length);
    return;
  }
  for (let i = 0; i < length; i++) {
    values[to[i]] = sources[from[i]];
    target.nulls[to[i]] = source.nulls[from[i]];
  }
}
