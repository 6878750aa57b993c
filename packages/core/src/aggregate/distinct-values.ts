/**
 * The distinct values that DISTINCT aggregates over the same arguments share: for each (group key, arguments) and each
 * filter among those aggregates, in how many rows it stands.
 *
 * Invariant  an entry exists only while one of its counts is not 0. Where nothing is taken away, it says for which filters the
 *            value was seen, and is kept by the slot of its group.
 * Cost       one look-up per row that passes some filter.
 */
import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { selectRows } from "../batch/gather.ts";
import { MAX_BATCH_ROWS } from "../batch/record-batch.ts";
import type { StateTable, StateTableDescriptor } from "../state/state-backend.ts";
import { type TableTtl, WRITTEN_FIELD } from "../state/state-ttl.ts";
import { passes, signOf } from "./row-source.ts";

export class DistinctValues {
  readonly args: readonly number[];
  /** The filters of the aggregates, null for none; `effects[f]` belongs to `filters[f]`. */
  readonly filters: (number | null)[] = [];
  /** After `update`: 1 where row i is the first with its value, -1 where it takes the last away, else 0. */
  readonly effects: Int8Array[] = [];
  readonly #argFields: readonly Field[];
  readonly #keepsNulls: boolean;
  #slots = new Int32Array(MAX_BATCH_ROWS);

  /** `keepsNulls`: NULL is one of the values. */
  constructor(args: readonly number[], argFields: readonly Field[], keepsNulls: boolean) {
    this.args = args;
    this.#keepsNulls = keepsNulls;
    this.#argFields = argFields;
  }

  /** The number of the filter. */
  addFilter(filter: number | null): number {
    const known = this.filters.indexOf(filter);
    if (known >= 0) return known;
    this.effects.push(new Int8Array(MAX_BATCH_ROWS));
    return this.filters.push(filter) - 1;
  }

