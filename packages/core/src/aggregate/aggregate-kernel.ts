/**
 * A list of aggregates compiled: which state columns they need, and loops that add a batch, merge tables and read results.
 *
 * Each batch takes the generated loop if its number columns are `float64` and no accumulator in the way has left the safe
 * range; otherwise the row loop, which is exact for every kind and the reference in tests.
 *
 * State      the columns `fields` in a table of groups, which the caller keys and keeps; a table per set of DISTINCT
 *            arguments; a table per MIN or MAX if rows may be retracted.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import { invariant } from "../errors.ts";
import type { StateBackend, StateColumn, StateTable, StateTableDescriptor } from "../state/state-backend.ts";
import { type StateTtl, TableTtl } from "../state/state-ttl.ts";
import { type AggregateLayout, layoutAggregates, type PlacedAccumulator } from "./aggregate-layout.ts";
import type { AggregateSpec } from "./aggregate-spec.ts";
import {
  compileMerge,
  compileUpdate,
  type MergeLoop,
  mergeSource,
  type UpdateLoop,
  updateSource,
} from "./fused-loop.ts";
import { RetractableExtremes } from "./retractable-extremes.ts";
import { countsFor, signOf } from "./row-source.ts";

export interface AggregateKernelOptions {
  /** Name and type of each key column. */
  readonly keys: readonly Field[];
  /** The input columns that hold the keys. */
  readonly keyColumns: readonly number[];
  /** As of StateTableDescriptor; default all. */
  readonly keyGroupColumns?: number;
  readonly aggregates: readonly AggregateSpec[];
  /** Input rows are only added: sums then need no count, MIN and MAX no multiset. */
  readonly inputIsAppendOnly: boolean;
  /** Keep what `subtract` needs although the input is append-only. */
  readonly isSubtractable?: boolean;
  /** Rows are only added, groups with rows neither removed nor merged: distinct values then take less. */
  readonly keepsGroups?: boolean;
  /** Distinct values live so long from when they were written; the caller begins its calls. */
  readonly ttl?: StateTtl;
}

/** The tables a kernel works on. For windows: one of these per pane, from namespaced tables. */
export interface AggregateTables {
  /** Its first value columns are the kernel's `fields`. */
  readonly groups: StateTable;
  /** One for each of `distinctTables`. */
  readonly distinct: readonly StateTable[];
}

export class AggregateKernel {
  /** Value columns of the table of groups. */
  readonly fields: readonly Field[];
  /** Tables for distinct values, keyed by (group key, values). */
  readonly distinctTables: readonly StateTableDescriptor[];
  /** Tables for MIN and MAX of rows that may be retracted, keyed by (group key, value); see `openExtremes`. */
  readonly extremeTables: readonly StateTableDescriptor[];
  /** Whether `subtract` is possible: only counts and sums, none of them DISTINCT. */
  readonly isInvertible: boolean;
  /** Whether results depend on the order of rows, and so of merges. */
  readonly isOrdered: boolean;
  /** The generated JavaScript of the usual loop. */
  readonly source: string;
  readonly #options: AggregateKernelOptions;
  readonly #layout: AggregateLayout;
  readonly #fused: readonly PlacedAccumulator[];
  /** MIN and MAX of strings, booleans and objects: row by row always. */
  readonly #unfused: readonly PlacedAccumulator[];
  readonly #loops: (UpdateLoop | undefined)[] = [];
  readonly #inputs: readonly number[];
  #mergeLoop: MergeLoop | undefined;
  #extremes: readonly RetractableExtremes[] = [];
  /** Of each table of distinct values; none without a time to live. */
  distinctTtls: readonly TableTtl[] = [];

