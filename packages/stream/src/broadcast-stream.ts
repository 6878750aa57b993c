/** Records that every instance gets, and the state that is made of them. */
import type { MapKey, MapState } from "@millrace/core";
import type { OnError } from "./error-policy.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { Context, KeyedContext, SideOutputs, TimerContext } from "./process-function.ts";
import { processNode } from "./process-node.ts";
import type { DeclaredState, DeclaredStates, StateHandles } from "./state.ts";
import type { Stream } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";
import type { TypeMarker } from "./type-marker.ts";

declare const typed: unique symbol;

/** Maps as declared by `map`, by name. */
export type BroadcastStates = { readonly [name: string]: DeclaredState<Pick<MapState<MapKey, unknown>, "entries">> };

/** A map that is only read. */
export type ReadonlyMapState<K extends MapKey, V> = Omit<MapState<K, V>, "set" | "delete" | "clear">;

type ReadonlyHandle<D> = D extends DeclaredState<MapState<infer K, infer V>> ? ReadonlyMapState<K, V> : never;

/** The broadcast state as records that are not broadcast see it. */
export type ReadonlyStates<B> = { readonly [N in keyof B]: ReadonlyHandle<B[N]> };

interface Reads<B> {
  /** The broadcast state: the same for all keys and on each instance. */
  readonly broadcast: ReadonlyStates<B>;
}

interface Writes<K, B extends DeclaredStates, S extends DeclaredStates> {
  /** The broadcast state, which may be changed here. What it becomes must follow from it and the record alone. */
  readonly broadcast: StateHandles<B>;
  /** Visits the state of each key that has any. */
  forEachKey(visit: (key: K, state: StateHandles<S>) => void): void;
}

type BroadcastContext<K, B extends DeclaredStates, S extends DeclaredStates, E, O extends SideOutputs> = Omit<
  Context<null, Record<never, never>, E, O>,
  "state" | "key"
> &
  Writes<K, B, S>;

/** Over records without keys beside broadcast ones. */
export interface BroadcastProcessFunction<T, U, B extends DeclaredStates, E, O extends SideOutputs, A, C> {
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  readonly onError?: OnError;
  onRecord(record: T, context: Context<null, Record<never, never>, E, O> & Reads<B>): Iterable<A> | void;
  /** For the records of the broadcast stream. */
  onBroadcast(
    record: U,
    context: Omit<BroadcastContext<null, B, Record<never, never>, E, O>, "forEachKey">,
  ): Iterable<C> | void;
}

/** Over keyed records beside broadcast ones. Write `state` first, so that the compiler knows it where it looks at the functions. */
export interface KeyedBroadcastProcessFunction<
  T,
  U,
  K,
  B extends DeclaredStates,
  S extends DeclaredStates,
  E,
  O extends SideOutputs,
  A,
  C,
  D,
> {
  readonly state?: S;
  readonly emits?: TypeMarker<E>;
  readonly outputs?: O;
  readonly onError?: OnError;
  onRecord(record: T, context: KeyedContext<K, S, E, O> & Reads<B>): Iterable<A> | void;
  /** For the records of the broadcast stream. */
  onBroadcast(record: U, context: BroadcastContext<K, B, S, E, O>): Iterable<C> | void;
  onTimer?(at: number, context: TimerContext<K, S, E, O> & Reads<B>): Iterable<D> | void;
}

/** Made by `Stream.broadcast`; `connect` takes it. */
export class BroadcastStream<U, B extends DeclaredStates> {
  readonly node: StreamNode;
  readonly states: readonly string[];
  /** For the compiler alone. */
  declare readonly [typed]?: { readonly record: U; readonly states: B };

  constructor(node: StreamNode, states: readonly string[]) {
    this.node = node;
    this.states = states;
  }
}

export class BroadcastConnectedStreams<T, U, B extends DeclaredStates> {
  readonly #context: PipelineContext;
  readonly #node: StreamNode;
  readonly #broadcast: BroadcastStream<U, B>;

  constructor(context: PipelineContext, node: StreamNode, broadcast: BroadcastStream<U, B>) {
    this.#context = context;
    this.#node = node;
    this.#broadcast = broadcast;
  }

  /** A function that looks at each record with the broadcast state at hand. */
  process<E = never, P extends SideOutputs = Record<never, never>, A = never, C = never>(
    process: BroadcastProcessFunction<T, U, B, E, P, A, C>,
  ): Stream<A | C | E, P, T | U> {
    return broadcastProcess(this.#context, { node: this.#node, keyOf: null }, this.#broadcast, process, undefined);
  }
}

export class BroadcastConnectedKeyedStreams<T, U, K, B extends DeclaredStates> {
  readonly #context: PipelineContext;
  readonly #input: { readonly node: StreamNode; readonly keyOf: (record: T) => K };
  readonly #broadcast: BroadcastStream<U, B>;

  constructor(
    context: PipelineContext,
    input: { readonly node: StreamNode; readonly keyOf: (record: T) => K },
    broadcast: BroadcastStream<U, B>,
  ) {
    this.#context = context;
    this.#input = input;
    this.#broadcast = broadcast;
  }

  /** A function with state and timers by key, which looks at each record with the broadcast state at hand. */
  process<
    S extends DeclaredStates = Record<never, never>,
    E = never,
    P extends SideOutputs = Record<never, never>,
    A = never,
    C = never,
    D = never,
  >(process: KeyedBroadcastProcessFunction<T, U, K, B, S, E, P, A, C, D>): Stream<A | C | D | E, P, T | U> {
    const onTimer = process.onTimer?.bind(process);
    return broadcastProcess(this.#context, this.#input, this.#broadcast, process, onTimer);
  }
}

/** What both forms of the function share. */
interface AnyBroadcastProcess {
  readonly state?: DeclaredStates;
  readonly outputs?: SideOutputs;
  readonly onError?: OnError;
  onRecord(record: never, context: never): unknown;
  onBroadcast(record: never, context: never): unknown;
}

function broadcastProcess<R, P extends SideOutputs, D>(
  context: PipelineContext,
  input: { readonly node: StreamNode; readonly keyOf: ((record: never) => unknown) | null },
  broadcast: { readonly node: StreamNode; readonly states: readonly string[] },
  process: AnyBroadcastProcess,
  onTimer: unknown,
): Stream<R, P, D> {
  const inputs = [
    { node: input.node, keyOf: input.keyOf, call: process.onRecord.bind(process) },
    { node: broadcast.node, keyOf: null, call: process.onBroadcast.bind(process), isBroadcast: true },
  ];
  return context.stream<R, P, D>(processNode("broadcast-process", inputs, process, onTimer, null, broadcast.states));
}
