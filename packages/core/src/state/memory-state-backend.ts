/**
 * The state of one operator instance in memory.
 *
 * Invariant  a name belongs to one table, namespaced table, row store or operator value; asking again with the same
 *            descriptor gives the same object. State that was restored waits, encoded, until the operator declares it.
 * State      the tables; entries not yet claimed.
 * Cost       snapshot: O(entries), synchronous; restore: O(entries of the key groups wanted).
 */
import type { Column } from "../batch/column.ts";
import { type Field, formatType } from "../batch/data-type.ts";
import { invariant, MillraceError } from "../errors.ts";
import { DEFAULT_MAX_PARALLELISM, HASH_VERSION } from "../hash.ts";
import { createRowStore } from "./chunked-row-store.ts";
import type { KeyGroupRange } from "./key-group.ts";
import { MemoryStateTable } from "./memory-state-table.ts";
import type { RowStore, RowStoreDescriptor } from "./row-store.ts";
import {
  BROADCAST_GROUP,
  type OperatorValueType,
  SNAPSHOT_VERSION,
  type SnapshotTable,
  type StateSnapshot,
} from "./snapshot.ts";
import { readEntries, type SnapshotEntries, SnapshotWriter } from "./snapshot-writer.ts";
import type {
  NamespacedStateTable,
  OperatorValue,
  StateBackend,
  StateTable,
  StateTableDescriptor,
} from "./state-backend.ts";

export interface MemoryStateOptions {
  /** Named in errors and snapshots. */
  readonly operatorId?: string;
  readonly maxParallelism?: number;
}

/** A backend that can be copied out and filled again. */
export interface SnapshotableState extends StateBackend {
  snapshot(): StateSnapshot;
  /**
   * Takes the entries of the key groups `range` (default: all) from the snapshots of all old instances. Called once, before
   * the operator is created. Throws STATE_INVALID if they are not of this operator's layout, some of it only when the operator declares the table.
   */
  restore(snapshots: readonly StateSnapshot[], range?: KeyGroupRange): void;
  /** Restored tables and values that nobody declared: their state would be lost. */
  unclaimed(): readonly string[];
  /** Bytes held by all tables. */
  readonly byteSize: number;
  /** Entries and rows held by all tables. */
  readonly entryCount: number;
}

/** An empty backend. */
export function createMemoryState(options: MemoryStateOptions = {}): SnapshotableState {
  return new MemoryStateBackend(options);
}

interface PendingTable {
  readonly table: SnapshotTable;
  readonly entries: SnapshotEntries[];
}

interface DeclaredValue {
  readonly value: { current: OperatorValueType };
}

class MemoryStateBackend implements SnapshotableState {
  readonly #operatorId: string;
  readonly #maxParallelism: number;
  readonly #tables = new Map<string, MemoryStateTable | NamespacedTable | RowStore>();
  readonly #values = new Map<string, DeclaredValue>();
  readonly #pending = new Map<string, PendingTable>();
  readonly #pendingValues = new Map<string, OperatorValueType[]>();

  constructor(options: MemoryStateOptions) {
    this.#operatorId = options.operatorId ?? "operator";
    this.#maxParallelism = options.maxParallelism ?? DEFAULT_MAX_PARALLELISM;
  }