  /** `hasTtl`: with the time each value was written. */
  descriptor(name: string, keys: readonly Field[], hasTtl: boolean): StateTableDescriptor {
    const counts = this.filters.map(
      (_, f): Field => ({ name: `count_${f}`, type: { kind: "double", nullable: false } }),
    );
    return {
      name,
      key: [...keys, ...this.#argFields],
      values: hasTtl ? [...counts, WRITTEN_FIELD] : counts,
    };
  }

  /** Whether `seenTable` is possible: there are as many bits as filters. */
  get fitsBits(): boolean {
    return this.filters.length <= 31;
  }

  /** For rows that are only added, to groups that stay: not in how many rows a value stands but for which filters, as bits. */
  seenTable(name: string, groups: StateTable): StateTableDescriptor {
    return {
      name,
      key: [...groups.descriptor.key, ...this.#argFields],
      values: [{ name: "filters", type: { kind: "double", nullable: false } }],
      parent: groups,
    };
  }

  /** As `update`, of a `seenTable`. */
  markSeen(table: StateTable, columns: readonly Column[], groups: Int32Array, length: number): void {
    const rows = this.#rowsOf(columns, groups, length);
    const count = rows === null ? length : rows.length;
    const parents: Column = { kind: "float64", values: Float64Array.from(groups.subarray(0, length)), nulls: null };
    let looked = [parents, ...this.args.map((arg) => columns[arg])];
    if (rows !== null) looked = looked.map((column) => selectRows(column, rows, count));
    if (this.#slots.length < count) this.#slots = new Int32Array(count);
    const slots = this.#slots;
    table.slotsOf(looked, count, slots);
    const { effects, filters } = this;
    for (let f = 0; f < filters.length; f++) {
      if (effects[f].length < length) effects[f] = new Int8Array(length);
      effects[f].fill(0, 0, length);
    }
    const filterColumns = filters.map((filter) => (filter === null ? null : columns[filter]));
    const seen = table.columns[0].float64!;
    for (let r = 0; r < count; r++) {
      const row = rows === null ? r : rows[r];
      const before = seen[slots[r]];
      let after = before;
      for (let f = 0; f < filterColumns.length; f++) {
        const column = filterColumns[f];
        if ((before & (1 << f)) !== 0 || (column !== null && !passes(column, row))) continue;
        after |= 1 << f;
        effects[f][row] = 1;
      }
      if (after !== before) seen[slots[r]] = after;
    }
  }

  /** Counts the rows with `groups[i]` >= 0 and computes `effects`. */
  update(
    table: StateTable,
    keys: readonly Column[],
    columns: readonly Column[],
    kinds: Uint8Array | null,
    groups: Int32Array,
    length: number,
    ttl: TableTtl | null = null,
  ): void {
    const rows = this.#rowsOf(columns, groups, length);
    const count = rows === null ? length : rows.length;
    let looked = [...keys, ...this.args.map((arg) => columns[arg])];
    if (rows !== null) looked = looked.map((column) => selectRows(column, rows, count));
    if (this.#slots.length < count) this.#slots = new Int32Array(count);
    const slots = this.#slots;
    table.slotsOf(looked, count, slots);
    if (ttl !== null) this.#forgetPassed(table, slots, count, ttl);
    let removals = false;
    for (let f = 0; f < this.filters.length; f++) {
      if (this.effects[f].length < length) this.effects[f] = new Int8Array(length);
      const effect = this.effects[f];
      if (rows !== null) effect.fill(0, 0, length);
      const filter = this.filters[f];
      const filterColumn = filter === null ? null : columns[filter];
      const counts = table.columns[f].float64!;
      for (let r = 0; r < count; r++) {
        const row = rows === null ? r : rows[r];
        effect[row] = 0;
        if (filterColumn !== null && !passes(filterColumn, row)) continue;
        const slot = slots[r];
        if (signOf(kinds, row) === 1) {
          if (counts[slot]++ === 0) effect[row] = 1;
        } else {
          removals = true;
          if (--counts[slot] === 0) effect[row] = -1;
        }
      }
    }
    // Of rows that are only added, one that changes no count writes nothing.
    if (ttl !== null) {
      for (let r = 0; r < count; r++) {
        const row = rows === null ? r : rows[r];
        if (kinds !== null || this.effects.some((effect) => effect[row] !== 0)) ttl.touch(slots[r]);
      }
    }
    if (removals) this.#removeEmpty(table, slots, count);
  }

  /** Values whose time to live has passed have not been seen. */
  #forgetPassed(table: StateTable, slots: Int32Array, count: number, ttl: TableTtl): void {
    for (let r = 0; r < count; r++) {
      const slot = slots[r];
      if (!ttl.hasPassed(slot)) continue;
      for (let f = 0; f < this.filters.length; f++) table.columns[f].float64![slot] = 0;
      ttl.touch(slot);
    }
  }

  /** The rows that count for some filter; null if all do. */
  #rowsOf(columns: readonly Column[], groups: Int32Array, length: number): Int32Array | null {
    const everyFilter = this.filters.includes(null) ? [] : this.filters.map((filter) => columns[filter as number]);
    const nulls = this.#keepsNulls ? [] : this.args.map((arg) => columns[arg].nulls).filter((mask) => mask !== null);
    const rows = new Int32Array(length);
    let count = 0;
    nextRow: for (let i = 0; i < length; i++) {
      if (groups[i] < 0) continue;
      for (let n = 0; n < nulls.length; n++) if (nulls[n][i] === 1) continue nextRow;
      if (everyFilter.length > 0 && !everyFilter.some((filter) => passes(filter, i))) continue;
      rows[count++] = i;
    }
    return count === length ? null : rows.subarray(0, count);
  }

  #removeEmpty(table: StateTable, slots: Int32Array, count: number): void {
    const seen = new Set<number>();
    for (let r = 0; r < count; r++) {
      const slot = slots[r];
      if (seen.has(slot)) continue;
      seen.add(slot);
      if (this.filters.every((_, f) => table.columns[f].float64![slot] === 0)) table.remove(slot);
    }
  }
}
