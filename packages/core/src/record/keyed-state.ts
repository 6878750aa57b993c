/**
 * The declared state of an operator for the key at hand.
 *
 * Invariant  a key stands in the table exactly while one of its states holds something or a timer is set for it; looking at
 *            state adds no key.
 * State      one table from the key to a value column per declared state, and when it was written where it has a time to live.
 * Cost       one look-up in a Map per record; then an array access per call.
 */
import type { Field } from "../batch/data-type.ts";
import type { StateBackend, StateColumn, StateTable } from "../state/state-backend.ts";
import { StateTtl, TtlSweep, WRITTEN_FIELD } from "../state/state-ttl.ts";
import type { ProcessingTime } from "../time/processing-time.ts";
import type { RecordAggregate } from "./record-aggregate.ts";
import type {
  AggregatingState,
  ListState,
  MapKey,
  MapState,
  ReducingState,
  StateDeclaration,
  StateTtlSpec,
  ValueState,
} from "./state-declaration.ts";

export const VALUE_TYPE = { kind: "value", nullable: true } as const;
const KEY_FIELD: Field = { name: "key", type: VALUE_TYPE };

export class KeyedState {
  readonly table: StateTable;
  /** By the name of its declaration. */
  readonly handles: { readonly [name: string]: unknown };
  readonly #cells: readonly StateCell[];
  readonly #sweep: TtlSweep | null;
  #key: unknown = null;
  #slot = -1;