  table(descriptor: StateTableDescriptor): StateTable {
    const known = this.#tables.get(descriptor.name);
    if (known !== undefined) return this.#expect(known instanceof MemoryStateTable ? known : null, descriptor.name);
    const table = new MemoryStateTable(descriptor);
    this.#tables.set(descriptor.name, table);
    for (const entries of this.#claim(layoutOf(table))) load(table, entries);
    return table;
  }

  namespacedTable(descriptor: StateTableDescriptor): NamespacedStateTable {
    const known = this.#tables.get(descriptor.name);
    if (known !== undefined) return this.#expect(known instanceof NamespacedTable ? known : null, descriptor.name);
    const tables = new NamespacedTable(descriptor);
    this.#tables.set(descriptor.name, tables);
    for (const entries of this.#claim(layoutOf(tables))) load(tables.at(entries.namespace), entries);
    return tables;
  }

  rowStore(descriptor: RowStoreDescriptor): RowStore {
    const known = this.#tables.get(descriptor.name);
    if (known !== undefined) {
      const isStore = !(known instanceof MemoryStateTable) && !(known instanceof NamespacedTable);
      return this.#expect(isStore ? known : null, descriptor.name);
    }
    const store = createRowStore(descriptor);
    this.#tables.set(descriptor.name, store);
    for (const { namespace, batch } of this.#claim(layoutOf(store))) store.load(namespace, batch);
    return store;
  }

  #expect<T>(known: T | null, name: string): T {
    if (known !== null) return known;
    throw new MillraceError({
      code: "INVARIANT",
      message: `broken invariant: state ${name} of operator ${this.#operatorId} is declared twice, in different forms`,
    });
  }

  operatorValue<T extends OperatorValueType>(name: string, initial: T, merge: (a: T, b: T) => T): OperatorValue<T> {
    let declared = this.#values.get(name);
    if (declared === undefined) {
      const restored = this.#pendingValues.get(name) as T[] | undefined;
      this.#pendingValues.delete(name);
      declared = { value: { current: restored === undefined ? initial : restored.reduce((a, b) => merge(a, b)) } };
      this.#values.set(name, declared);
    }
    const { value } = declared;
    return {
      get: () => value.current as T,
      set: (next) => {
        value.current = next;
      },
    };
  }

  snapshot(): StateSnapshot {
    const writer = new SnapshotWriter(this.#maxParallelism);
    const tables: SnapshotTable[] = [];
    for (const state of this.#tables.values()) {
      const number = tables.push(layoutOf(state)) - 1;
      if (state instanceof MemoryStateTable) writer.table(number, 0, state);
      else if (state instanceof NamespacedTable) {
        for (const namespace of state.namespaces()) writer.table(number, namespace, state.at(namespace));
      } else writer.rowStore(number, state);
    }
    return {
      version: SNAPSHOT_VERSION,
      hashVersion: HASH_VERSION,
      operatorId: this.#operatorId,
      maxParallelism: this.#maxParallelism,
      tables,
      keyGroups: writer.finish(),
      operatorValues: new Map([...this.#values].map(([name, { value }]) => [name, value.current])),
    };
  }

  restore(snapshots: readonly StateSnapshot[], range?: KeyGroupRange): void {
    let isBroadcastTaken = false;
    for (const snapshot of snapshots) {
      this.#checkVersions(snapshot);
      for (const [name, value] of snapshot.operatorValues) {
        const values = this.#pendingValues.get(name);
        if (values === undefined) this.#pendingValues.set(name, [value]);
        else values.push(value);
      }
      const pending = snapshot.tables.map((table) => this.#pendingOf(table));
      for (const [group, bytes] of snapshot.keyGroups) {
        if (group === BROADCAST_GROUP) {
          // All have the same.
          if (isBroadcastTaken) continue;
          isBroadcastTaken = true;
        } else if (range !== undefined && (group < range.start || group > range.end)) continue;
        for (const entries of readEntries(bytes)) pending[entries.table].entries.push(entries);
      }
    }
  }

  #checkVersions(snapshot: StateSnapshot): void {
    const problem =
      snapshot.version !== SNAPSHOT_VERSION
        ? `version ${snapshot.version}, this release reads ${SNAPSHOT_VERSION}`
        : snapshot.hashVersion !== HASH_VERSION
          ? `hash version ${snapshot.hashVersion}, this release uses ${HASH_VERSION}`
          : snapshot.maxParallelism !== this.#maxParallelism
            ? `maximum parallelism ${snapshot.maxParallelism}, the job has ${this.#maxParallelism}: it cannot be changed with state`
            : null;
    if (problem === null && this.#tables.size === 0) return;
    throw new MillraceError({
      code: problem === null ? "INVARIANT" : "STATE_INVALID",
      message:
        problem === null
          ? `broken invariant: operator ${this.#operatorId} is restored after it declared its state`
          : `state snapshot of operator ${snapshot.operatorId} has ${problem}`,
    });
  }

  #pendingOf(table: SnapshotTable): PendingTable {
    let pending = this.#pending.get(table.name);
    if (pending === undefined) {
      pending = { table, entries: [] };
      this.#pending.set(table.name, pending);
    } else this.#checkLayout(table, pending.table);
    return pending;
  }

  #claim(declared: SnapshotTable): readonly SnapshotEntries[] {
    const pending = this.#pending.get(declared.name);
    if (pending === undefined) return [];
    this.#checkLayout(pending.table, declared);
    this.#pending.delete(declared.name);
    return pending.entries;
  }

  #checkLayout(stored: SnapshotTable, declared: SnapshotTable): void {
    const where = `operator ${this.#operatorId}, table ${declared.name}`;
    const problem =
      stored.kind !== declared.kind
        ? `it was a ${stored.kind}, now it is a ${declared.kind}`
        : (difference("key", stored.key, declared.key) ?? difference("value", stored.values, declared.values));
    if (problem === null) return;
    throw new MillraceError({
      code: "STATE_INVALID",
      operatorId: this.#operatorId,
      message: `state of ${where} does not fit the snapshot: ${problem}; restore with the program that wrote it, or start without state`,
    });
  }

  unclaimed(): readonly string[] {
    return [...this.#pending.keys(), ...this.#pendingValues.keys()];
  }

  get byteSize(): number {
    let bytes = 0;
    for (const table of this.#tables.values()) bytes += table.byteSize;
    return bytes;
  }

  get entryCount(): number {
    let count = 0;
    for (const table of this.#tables.values()) count += table.size;
    return count;
  }
}

/** What differs between two lists of fields, naming the first field; null if nothing does. */
function difference(part: string, stored: readonly Field[], declared: readonly Field[]): string | null {
  for (let i = 0; i < Math.max(stored.length, declared.length); i++) {
    const was = stored[i] === undefined ? "absent" : `${stored[i].name} ${formatType(stored[i].type)}`;
    const is = declared[i] === undefined ? "absent" : `${declared[i].name} ${formatType(declared[i].type)}`;
    if (was !== is) return `${part} field ${i + 1} was ${was}, now it is ${is}`;
  }
  return null;
}

function layoutOf(state: MemoryStateTable | NamespacedTable | RowStore): SnapshotTable {
  const { name } = state.descriptor;
  if (state instanceof MemoryStateTable) return { name, kind: "table", ...fieldsOf(state.descriptor) };
  if (state instanceof NamespacedTable) return { name, kind: "namespaced-table", ...fieldsOf(state.descriptor) };
  const { key, fields } = state.descriptor;
  return { name, kind: "row-store", key: key.map((column) => fields[column]), values: fields };
}

function fieldsOf({ key, values }: StateTableDescriptor): Pick<SnapshotTable, "key" | "values"> {
  return { key, values };
}

function load(table: StateTable, { batch }: SnapshotEntries): void {
  const { key, parent } = table.descriptor;
  const keyCount = key.length;
  const slots = new Int32Array(batch.length);
  const keys = batch.columns.slice(0, keyCount);
  table.slotsOf(parent === undefined ? keys : withParentSlots(parent, keys, batch.length), batch.length, slots);
  for (const [c, column] of table.columns.entries()) column.write(slots, batch.columns[keyCount + c], batch.length);
}

function withParentSlots(parent: StateTable, keys: readonly Column[], length: number): Column[] {
  const keyCount = parent.descriptor.key.length;
  const slots = new Int32Array(length);
  parent.find(keys.slice(0, keyCount), length, slots);
  invariant(!slots.includes(-1), `state table ${parent.descriptor.name} lacks keys that another has entries of`);
  return [{ kind: "float64", values: Float64Array.from(slots), nulls: null }, ...keys.slice(keyCount)];
}

class NamespacedTable implements NamespacedStateTable {
  readonly descriptor: StateTableDescriptor;
  readonly #tables = new Map<number, MemoryStateTable>();
  #sorted: readonly number[] | null = [];
  /** Neighbouring namespaces tend to be of one size: a new one starts with the size of the last dropped. */
  #expectedSize = 0;

  constructor(descriptor: StateTableDescriptor) {
    this.descriptor = descriptor;
  }

  at(namespace: number): MemoryStateTable {
    let table = this.#tables.get(namespace);
    if (table === undefined) {
      table = new MemoryStateTable(this.descriptor, this.#expectedSize);
      this.#tables.set(namespace, table);
      this.#sorted = null;
    }
    return table;
  }

  peek(namespace: number): StateTable | undefined {
    return this.#tables.get(namespace);
  }

  drop(namespace: number): void {
    const table = this.#tables.get(namespace);
    if (table === undefined) return;
    this.#expectedSize = table.size;
    this.#tables.delete(namespace);
    this.#sorted = null;
  }

  namespaces(): readonly number[] {
    this.#sorted ??= [...this.#tables.keys()].sort((a, b) => a - b);
    return this.#sorted;
  }

  get size(): number {
    let count = 0;
    for (const table of this.#tables.values()) count += table.size;
    return count;
  }

  get byteSize(): number {
    let bytes = 0;
    for (const table of this.#tables.values()) bytes += table.byteSize;
    return bytes;
  }
}
