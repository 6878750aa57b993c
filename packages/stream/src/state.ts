/** The state a process function declares. */
import type {
  AggregatingState,
  ListState,
  MapKey,
  MapState,
  RecordAggregate,
  ReducingState,
  StateDeclaration,
  ValueState,
} from "@millrace/core";
import { type Duration, durationMs } from "./duration.ts";

declare const handle: unique symbol;

/** A state as declared; `H` is what the function gets for it. */
export interface DeclaredState<H> {
  readonly declaration: StateDeclaration;
  readonly [handle]?: H;
}

export type DeclaredStates = { readonly [name: string]: DeclaredState<unknown> };

/** The handles of declared states, by name. */
export type StateHandles<S extends DeclaredStates> = {
  readonly [N in keyof S]: S[N] extends DeclaredState<infer H> ? H : never;
};

export interface StateOptions {
  /** How long an entry lives after it was last written, in processing time; for ever if absent. */
  readonly ttl?: Duration;
  /** What makes an entry live on: writing it, or reading it too. Default: `write`. */
  readonly refresh?: "write" | "read-write";
}

/**
 * One value per key. `initial` is what a key has before its value is set; give a function for a value that could be changed in place.
 *
 * @example
 * value(0).declaration.kind // "value"
 */
export function value<T>(initial: T | (() => T), options: StateOptions = {}): DeclaredState<ValueState<T>> {
  const make = typeof initial === "function" ? (initial as () => T) : () => initial;
  return { declaration: { kind: "value", initial: make, ttl: ttlOf(options) } };
}

/**
 * A list per key.
 *
 * @example
 * list<number>({ ttl: "1h" }).declaration.ttl // { ttlMs: 3600000, refresh: "write" }
 */
export function list<T>(options: StateOptions = {}): DeclaredState<ListState<T>> {
  return { declaration: { kind: "list", ttl: ttlOf(options) } };
}

/** A map per key. Its time to live is that of the map as a whole. */
export function map<K extends MapKey, V>(options: StateOptions = {}): DeclaredState<MapState<K, V>> {
  return { declaration: { kind: "map", ttl: ttlOf(options) } };
}

/** One value per key: all that are added, reduced to one. */
export function reducing<T>(reduce: (a: T, b: T) => T, options: StateOptions = {}): DeclaredState<ReducingState<T>> {
  return {
    declaration: { kind: "reducing", reduce: reduce as (a: unknown, b: unknown) => unknown, ttl: ttlOf(options) },
  };
}

/** The result of an aggregate over all that are added. */
export function aggregating<T, A, R>(
  aggregate: RecordAggregate<T, A, R>,
  options: StateOptions = {},
): DeclaredState<AggregatingState<T, R>> {
  const erased = aggregate as unknown as RecordAggregate<unknown, unknown, unknown>;
  return { declaration: { kind: "aggregating", aggregate: erased, ttl: ttlOf(options) } };
}

/** The declarations as operators take them. */
export function declarationsOf(states: DeclaredStates = {}): { readonly [name: string]: StateDeclaration } {
  return Object.fromEntries(Object.entries(states).map(([name, { declaration }]) => [name, declaration]));
}

function ttlOf({ ttl, refresh = "write" }: StateOptions): StateDeclaration["ttl"] {
  return ttl === undefined ? null : { ttlMs: durationMs(ttl, "ttl", 1), refresh };
}
