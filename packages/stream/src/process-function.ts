/** Process functions: code of the program with state, timers and side outputs. */
import type { TimeDomain } from "@millrace/core";
import type { OnError } from "./error-policy.ts";
import type { DeclaredStates, StateHandles } from "./state.ts";
import type { Marked, TypeMarker } from "./type-marker.ts";

/** Side outputs as declared: the type of the records of each. */
export type SideOutputs = { readonly [name: string]: TypeMarker<unknown> };

/** What a process function has at hand. One object for all calls: nothing of it is to be kept. */
export interface Context<K, S extends DeclaredStates, E, O extends SideOutputs> {
  /** The key of the record or timer. */
  readonly key: K;
  /** Event time of the record or event-time timer, ms; undefined if it has none. */
  readonly timestamp: number | undefined;
  /** Event time at this operator, ms: no record with an earlier one is expected. */
  readonly watermark: number;
  /** Processing time, ms. */
  now(): number;
  /** The declared state of the key. */
  readonly state: StateHandles<S>;
  /** Emits a record, of the type that `emits` says. What the function returns is emitted, too. */
  emit(record: E): void;
  /** Emits a record with an event time of its own, ms. */
  emitAt(record: E, timestamp: number): void;
  /** Emits to a declared side output. */
  output<N extends keyof O & string>(name: N, record: Marked<O[N]>): void;
}

/** As `Context`, where records have keys. */
export interface KeyedContext<K, S extends DeclaredStates, E, O extends SideOutputs> extends Context<K, S, E, O> {
  /** Has `onTimer` called for the key when event time (or processing time) reaches `at`, ms. Setting it twice is setting it once. */
  setTimer(at: number, domain?: TimeDomain): void;
  /** Takes a timer back; whether there was one. */
  clearTimer(at: number, domain?: TimeDomain): boolean;
}

export interface TimerContext<K, S extends DeclaredStates, E, O extends SideOutputs> extends KeyedContext<K, S, E, O> {
  /** Which time the timer was set in. */
  readonly timeDomain: TimeDomain;
}

/** Over records without keys: neither state nor timers. */
export interface ProcessFunction<T, E, O extends SideOutputs, A> {
  /** The type of records given to `context.emit`. */
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  readonly onError?: OnError;
  /** Called for each record. What it returns (an array, or whatever a generator yields) is emitted. */
  onRecord(record: T, context: Context<null, Record<never, never>, E, O>): Iterable<A> | void;
  /** Called once, when all input has ended. */
  onEnd?(context: Context<null, Record<never, never>, E, O>): Iterable<A> | void;
}

/** Over keyed records. Write `state` first, so that the compiler knows it where it looks at the functions. */
export interface KeyedProcessFunction<T, K, S extends DeclaredStates, E, O extends SideOutputs, A, B> {
  readonly state?: S;
  /** The type of records given to `context.emit`. */
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  readonly onError?: OnError;
  /** Called for each record. What it returns (an array, or whatever a generator yields) is emitted. */
  onRecord(record: T, context: KeyedContext<K, S, E, O>): Iterable<A> | void;
  /** Called when a timer is due, for its key. */
  onTimer?(at: number, context: TimerContext<K, S, E, O>): Iterable<B> | void;
}

/** Two inputs, whose records share keys, state and timers. */
export interface CoProcessFunction<T, U, K, S extends DeclaredStates, E, O extends SideOutputs, A, B, C> {
  readonly state?: S;
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  readonly onError?: OnError;
  /** For records of the stream that `connect` was called on. */
  onFirst(record: T, context: KeyedContext<K, S, E, O>): Iterable<A> | void;
  /** For records of the other one. */
  onSecond(record: U, context: KeyedContext<K, S, E, O>): Iterable<B> | void;
  onTimer?(at: number, context: TimerContext<K, S, E, O>): Iterable<C> | void;
}
