/**
 * State as operators see it. Backends implement this; testkit's `stateBackendConformance` tests them.
 *
 * A state table is a hash table from a key (some columns) to a *slot*, a small integer; values live in typed arrays indexed by
 * slot, so a kernel resolves the slots of a whole batch once and then runs plain loops over arrays.
 *
 * Invariant  keys are compared in full, a hash is never an identity; BIGINT keys are equal by value whether their column is
 *            `float64` or `wide`; NULL equals NULL in keys; -0 equals 0 and NaN equals NaN.
 *            A slot stays valid until its key is removed; arrays got from a column are valid until the next call of
 *            `slotsOf` that inserts (it may grow them).
 */

import type { Column } from "../batch/column.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import type { ByteArena } from "./byte-arena.ts";
import type { RowStore, RowStoreDescriptor } from "./row-store.ts";

export interface StateTableDescriptor {
  /** Unique within the operator; the name in snapshots. */
  readonly name: string;
  readonly key: readonly Field[];
  readonly values: readonly Field[];
  /**
   * How many leading key columns decide on the key group; all if absent. Less than all where the table's key extends the
   * columns that the stream is partitioned by: (group key, distinct value) has the key group of its group key.
   */
  readonly keyGroupColumns?: number;
  /**
   * No look-up: `slotsOf` gives each row a new slot, whatever its key, and `find` fails. For rows whose slots the operator
   * knows; they cost no index. Numbers and booleans in a new slot are any, until they are written.
   */
  readonly isList?: boolean;
  /** Every instance holds the same, whatever its key groups: each gets the whole at a restore, at any parallelism. */
  readonly isBroadcast?: boolean;
  /**
   * The first key columns are the key of this table, whose keys stay: they are kept as its slot, which `slotsOf` and `find` take
   * in their place (a float64 column). `keysOf` gives the columns.
   */
  readonly parent?: StateTable;
}

export interface StateTable {
  readonly descriptor: StateTableDescriptor;
  /** Keys held. */
  readonly size: number;
  /** Upper bound of slots in use: valid slots are < capacity, some may be free. */
  readonly capacity: number;
  /** The value columns, in the order of the descriptor. The objects stay for the table's life, their arrays do not. */
  readonly columns: readonly StateColumn[];
  /** Slot of each row's key, inserted if absent (values NULL, numbers 0). `out[i]` is the slot of row i. `wasInserted[i]`, if given, is 1 for the row that inserted. */
  slotsOf(keys: readonly Column[], length: number, out: Int32Array, wasInserted?: Uint8Array): void;
  /** Slot of each row's key, -1 if absent. */
  find(keys: readonly Column[], length: number, out: Int32Array): void;
  /** Of a table with one key that is a JavaScript value: the slot of the key, inserted if absent. */
  slotOf(key: unknown): number;
  /** Of a table with one key that is a JavaScript value: the slot of the key, -1 if absent. */
  findKey(key: unknown): number;
  /** Of a table with one key that is a JavaScript value: the key of a slot, as it was first given. */
  keyAt(slot: number): unknown;
  /** Frees the slot; its values become NULL, numbers 0. */
  remove(slot: number): void;
  clear(): void;
  /** Calls back for each slot in use, in slot order. Slots may be removed meanwhile. */
  forEachSlot(visit: (slot: number) => void): void;
  /** Key columns of the given slots as batch columns (borrowed until the next call). */
  keysOf(slots: Int32Array, length: number): readonly Column[];
  /** Bytes held, for metrics and budgets. */
  readonly byteSize: number;
}

/** One value per slot. Kinds follow the type: see `columnKindOf`. */
export interface StateColumn {
  readonly type: DataType;
  /** The array of a number column, null once a value has left the safe range (BIGINT, DECIMAL) or for other kinds. */
  readonly float64: Float64Array | null;
  /** The array of a boolean column, else null. */
  readonly bool: Uint8Array | null;
  /** The bytes of a string or binary column, else null; kernels that write there clear the null mask too. */
  readonly strings: ByteArena | null;
  /** 1 = NULL. New slots are 1, but 0 if the type is NOT NULL; kernels that write to the array clear it. */
  readonly nulls: Uint8Array;
  /** As `valueAt`. */
  get(slot: number): unknown;
  set(slot: number, value: unknown): void;
  /** Row i of the column goes to `slots[i]`: strings as bytes, without a JS value between. */
  write(slots: Int32Array, source: Column, length: number): void;
  /** The values of the given slots as a batch column (borrowed until the next call). */
  columnOf(slots: Int32Array, length: number): Column;
}

/** State tables by namespace (a pane or window, as a number), each freed as a whole. */
export interface NamespacedStateTable {
  /** The table of a namespace, created if absent. */
  at(namespace: number): StateTable;
  peek(namespace: number): StateTable | undefined;
  drop(namespace: number): void;
  /** Ascending. */
  namespaces(): readonly number[];
}

/** A value of the operator itself, not of a key: its watermark. At a rescale the old subtasks' values are merged. */
export interface OperatorValue<T> {
  get(): T;
  set(value: T): void;
}

export interface StateBackend {
  table(descriptor: StateTableDescriptor): StateTable;
  namespacedTable(descriptor: StateTableDescriptor): NamespacedStateTable;
  /** Rows by key and time bucket, for joins: see row-store.ts. */
  rowStore(descriptor: RowStoreDescriptor): RowStore;
  operatorValue<T extends number | string | boolean | null>(
    name: string,
    initial: T,
    merge: (a: T, b: T) => T,
  ): OperatorValue<T>;
}