  /** `extra`: further columns, behind those of the states. `time` is needed where a state has a time to live. */
  constructor(
    declarations: { readonly [name: string]: StateDeclaration },
    backend: StateBackend,
    time: ProcessingTime | null,
    extra: readonly Field[] = [],
  ) {
    const names = Object.keys(declarations);
    const values: Field[] = names.map((name) => ({ name, type: VALUE_TYPE }));
    const ttlColumns = names.map((name) => {
      if (declarations[name].ttl === null) return -1;
      return values.push({ name: `${WRITTEN_FIELD.name}:${name}`, type: WRITTEN_FIELD.type }) - 1;
    });
    this.table = backend.table({ name: "keyed", key: [KEY_FIELD], values: [...values, ...extra] });
    const { columns } = this.table;
    this.#cells = names.map((name, i) => {
      const { ttl } = declarations[name];
      return new StateCell(
        this,
        columns[i],
        ttl === null || time === null ? null : new CellTtl(ttl, time, columns[ttlColumns[i]]),
      );
    });
    this.handles = Object.fromEntries(names.map((name, i) => [name, createHandle(declarations[name], this.#cells[i])]));
    const mortal = this.#cells.filter((cell) => cell.ttl !== null);
    this.#sweep =
      time === null || mortal.length === 0
        ? null
        : new TtlSweep(
            time,
            mortal.map((cell) => this.#sweptOf(cell)),
          );
  }

  get key(): unknown {
    return this.#key;
  }

  /** The slot of the key at hand, -1 while it holds nothing. */
  get slot(): number {
    return this.#slot;
  }

  /** Turns to a key. */
  use(key: unknown): void {
    this.#key = key;
    this.#slot = this.table.findKey(key);
  }

  /** Turns to the key of a slot in use. */
  useSlot(slot: number): void {
    this.#key = this.table.keyAt(slot);
    this.#slot = slot;
  }

  /** The slot of the key at hand, made if there is none. */
  ensureSlot(): number {
    if (this.#slot < 0) this.#slot = this.table.slotOf(this.#key);
    return this.#slot;
  }

  /** Frees the key at hand if nothing is left of it. */
  release(): void {
    if (this.#slot < 0) return;
    const { columns } = this.table;
    for (let c = 0; c < columns.length; c++) if (columns[c].nulls[this.#slot] === 0) return;
    this.table.remove(this.#slot);
    this.#slot = -1;
  }

  /** Sweeps what has lived its time; called by the timer that was set through the constructor's `time`. */
  onTimer(): void {
    this.#sweep?.onTimer();
  }

  #sweptOf(cell: StateCell) {
    const { table } = this;
    const ttl = cell.ttl as CellTtl;
    return {
      ttl: ttl.clock,
      get placeLimit() {
        return table.capacity;
      },
      sweep: (from: number, to: number) => {
        for (let slot = from; slot < to; slot++) {
          if (!ttl.hasPassed(slot)) continue;
          cell.erase(slot);
          this.useSlot(slot);
          this.release();
        }
      },
    };
  }
}

/** When the entries of a state were written. */
class CellTtl {
  readonly clock: StateTtl;
  readonly refreshesOnRead: boolean;
  readonly #column: StateColumn;

  constructor({ ttlMs, refresh }: StateTtlSpec, time: ProcessingTime, column: StateColumn) {
    this.clock = new StateTtl(ttlMs, time);
    this.refreshesOnRead = refresh === "read-write";
    this.#column = column;
  }

  hasPassed(slot: number): boolean {
    this.clock.begin();
    return this.#column.nulls[slot] === 0 && this.clock.hasPassed(this.#column.float64![slot]);
  }

  touch(slot: number): void {
    this.clock.begin();
    this.#column.set(slot, this.clock.now);
  }

  erase(slot: number): void {
    this.#column.set(slot, null);
  }
}

/** One state of the key at hand, whatever its kind. */
class StateCell implements Cell {
  readonly ttl: CellTtl | null;
  readonly #state: KeyedState;
  readonly #column: StateColumn;

  constructor(state: KeyedState, column: StateColumn, ttl: CellTtl | null) {
    this.#state = state;
    this.#column = column;
    this.ttl = ttl;
  }

  /** Undefined if there is nothing. */
  get(): unknown {
    const { slot } = this.#state;
    if (slot < 0) return undefined;
    const { ttl } = this;
    if (ttl !== null) {
      if (ttl.hasPassed(slot)) {
        this.clear();
        return undefined;
      }
      if (ttl.refreshesOnRead && this.#column.nulls[slot] === 0) ttl.touch(slot);
    }
    return this.#column.get(slot) ?? undefined;
  }

  set(value: unknown): void {
    const slot = this.#state.ensureSlot();
    this.#column.set(slot, value);
    this.ttl?.touch(slot);
  }

  clear(): void {
    const { slot } = this.#state;
    if (slot < 0) return;
    this.erase(slot);
    this.#state.release();
  }

  erase(slot: number): void {
    this.#column.set(slot, null);
    this.ttl?.erase(slot);
  }
}

/** Where a handle finds its state. */
export interface Cell {
  /** Undefined if there is nothing. */
  get(): unknown;
  set(value: unknown): void;
  clear(): void;
}

/** What the program gets for a declared state. */
export function createHandle(declaration: StateDeclaration, cell: Cell): unknown {
  switch (declaration.kind) {
    case "value":
      return new ValueHandle(cell, declaration.initial);
    case "list":
      return new ListHandle(cell);
    case "map":
      return new MapHandle(cell);
    case "reducing":
      return new ReducingHandle(cell, declaration.reduce);
    case "aggregating":
      return new AggregatingHandle(cell, declaration.aggregate);
  }
}

class ValueHandle implements ValueState<unknown> {
  readonly #cell: Cell;
  readonly #initial: () => unknown;

  constructor(cell: Cell, initial: () => unknown) {
    this.#cell = cell;
    this.#initial = initial;
  }

  get(): unknown {
    const value = this.#cell.get();
    return value === undefined ? this.#initial() : value;
  }

  /** Null is what is not there: it can be set where that is the initial value, too. */
  set(value: unknown): void {
    if (value !== null && value !== undefined) this.#cell.set(value);
    else if ((this.#initial() ?? null) === null) this.#cell.clear();
    else throw new TypeError("a value state whose initial value is not null cannot be set to null; clear() it");
  }

  update(change: (value: unknown) => unknown): unknown {
    const value = change(this.get());
    this.set(value);
    return value;
  }

  clear(): void {
    this.#cell.clear();
  }
}

class ListHandle implements ListState<unknown> {
  readonly #cell: Cell;

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  get(): readonly unknown[] {
    return (this.#cell.get() as unknown[] | undefined) ?? [];
  }

  add(...values: readonly unknown[]): void {
    if (values.length === 0) return;
    const list = (this.#cell.get() as unknown[] | undefined) ?? [];
    for (const value of values) list.push(value);
    this.#cell.set(list);
  }

  set(values: readonly unknown[]): void {
    if (values.length === 0) this.#cell.clear();
    else this.#cell.set([...values]);
  }

  clear(): void {
    this.#cell.clear();
  }

  get size(): number {
    return this.get().length;
  }
}

const EMPTY_MAP: ReadonlyMap<MapKey, unknown> = new Map();

class MapHandle implements MapState<MapKey, unknown> {
  readonly #cell: Cell;

  constructor(cell: Cell) {
    this.#cell = cell;
  }

  get #map(): ReadonlyMap<MapKey, unknown> {
    return (this.#cell.get() as ReadonlyMap<MapKey, unknown> | undefined) ?? EMPTY_MAP;
  }

  get(key: MapKey): unknown {
    return this.#map.get(key);
  }

  has(key: MapKey): boolean {
    return this.#map.has(key);
  }

  set(key: MapKey, value: unknown): void {
    const map = (this.#cell.get() as Map<MapKey, unknown> | undefined) ?? new Map<MapKey, unknown>();
    map.set(key, value);
    this.#cell.set(map);
  }

  delete(key: MapKey): boolean {
    const map = this.#cell.get() as Map<MapKey, unknown> | undefined;
    if (map === undefined || !map.delete(key)) return false;
    if (map.size === 0) this.#cell.clear();
    else this.#cell.set(map);
    return true;
  }

  keys(): IterableIterator<MapKey> {
    return this.#map.keys();
  }

  values(): IterableIterator<unknown> {
    return this.#map.values();
  }

  entries(): IterableIterator<[MapKey, unknown]> {
    return this.#map.entries();
  }

  clear(): void {
    this.#cell.clear();
  }

  get size(): number {
    return this.#map.size;
  }
}

class ReducingHandle implements ReducingState<unknown> {
  readonly #cell: Cell;
  readonly #reduce: (a: unknown, b: unknown) => unknown;

  constructor(cell: Cell, reduce: (a: unknown, b: unknown) => unknown) {
    this.#cell = cell;
    this.#reduce = reduce;
  }

  get(): unknown {
    return this.#cell.get();
  }

  add(value: unknown): void {
    const before = this.#cell.get();
    this.#cell.set(before === undefined ? value : this.#reduce(before, value));
  }

  clear(): void {
    this.#cell.clear();
  }
}

class AggregatingHandle implements AggregatingState<unknown, unknown> {
  readonly #cell: Cell;
  readonly #aggregate: RecordAggregate<unknown, unknown, unknown>;

  constructor(cell: Cell, aggregate: RecordAggregate<unknown, unknown, unknown>) {
    this.#cell = cell;
    this.#aggregate = aggregate;
  }

  get(): unknown {
    const accumulator = this.#cell.get();
    return this.#aggregate.result(accumulator === undefined ? this.#aggregate.create() : accumulator);
  }

  add(value: unknown): void {
    const before = this.#cell.get();
    this.#cell.set(this.#aggregate.add(before === undefined ? this.#aggregate.create() : before, value, Number.NaN));
  }

  clear(): void {
    this.#cell.clear();
  }
}