  constructor(options: AggregateKernelOptions) {
    const { aggregates, inputIsAppendOnly, keys, keyGroupColumns = keys.length, isSubtractable } = options;
    this.#options = options;
    this.#layout = layoutAggregates(aggregates, inputIsAppendOnly, !inputIsAppendOnly || isSubtractable === true);
    const { accumulators, distinct, extremes, fields } = this.#layout;
    const active = accumulators.filter(({ accumulator }) => accumulator.isPassive !== true);
    this.fields = fields;
    this.#fused = active.filter(({ accumulator }) => accumulator.code !== null);
    this.#unfused = active.filter(({ accumulator }) => accumulator.code === null);
    this.#inputs = [
      ...new Set(this.#fused.flatMap(({ accumulator: { argument } }) => (argument === null ? [] : [argument]))),
    ];
    this.distinctTables = distinct.map((values, d) => ({
      ...values.descriptor(`distinct-${d}`, keys, options.ttl !== undefined),
      keyGroupColumns,
    }));
    this.extremeTables = extremes.map(({ valueField }, e) => ({
      name: `extremes-${e}`,
      key: [...keys, valueField],
      values: [{ name: "count", type: { kind: "double", nullable: false } }],
      keyGroupColumns,
    }));
    this.isInvertible =
      distinct.length === 0 && active.every(({ accumulator }) => accumulator.isInvertible) && extremes.length === 0;
    this.isOrdered = accumulators.some(({ accumulator }) => accumulator.isOrdered === true);
    this.source = updateSource(this.#fused, distinct, false, false);
  }

  /** Declares the tables of a kernel that is not windowed, and takes up what was restored. Groups have the `extra` columns too. */
  open(state: StateBackend, groupsName = "groups", extra: readonly Field[] = []): AggregateTables {
    const { keys, keyGroupColumns = keys.length } = this.#options;
    const groups = state.table({ name: groupsName, key: keys, values: [...this.fields, ...extra], keyGroupColumns });
    const { ttl, keepsGroups = false } = this.#options;
    const distinct = this.distinctTables.map((descriptor, d) => {
      const values = this.#layout.distinct[d];
      if (!keepsGroups || !values.fitsBits) return state.table(descriptor);
      return state.table({ ...values.seenTable(descriptor.name, groups), keyGroupColumns });
    });
    if (ttl !== undefined) {
      this.distinctTtls = distinct.map((table) => new TableTtl(ttl, table, table.columns.length - 1));
    }
    this.#extremes = this.extremeTables.map(
      (descriptor, e) => new RetractableExtremes(this.#layout.extremes[e].which, state.table(descriptor), groups),
    );
    return { groups, distinct };
  }

  /** Adds rows 0 to `length` to the groups `slots`; rows with slot -1 are left out. `kinds` null = all are added. */
  update(
    tables: AggregateTables,
    columns: readonly Column[],
    kinds: Uint8Array | null,
    length: number,
    slots: Int32Array,
  ): void {
    const { distinct } = this.#layout;
    const signed = this.#options.inputIsAppendOnly ? null : kinds;
    if (distinct.length > 0) {
      const keys = this.#keysOf(columns);
      for (const [d, values] of distinct.entries()) {
        const table = tables.distinct[d];
        if (table.descriptor.parent !== undefined) values.markSeen(table, columns, slots, length);
        else values.update(table, keys, columns, signed, slots, length, this.distinctTtls[d]);
      }
    }
    this.#add(this.#fused, this.#unfused, tables, columns, signed, length, slots);
    if (this.#extremes.length > 0) this.#updateExtremes(tables, columns, signed, length, slots);
  }

  #keysOf(columns: readonly Column[]): Column[] {
    return this.#options.keyColumns.map((column) => columns[column]);
  }

  #add(
    fused: readonly PlacedAccumulator[],
    unfused: readonly PlacedAccumulator[],
    { groups }: AggregateTables,
    columns: readonly Column[],
    kinds: Uint8Array | null,
    length: number,
    slots: Int32Array,
  ): void {
    if (fused === this.#fused && this.#fits(columns, groups.columns)) {
      if (fused.length > 0) {
        const effects = this.#layout.distinct.map((values) => values.effects);
        this.#loopFor(columns, kinds)(columns, kinds, length, slots, groups.columns, effects);
      }
    } else this.#addByRow(fused, groups.columns, columns, kinds, length, slots);
    if (unfused.length > 0) this.#addByRow(unfused, groups.columns, columns, kinds, length, slots);
  }

  #fits(columns: readonly Column[], state: readonly StateColumn[]): boolean {
    for (const input of this.#inputs) if (columns[input].kind !== "float64") return false;
    for (const { accumulator, base } of this.#fused) {
      for (let k = 0; k < accumulator.fields.length; k++) if (state[base + k].float64 === null) return false;
    }
    return true;
  }

