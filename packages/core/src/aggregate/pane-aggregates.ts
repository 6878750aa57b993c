/**
 * Aggregates by pane: a table of groups, and of their distinct values, per namespace; and panes beside the state, for what can
 * be put together again from it.
 *
 * State      namespaced tables `name` and `name-distinct-N`. Value columns of a group: the kernel's, those asked for as `extra`, and
 *            with `subtracts` the number of its rows.
 */

import type { Column } from "../batch/column.ts";
import type { Field } from "../batch/data-type.ts";
import { MAX_BATCH_ROWS, type RecordBatch } from "../batch/record-batch.ts";
import { MemoryStateTable } from "../state/memory-state-table.ts";
import { forEachPiece } from "../state/slots-in-use.ts";
import type {
  NamespacedStateTable,
  StateBackend,
  StateColumn,
  StateTable,
  StateTableDescriptor,
} from "../state/state-backend.ts";
import { AggregateKernel, type AggregateTables } from "./aggregate-kernel.ts";
import { type AggregateSpec, isExactlyInvertible } from "./aggregate-spec.ts";

export interface PaneAggregatesOptions {
  /** Of the tables in snapshots. */
  readonly name: string;
  readonly inputFields: readonly Field[];
  /** Input columns that make up the key of a group. */
  readonly keys: readonly number[];
  /** As of StateTableDescriptor. */
  readonly keyGroupColumns?: number;
  readonly aggregates: readonly AggregateSpec[];
  /** Panes are to be subtracted, if the aggregates allow it. */
  readonly subtracts: boolean;
  /** Further value columns of a group, the caller's business but for `copy`. */
  readonly extra?: readonly Field[];
  readonly state: StateBackend;
}

/** The groups of a pane. */
export class Pane {
  readonly table: StateTable;
  readonly tables: AggregateTables;
  readonly extra: readonly StateColumn[];
  /** Rows per group; null if panes are not subtracted. */
  readonly rows: StateColumn | null;

  constructor(tables: AggregateTables, extraAt: number, extraCount: number, countsRows: boolean) {
    const { columns } = tables.groups;
    this.tables = tables;
    this.table = tables.groups;
    this.extra = columns.slice(extraAt, extraAt + extraCount);
    this.rows = countsRows ? columns[extraAt + extraCount] : null;
  }

  clear(): void {
    this.table.clear();
    for (const table of this.tables.distinct) table.clear();
  }
}

export class PaneAggregates {
  /** Whether panes can be subtracted without a trace: counts, and sums of exact numbers. */
  readonly isInvertible: boolean;
  readonly hasDistinct: boolean;
  /** Whether results depend on the order in which panes are merged: the oldest first. */
  readonly isOrdered: boolean;
  /** The input columns that the aggregates read. */
  readonly inputColumns: readonly number[];
  readonly #kernel: AggregateKernel;
  readonly #groups: StateTableDescriptor;
  readonly #distinct: readonly StateTableDescriptor[];
  readonly #groupPanes: NamespacedStateTable;
  readonly #distinctPanes: readonly NamespacedStateTable[];
  readonly #panes = new Map<number, Pane>();
  readonly #extraCount: number;
  #slots = new Int32Array(MAX_BATCH_ROWS);

