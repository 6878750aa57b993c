/** Code that is called with a window. */
import type { SideOutputs } from "../process-function.ts";
import type { DeclaredStates, StateHandles } from "../state.ts";
import type { Marked, TypeMarker } from "../type-marker.ts";

/** What it has at hand. One object for all calls: nothing of it is to be kept. */
export interface WindowFunctionContext<
  K,
  S extends DeclaredStates,
  W extends DeclaredStates,
  E,
  O extends SideOutputs,
> {
  /** The key of the window; null where records have none. */
  readonly key: K;
  /** [start, end), ms; from -Infinity to Infinity where the window has no bounds. */
  readonly window: { readonly start: number; readonly end: number };
  /** Event time at this operator, ms. */
  readonly watermark: number;
  /** Processing time, ms. */
  now(): number;
  /** The declared state of the key, over all its windows. */
  readonly state: StateHandles<S>;
  /** The declared state of the key and window, from firing to firing; gone with the window. */
  readonly windowState: StateHandles<W>;
  /** Emits a record, of the type that `emits` says. What the function returns is emitted, too. */
  emit(record: E): void;
  /** Emits to a declared side output. */
  output<N extends keyof O & string>(name: N, record: Marked<O[N]>): void;
}

/** `C` is what it is called with: the records of the window, or the results of its aggregates. */
export interface WindowFunction<C, K, S extends DeclaredStates, W extends DeclaredStates, E, O extends SideOutputs, A> {
  readonly state?: S;
  readonly windowState?: W;
  /** The type of records given to `context.emit`. */
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  /** Called each time a window fires. What it returns (an array, or whatever a generator yields) is emitted. */
  onWindow(contents: C, context: WindowFunctionContext<K, S, W, E, O>): Iterable<A> | void;
}

/** The same in one function, without state and outputs. */
export type PlainWindowFunction<C, K, A> = (
  contents: C,
  context: WindowFunctionContext<K, Record<never, never>, Record<never, never>, never, Record<never, never>>,
) => Iterable<A> | void;