  #loopFor(columns: readonly Column[], kinds: Uint8Array | null): UpdateLoop {
    let hasNulls = false;
    for (const { accumulator } of this.#fused) {
      const { notNull, filter, distinct } = accumulator.source;
      for (const column of notNull) if (columns[column].nulls !== null) hasNulls = true;
      if (filter !== null && distinct === null && columns[filter].nulls !== null) hasNulls = true;
    }
    const variant = (hasNulls ? 1 : 0) + (kinds === null ? 0 : 2);
    this.#loops[variant] ??= compileUpdate(updateSource(this.#fused, this.#layout.distinct, hasNulls, kinds !== null));
    return this.#loops[variant];
  }

  #addByRow(
    accumulators: readonly PlacedAccumulator[],
    state: readonly StateColumn[],
    columns: readonly Column[],
    kinds: Uint8Array | null,
    length: number,
    slots: Int32Array,
  ): void {
    for (const { accumulator, base } of accumulators) {
      const { source, argument } = accumulator;
      const own = state.slice(base, base + accumulator.fields.length);
      const input = argument === null ? null : columns[argument];
      const effect = source.distinct === null ? null : this.#effectOf(source.distinct, source.filter);
      for (let i = 0; i < length; i++) {
        if (slots[i] < 0) continue;
        if (effect !== null) {
          if (effect[i] !== 0) accumulator.add(own, slots[i], input, i, effect[i]);
        } else if (countsFor(source, columns, i)) accumulator.add(own, slots[i], input, i, signOf(kinds, i));
      }
    }
  }

  #effectOf(distinct: number, filter: number | null): Int8Array {
    const values = this.#layout.distinct[distinct];
    return values.effects[values.filters.indexOf(filter)];
  }

  #updateExtremes(
    { groups }: AggregateTables,
    columns: readonly Column[],
    kinds: Uint8Array | null,
    length: number,
    slots: Int32Array,
  ): void {
    for (const [e, { source, column, base }] of this.#layout.extremes.entries()) {
      const rows = new Int32Array(length);
      let count = 0;
      for (let i = 0; i < length; i++) if (slots[i] >= 0 && countsFor(source, columns, i)) rows[count++] = i;
      const signs = new Int8Array(count);
      const groupSlots = new Int32Array(count);
      for (let r = 0; r < count; r++) {
        signs[r] = signOf(kinds, rows[r]);
        groupSlots[r] = slots[rows[r]];
      }
      const keys = this.#keysOf(columns).map((key) => selectRows(key, rows, count));
      this.#extremes[e].update(
        keys,
        selectRows(columns[column], rows, count),
        signs,
        groupSlots,
        count,
        groups.columns[base],
      );
    }
  }

  /** Removes a group. Its distinct values have gone with its last row. */
  remove({ groups }: AggregateTables, slot: number): void {
    for (const extremes of this.#extremes) extremes.remove(slot);
    groups.remove(slot);
  }

  /**
   * Adds the groups `fromSlots` to the groups `toSlots`, which may be in another table; their rows came later unless
   * `fromIsOlder`. Not for DISTINCT: see `mergeAll`.
   */
  merge(
    from: StateTable,
    fromSlots: Int32Array,
    to: StateTable,
    toSlots: Int32Array,
    length: number,
    fromIsOlder = false,
  ): void {
    invariant(this.#layout.distinct.length === 0, "single groups with DISTINCT aggregates cannot be merged");
    this.#merge(from, fromSlots, to, toSlots, length, 1, fromIsOlder);
  }

  /** Takes the groups `fromSlots` away from the groups `toSlots` that they were merged into. Needs `isInvertible`. */
  subtract(from: StateTable, fromSlots: Int32Array, to: StateTable, toSlots: Int32Array, length: number): void {
    invariant(this.isInvertible, "these aggregates cannot be subtracted");
    this.#merge(from, fromSlots, to, toSlots, length, -1);
  }

  #merge(
    from: StateTable,
    fromSlots: Int32Array,
    to: StateTable,
    toSlots: Int32Array,
    length: number,
    sign: number,
    fromIsOlder = false,
  ): void {
    invariant(this.#extremes.length === 0, "aggregates of rows that may be retracted cannot be merged");
    const isPlain = ({ accumulator }: PlacedAccumulator) => accumulator.source.distinct === null;
    const fits = (state: readonly StateColumn[]) =>
      this.#fused.every(({ accumulator, base }) =>
        accumulator.fields.every((_, k) => state[base + k].float64 !== null),
      );
    const byRow = this.#unfused.filter(isPlain);
    const fused = this.#fused.filter(isPlain);
    if (fits(from.columns) && fits(to.columns)) {
      this.#mergeLoop ??= compileMerge(mergeSource(fused));
      this.#mergeLoop(from.columns, fromSlots, to.columns, toSlots, length, sign);
    } else byRow.push(...fused);
    for (const { accumulator, base } of byRow) {
      const fromState = from.columns.slice(base, base + accumulator.fields.length);
      const toState = to.columns.slice(base, base + accumulator.fields.length);
      for (let i = 0; i < length; i++) {
        accumulator.merge(toState, toSlots[i], fromState, fromSlots[i], sign, fromIsOlder);
      }
    }
  }

  /** Adds all groups of some tables to those of others: panes to a window. */
  mergeAll(from: AggregateTables, to: AggregateTables): void {
    const slots = slotsOf(from.groups);
    const toSlots = new Int32Array(MAX_BATCH_ROWS);
    for (let at = 0; at < slots.length; at += MAX_BATCH_ROWS) {
      const part = slots.subarray(at, at + MAX_BATCH_ROWS);
      to.groups.slotsOf(from.groups.keysOf(part, part.length), part.length, toSlots);
      this.#merge(from.groups, part, to.groups, toSlots, part.length, 1);
    }
    for (const d of this.#layout.distinct.keys()) this.#mergeDistinct(d, from, to, 1);
  }

  /**
   * Takes all groups of some tables, merged into others before, away from those: a pane from a window. DISTINCT too, but only
   * counts and sums, with `isSubtractable`. Groups stay, with nothing in them.
   */
  subtractAll(from: AggregateTables, to: AggregateTables): void {
    const { accumulators, extremes } = this.#layout;
    const isPossible = extremes.length === 0 && accumulators.every(({ accumulator }) => accumulator.isInvertible);
    invariant(isPossible, "these aggregates cannot be subtracted");
    const slots = slotsOf(from.groups);
    const toSlots = new Int32Array(MAX_BATCH_ROWS);
    for (let at = 0; at < slots.length; at += MAX_BATCH_ROWS) {
      const part = slots.subarray(at, at + MAX_BATCH_ROWS);
      to.groups.find(from.groups.keysOf(part, part.length), part.length, toSlots);
      this.#merge(from.groups, part, to.groups, toSlots, part.length, -1);
    }
    for (const d of this.#layout.distinct.keys()) this.#mergeDistinct(d, from, to, -1);
  }

  /** Each value that is new to the window counts as one row of it, and each that leaves it as one row less. */
  #mergeDistinct(d: number, from: AggregateTables, to: AggregateTables, sign: 1 | -1): void {
    const values = this.#layout.distinct[d];
    const { keyColumns } = this.#options;
    const source = from.distinct[d];
    const target = to.distinct[d];
    const accumulators = this.#layout.accumulators.filter(({ accumulator }) => accumulator.source.distinct === d);
    const slots = slotsOf(source);
    for (let at = 0; at < slots.length; at += MAX_BATCH_ROWS) {
      const part = slots.subarray(at, at + MAX_BATCH_ROWS);
      const entries = source.keysOf(part, part.length);
      const targetSlots = new Int32Array(part.length);
      const groupSlots = new Int32Array(part.length);
      target.slotsOf(entries, part.length, targetSlots);
      to.groups.slotsOf(entries.slice(0, keyColumns.length), part.length, groupSlots);
      for (let f = 0; f < values.filters.length; f++) {
        const effect = values.effects[f];
        const counts = source.columns[f].float64!;
        const targetCounts = target.columns[f].float64!;
        for (let i = 0; i < part.length; i++) {
          const count = counts[part[i]];
          const before = targetCounts[targetSlots[i]];
          const after = before + sign * count;
          effect[i] = before === 0 && after > 0 ? 1 : before > 0 && after === 0 ? -1 : 0;
          targetCounts[targetSlots[i]] = after;
        }
      }
      const columns: Column[] = [];
      for (const [k, arg] of values.args.entries()) columns[arg] = entries[keyColumns.length + k];
      this.#addByRow(accumulators, to.groups.columns, columns, null, part.length, groupSlots);
      if (sign === 1) continue;
      for (const slot of targetSlots)
        if (target.columns.every(({ float64 }) => float64![slot] === 0)) target.remove(slot);
    }
  }

  /** One column per aggregate, for the given groups (borrowed until the tables change). */
  results(tables: AggregateTables, slots: Int32Array, length: number): Column[] {
    return this.#layout.results.map(({ result, stateOf }) =>
      result.columnOf(stateOf(tables.groups.columns), slots, length),
    );
  }
}

function slotsOf(table: StateTable): Int32Array {
  const slots = new Int32Array(table.size);
  let count = 0;
  table.forEachSlot((slot) => {
    slots[count++] = slot;
  });
  return slots;
}
