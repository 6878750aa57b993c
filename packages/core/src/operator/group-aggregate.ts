/**
 * GROUP BY without a window: an updating result, one row per group.
 *
 * For each group that a batch touches, once, after all its rows: +I if the group is new, -U old and +U new if the result
 * changed, -D if its last row was taken away. Without keys there is one group; if it has no row when bounded input ends,
 * its result of nothing (COUNT 0, others NULL) is emitted then. Without aggregates it is DISTINCT.
 *
 * Invariant  a group is in the table while it has a row; what was last emitted for it is what its accumulators give.
 *            With a time to live a group that was not touched for so long is forgotten, silently: its next row begins it anew.
 *            Results then come out at each touch, changed or not, so that consumers do not forget them before this does.
 * State      `groups`, and the kernel's tables for DISTINCT, MIN and MAX.
 * Cost       per row a look-up and one loop over all accumulators; per group touched, results before and after.
 */
import { AggregateKernel, type AggregateTables } from "../aggregate/aggregate-kernel.ts";
import { type AggregateSpec, ROW_COUNT } from "../aggregate/aggregate-spec.ts";
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { gatherColumn } from "../batch/gather.ts";
import { MAX_BATCH_ROWS, NO_BATCHES, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import { RowKind, rowKindSign } from "../batch/row-kind.ts";
import { sameValue } from "../batch/same-value.ts";
import { processingTimeOf, StateTtl, TableTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { TouchedSlots } from "../state/touched-slots.ts";
import type { Operator, OperatorContext } from "./operator.ts";

export interface GroupAggregateSpec {
  readonly kind: "group-aggregate";
  /** Input columns that make up the key. */
  readonly keys: readonly number[];
  /** Name and type of each key. */
  readonly keyFields: readonly Field[];
  readonly aggregates: readonly AggregateSpec[];
  readonly inputIsAppendOnly: boolean;
  /** False leaves out -U, for consumers that know the row by its key. Default true. */
  readonly emitUpdateBefore?: boolean;
  /** Processing time that a group lives from its last row on; for ever if absent. */
  readonly ttlMs?: number;
}

/** Output columns: keys, then aggregates. */
export function createGroupAggregate(spec: GroupAggregateSpec, context: OperatorContext): Operator {
  return new GroupAggregate(spec, context);
}

/** The groups that a batch touches and what is emitted of them. */
interface Touched {
  readonly slots: Int32Array;
  readonly length: number;
  readonly before: readonly Column[];
  readonly after: readonly Column[];
  /** 1 = the group had rows before the batch; has rows after it. */
  readonly existed: Uint8Array;
  readonly exists: Uint8Array;
}

class GroupAggregate implements Operator {
  readonly #spec: GroupAggregateSpec;
  readonly #kernel: AggregateKernel;
  readonly #tables: AggregateTables;
  readonly #emitsUpdateBefore: boolean;
  readonly #slots = new Int32Array(MAX_BATCH_ROWS);
  readonly #inserted = new Uint8Array(MAX_BATCH_ROWS);
  readonly #touched = new TouchedSlots();
  readonly #existed = new Uint8Array(MAX_BATCH_ROWS);
  /** Row r of the output shows group `#changedGroups[r]` before (`#sides[r]` = 0) or after (1) the batch. */
  readonly #changedGroups = new Int32Array(MAX_BATCH_ROWS);
  readonly #changedSlots = new Int32Array(MAX_BATCH_ROWS);
  readonly #sides = new Int32Array(MAX_BATCH_ROWS);
  readonly #kinds = new Uint8Array(MAX_BATCH_ROWS);
  #changeCount = 0;
  #onlyInserts = true;
  readonly #ttl: TableTtl | null = null;
  readonly #sweep: TtlSweep | null = null;

  constructor(spec: GroupAggregateSpec, context: OperatorContext) {
    const { aggregates, inputIsAppendOnly, keys, keyFields, ttlMs } = spec;
    const ttl = ttlMs === undefined ? undefined : new StateTtl(ttlMs, processingTimeOf(context));
    this.#spec = spec;
    this.#emitsUpdateBefore = spec.emitUpdateBefore ?? true;
    this.#kernel = new AggregateKernel({
      keys: keyFields,
      keyColumns: keys,
      // A group whose rows can be taken away counts them, to know when the last one goes.
      aggregates: inputIsAppendOnly ? aggregates : [...aggregates, ROW_COUNT],
      inputIsAppendOnly,
      keepsGroups: inputIsAppendOnly && ttl === undefined,
      ...(ttl === undefined ? {} : { ttl }),
    });
    this.#tables = this.#kernel.open(context.state, "groups", ttl === undefined ? [] : [WRITTEN_FIELD]);
    if (ttl === undefined) return;
    const { groups } = this.#tables;
    const forget = (slot: number): void => this.#kernel.remove(this.#tables, slot);
    this.#ttl = new TableTtl(ttl, groups, groups.columns.length - 1, forget);
    this.#sweep = new TtlSweep(processingTimeOf(context), [this.#ttl, ...this.#kernel.distinctTtls]);
  }

  *onBatch(batch: RecordBatch): Generator<RecordBatch> {
    const touched = this.#update(batch);
    yield* this.#changes(touched);
    const { length, exists, slots } = touched;
    for (let t = 0; t < length; t++) if (exists[t] === 0) this.#kernel.remove(this.#tables, slots[t]);
  }

  #update({ columns, kinds, length }: RecordBatch): Touched {
    const { groups } = this.#tables;
    const keyColumns = this.#spec.keys.map((key) => columns[key]);
    groups.slotsOf(keyColumns, length, this.#slots, this.#inserted);
    if (this.#ttl !== null) this.#forgetPassed(keyColumns, length, this.#ttl);
    const count = this.#findTouched(length);
    if (this.#ttl !== null && !this.#spec.inputIsAppendOnly && kinds !== null) this.#dropStale(kinds, length);
    const { slots } = this.#touched;
    const before = this.#kernel.results(this.#tables, slots, count);
    const existed = this.#existsIn(before, count, this.#existed);
    this.#kernel.update(this.#tables, columns, kinds, length, this.#slots);
    const after = this.#kernel.results(this.#tables, slots, count);
    const exists = this.#existsIn(after, count, null);
    return { slots, length: count, before, after, existed, exists };
  }

  /** Groups whose time to live has passed begin anew. */
  #forgetPassed(keys: readonly Column[], length: number, ttl: TableTtl): void {
    ttl.ttl.begin();
    const slots = this.#slots;
    const inserted = this.#inserted;
    const passed = new Set<number>();
    for (let i = 0; i < length; i++) {
      if (inserted[i] === 1) ttl.touch(slots[i]);
      else if (ttl.hasPassed(slots[i])) passed.add(slots[i]);
    }
    if (passed.size > 0) {
      const before = inserted.slice(0, length);
      for (const slot of passed) this.#kernel.remove(this.#tables, slot);
      this.#tables.groups.slotsOf(keys, length, slots, inserted);
      for (let i = 0; i < length; i++) inserted[i] |= before[i];
    }
    ttl.touchAll(slots, length);
  }

  /** What is taken away from a group before a row has come is of the group that was forgotten: it is left out. */
  #dropStale(kinds: Uint8Array, length: number): void {
    const slots = this.#slots;
    const empty = new Set<number>();
    for (let i = 0; i < length; i++) {
      if (this.#inserted[i] === 1) empty.add(slots[i]);
      if (!empty.has(slots[i])) continue;
      if (rowKindSign[kinds[i]] > 0) empty.delete(slots[i]);
      else slots[i] = -1;
    }
  }

  /** Collects each slot once, in order of its first row, and in `#existed` whether it was there before. */
  #findTouched(length: number): number {
    const touched = this.#touched;
    const slots = this.#slots;
    const existed = this.#existed;
    const inserted = this.#inserted;
    touched.start();
    for (let i = 0; i < length; i++) {
      if (touched.find(slots[i]) < 0) existed[touched.add(slots[i])] = inserted[i] ^ 1;
    }
    return touched.count;
  }

  /** Whether each group has rows: by their count where they can be taken away, else `known`, or all. */
  #existsIn(results: readonly Column[], length: number, known: Uint8Array | null): Uint8Array {
    if (this.#spec.inputIsAppendOnly) return known ?? ALL;
    const counts = results[results.length - 1];
    const exists = new Uint8Array(length);
    if (counts.kind === "float64") for (let t = 0; t < length; t++) exists[t] = counts.values[t] > 0 ? 1 : 0;
    return exists;
  }

  /** The changelog of the touched groups, in batches. */
  *#changes(touched: Touched): Generator<RecordBatch> {
    const differs = this.#differences(touched);
    for (let from = 0; from < touched.length; ) {
      from = this.#listChanges(touched, differs, from);
      if (this.#changeCount > 0) yield this.#batchOf(touched);
    }
  }

  /** Fills the list of changes from group `from` on; the group to go on with when the list is full. */
  #listChanges({ slots, length, existed, exists }: Touched, differs: Uint8Array, from: number): number {
    const groups = this.#changedGroups;
    const changedSlots = this.#changedSlots;
    const sides = this.#sides;
    const kinds = this.#kinds;
    const emitsUpdateBefore = this.#emitsUpdateBefore;
    let count = 0;
    let inserts = 0;
    let t = from;
    for (; t < length && count < MAX_BATCH_ROWS - 1; t++) {
      if (existed[t] === 1 && exists[t] === 1) {
        if (differs[t] === 0) continue;
        if (emitsUpdateBefore) {
          groups[count] = t;
          changedSlots[count] = slots[t];
          sides[count] = 0;
          kinds[count++] = RowKind.updateBefore;
        }
        groups[count] = t;
        changedSlots[count] = slots[t];
        sides[count] = 1;
        kinds[count++] = RowKind.updateAfter;
      } else if (existed[t] !== exists[t]) {
        groups[count] = t;
        changedSlots[count] = slots[t];
        sides[count] = exists[t];
        kinds[count++] = exists[t] === 1 ? RowKind.insert : RowKind.delete;
        inserts += exists[t];
      }
    }
    this.#changeCount = count;
    this.#onlyInserts = inserts === count;
    return t;
  }

  /** 1 for groups whose results are not what they were. */
  #differences({ length, before, after }: Touched): Uint8Array {
    const differs = new Uint8Array(length);
    if (this.#ttl !== null && this.#spec.aggregates.length > 0) return differs.fill(1);
    for (let a = 0; a < this.#spec.aggregates.length; a++) {
      const old = before[a];
      const now = after[a];
      if (old.kind === "float64" && now.kind === "float64" && old.nulls === null && now.nulls === null) {
        const x = old.values;
        const y = now.values;
        for (let t = 0; t < length; t++)
          if (x[t] !== y[t] && !(Number.isNaN(x[t]) && Number.isNaN(y[t]))) differs[t] = 1;
      } else for (let t = 0; t < length; t++) if (!sameValue(old, t, now, t)) differs[t] = 1;
    }
    return differs;
  }

  /** The listed changes. Their arrays are used again for the next batch. */
  #batchOf({ before, after }: Touched): RecordBatch {
    const length = this.#changeCount;
    const columns = [...this.#tables.groups.keysOf(this.#changedSlots, length)];
    for (const [a, { type }] of this.#spec.aggregates.entries()) {
      const old = before[a];
      const now = after[a];
      if (old.kind === "float64" && now.kind === "float64" && old.nulls === null && now.nulls === null) {
        columns.push(pickNumbers(old.values, now.values, this.#sides, this.#changedGroups, length));
      } else columns.push(gatherColumn([old, now], this.#sides, this.#changedGroups, length, type));
    }
    return recordBatch(length, columns, this.#onlyInserts ? null : this.#kinds);
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }

  onTimer(): Iterable<RecordBatch> {
    this.#sweep?.onTimer();
    return NO_BATCHES;
  }

  *onEnd(): Generator<RecordBatch> {
    if (this.#spec.keys.length > 0 || this.#tables.groups.size > 0) return;
    const slots = new Int32Array(1);
    this.#tables.groups.slotsOf([], 1, slots);
    const results = this.#kernel.results(this.#tables, slots, 1);
    yield recordBatch(1, results.slice(0, this.#spec.aggregates.length));
    this.#kernel.remove(this.#tables, slots[0]);
  }
}

const ALL = new Uint8Array(MAX_BATCH_ROWS).fill(1);

function pickNumbers(
  before: Float64Array,
  after: Float64Array,
  sides: Int32Array,
  rows: Int32Array,
  length: number,
): Column {
  const values = new Float64Array(length);
  for (let r = 0; r < length; r++) values[r] = sides[r] === 1 ? after[rows[r]] : before[rows[r]];
  return { kind: "float64", values, nulls: null };
}
