/** The state that a process function declares, by key. */
import type { RecordAggregate } from "./record-aggregate.ts";

/** How long an entry lives after it was written (or read, too), in processing time. */
export interface StateTtlSpec {
  readonly ttlMs: number;
  /** What makes it live on. */
  readonly refresh: "write" | "read-write";
}

export type StateDeclaration =
  | { readonly kind: "value"; readonly initial: () => unknown; readonly ttl: StateTtlSpec | null }
  | { readonly kind: "list"; readonly ttl: StateTtlSpec | null }
  | { readonly kind: "map"; readonly ttl: StateTtlSpec | null }
  | {
      readonly kind: "reducing";
      readonly reduce: (a: unknown, b: unknown) => unknown;
      readonly ttl: StateTtlSpec | null;
    }
  | {
      readonly kind: "aggregating";
      readonly aggregate: RecordAggregate<unknown, unknown, unknown>;
      readonly ttl: StateTtlSpec | null;
    };

/** One value per key. */
export interface ValueState<T> {
  /** What was set last, or the initial value. To change it, `set` what it is to be: a change of the object alone may be lost. */
  get(): T;
  set(value: T): void;
  /** As `set(change(get()))`; gives what was set. */
  update(change: (value: T) => T): T;
  /** As if it had never been set. */
  clear(): void;
}

/** A list per key. */
export interface ListState<T> {
  get(): readonly T[];
  add(...values: readonly T[]): void;
  set(values: readonly T[]): void;
  clear(): void;
  readonly size: number;
}

/** Keys that are compared by value as JavaScript does it. */
export type MapKey = string | number | boolean | bigint;

/** A map per key. */
export interface MapState<K extends MapKey, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
  delete(key: K): boolean;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  entries(): IterableIterator<[K, V]>;
  clear(): void;
  readonly size: number;
}

/** One value per key, made of all that were added. */
export interface ReducingState<T> {
  /** Undefined if nothing was added. */
  get(): T | undefined;
  add(value: T): void;
  clear(): void;
}

/** The result of an aggregate over all that were added. */
export interface AggregatingState<T, R> {
  get(): R;
  add(value: T): void;
  clear(): void;
}