  constructor(options: PaneAggregatesOptions) {
    const { name, inputFields, keys, keyGroupColumns = keys.length, aggregates, extra = [], state } = options;
    const keyFields = keys.map((column) => inputFields[column]);
    const isSubtractable =
      options.subtracts && aggregates.every((each) => isExactlyInvertible(each.function, each.argTypes));
    this.#kernel = new AggregateKernel({
      keys: keyFields,
      keyColumns: keys,
      aggregates,
      inputIsAppendOnly: true,
      isSubtractable,
    });
    this.isOrdered = this.#kernel.isOrdered;
    this.hasDistinct = this.#kernel.distinctTables.length > 0;
    this.isInvertible = isSubtractable;
    this.inputColumns = [
      ...new Set(aggregates.flatMap(({ args, filter }) => (filter === null ? args : [...args, filter]))),
    ];
    const rows: Field[] = this.isInvertible ? [{ name: "$rows", type: { kind: "double", nullable: false } }] : [];
    const values = [...this.#kernel.fields, ...extra, ...rows];
    this.#extraCount = extra.length;
    this.#groups = { name, key: keyFields, values, keyGroupColumns };
    this.#distinct = this.#kernel.distinctTables.map((descriptor) => ({
      ...descriptor,
      name: `${name}-${descriptor.name}`,
      keyGroupColumns,
    }));
    this.#groupPanes = state.namespacedTable(this.#groups);
    this.#distinctPanes = this.#distinct.map((descriptor) => state.namespacedTable(descriptor));
  }

  #pane(tables: AggregateTables): Pane {
    return new Pane(tables, this.#kernel.fields.length, this.#extraCount, this.isInvertible);
  }

  /** An empty pane that is no part of the state. */
  createPane(): Pane {
    const distinct = this.#distinct.map((descriptor) => new MemoryStateTable(descriptor));
    return this.#pane({ groups: new MemoryStateTable(this.#groups), distinct });
  }

  /** Ascending. */
  namespaces(): readonly number[] {
    return this.#groupPanes.namespaces();
  }

  /** The pane of a namespace, created if absent. */
  at(namespace: number): Pane {
    let pane = this.#panes.get(namespace);
    if (pane === undefined) {
      const distinct = this.#distinctPanes.map((panes) => panes.at(namespace));
      pane = this.#pane({ groups: this.#groupPanes.at(namespace), distinct });
      this.#panes.set(namespace, pane);
    }
    return pane;
  }

  peek(namespace: number): Pane | undefined {
    return this.#groupPanes.peek(namespace) === undefined ? undefined : this.at(namespace);
  }

  drop(namespace: number): void {
    this.#panes.delete(namespace);
    this.#groupPanes.drop(namespace);
    for (const panes of this.#distinctPanes) panes.drop(namespace);
  }

  /** Adds the rows of a batch to their groups. Gives the groups' slots (borrowed until the next call). */
  update(pane: Pane, keys: readonly Column[], batch: RecordBatch): Int32Array {
    const { length } = batch;
    if (this.#slots.length < length) this.#slots = new Int32Array(length);
    const slots = this.#slots;
    pane.table.slotsOf(keys, length, slots);
    this.#kernel.update(pane.tables, batch.columns, null, length, slots);
    if (pane.rows !== null) {
      const rows = pane.rows.float64!;
      for (let i = 0; i < length; i++) rows[slots[i]]++;
    }
    return slots;
  }

  /** Adds groups of one pane to groups of another; their rows came later unless `fromIsOlder`. Not with DISTINCT. */
  merge(to: Pane, toSlots: Int32Array, from: Pane, fromSlots: Int32Array, length: number, fromIsOlder = false): void {
    this.#kernel.merge(from.table, fromSlots, to.table, toSlots, length, fromIsOlder);
    if (to.rows === null) return;
    const toRows = to.rows.float64!;
    const fromRows = from.rows!.float64!;
    for (let i = 0; i < length; i++) toRows[toSlots[i]] += fromRows[fromSlots[i]];
  }

  /** Takes groups away again; those that have no row left are removed. Needs `isInvertible`; not with DISTINCT. */
  subtract(to: Pane, toSlots: Int32Array, from: Pane, fromSlots: Int32Array, length: number): void {
    this.#kernel.subtract(from.table, fromSlots, to.table, toSlots, length);
    this.#takeRows(to, toSlots, from, fromSlots, length);
  }

  #takeRows(to: Pane, toSlots: Int32Array, from: Pane, fromSlots: Int32Array, length: number): void {
    const toRows = to.rows!.float64!;
    const fromRows = from.rows!.float64!;
    for (let i = 0; i < length; i++) {
      toRows[toSlots[i]] -= fromRows[fromSlots[i]];
      if (toRows[toSlots[i]] === 0) to.table.remove(toSlots[i]);
    }
  }

  /** Takes all groups of a pane away again, distinct values too. Needs `isInvertible`. */
  subtractAll(to: Pane, from: Pane): void {
    this.#kernel.subtractAll(from.tables, to.tables);
    this.#forEachPair(to, from, (toSlots, fromSlots, length) => this.#takeRows(to, toSlots, from, fromSlots, length));
  }

  /** Adds all groups of a pane, distinct values too. */
  mergeAll(to: Pane, from: Pane): void {
    this.#kernel.mergeAll(from.tables, to.tables);
    if (to.rows === null) return;
    const fromRows = from.rows!.float64!;
    this.#forEachPair(to, from, (toSlots, fromSlots, length) => {
      const toRows = to.rows!.float64!;
      for (let i = 0; i < length; i++) toRows[toSlots[i]] += fromRows[fromSlots[i]];
    });
  }

  /** The groups of a pane with the same in another, which has them all. */
  #forEachPair(to: Pane, from: Pane, visit: (to: Int32Array, from: Int32Array, length: number) => void): void {
    const toSlots = new Int32Array(MAX_BATCH_ROWS);
    forEachPiece(from.table, (fromSlots, length) => {
      to.table.find(from.table.keysOf(fromSlots, length), length, toSlots);
      visit(toSlots, fromSlots, length);
    });
  }

  /** Overwrites groups with those of another pane. Not with DISTINCT. */
  copy(to: Pane, toSlots: Int32Array, from: Pane, fromSlots: Int32Array, length: number): void {
    for (const [c, column] of to.table.columns.entries()) {
      column.write(toSlots, from.table.columns[c].columnOf(fromSlots, length), length);
    }
  }

  /** One column per aggregate (borrowed until the pane changes). */
  results(pane: Pane, slots: Int32Array, length: number): Column[] {
    return this.#kernel.results(pane.tables, slots, length);
  }
}

export function createPaneAggregates(options: PaneAggregatesOptions): PaneAggregates {
  return new PaneAggregates(options);
}
