/** Records in windows. */
import { type AnyAggregate, MillraceError, type RecordAggregate, type WindowEvictor } from "@millrace/core";
import type { Duration } from "./duration.ts";
import type { OnError } from "./error-policy.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { SideOutputs } from "./process-function.ts";
import type { DeclaredStates } from "./state.ts";
import type { Stream } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";
import type { TypeMarker } from "./type-marker.ts";
import {
  type AggregateResults,
  type AggregateSpec,
  fillResults,
  namedAggregates,
  type ResultRecord,
} from "./window/aggregate-results.ts";
import type { WindowAssigner } from "./window/window-assigner.ts";
import type { PlainWindowFunction, WindowFunction } from "./window/window-function.ts";
import { type WindowCall, windowNode } from "./window/window-node.ts";
import type { Trigger } from "./window/window-trigger.ts";

export interface WindowOptions<T, S> {
  /**
   * How long after its end a window in event time is kept, so that late records still count: it fires again for each. Later ones are dropped
   * and counted, or go to `.lateRecords()`. Default: 0.
   */
  readonly allowedLateness?: Duration;
  /** When windows emit. Default: when time has passed their end, and for each late record; a count window when it is full. */
  readonly trigger?: Trigger<T, S>;
  /** Which records a window keeps when it fires. All of them are kept until then, whatever is aggregated. */
  readonly evictor?: WindowEvictor<T>;
  /** What happens to a record or window that code throws on. Default: the job fails. */
  readonly onError?: OnError;
}

/** In front of results: the key, and the bounds, where windows have them. */
type Head<K, B extends boolean, X extends boolean> = (X extends true ? { readonly key: K } : unknown) &
  (B extends true ? { readonly windowStart: number; readonly windowEnd: number } : unknown);

/** A stream of results, beside which there are late records. */
type WindowResults<R, T, O extends SideOutputs = Record<never, never>> = Stream<
  R,
  O & { readonly lateRecords: TypeMarker<T> },
  T
>;

/** `B`: windows have bounds; `X`: records have keys, of type `K`, which is null if not. */
export class WindowedStream<T, K, B extends boolean, X extends boolean> {
  readonly #context: PipelineContext;
  readonly #node: StreamNode;
  readonly #keyOf: ((record: T) => K) | null;
  readonly #assigner: WindowAssigner<T, B>;
  readonly #options: WindowOptions<T, unknown>;

  constructor(
    context: PipelineContext,
    node: StreamNode,
    keyOf: ((record: T) => K) | null,
    assigner: WindowAssigner<T, B>,
    options: WindowOptions<T, unknown>,
  ) {
    this.#context = context;
    this.#node = node;
    this.#keyOf = keyOf;
    this.#assigner = assigner;
    this.#options = options;
  }

  /**
   * Aggregates the records of each window as they come: several aggregates by the names of their results, or one, whose result is called
   * `value`. The event time of a result is the last ms of its window; where windows have no bounds, that of the record that fired it.
   *
   * @example
   * const orders = [
   *   { at: 1000, shop: "a", amount: 5 },
   *   { at: 2000, shop: "a", amount: 7 },
   * ];
   * const turnover = await pipeline("turnover")
   *   .from(orders, { watermark: { field: "at" } })
   *   .keyBy((order) => order.shop)
   *   .window(tumbling("1m"))
   *   .aggregate({ orders: count(), revenue: sum((order) => order.amount) })
   *   .toArray();
   * turnover // [{ key: "a", windowStart: 0, windowEnd: 60000, orders: 2, revenue: 12 }]
   */
  aggregate<A extends AggregateSpec<T>>(spec: A | AggregateSpec<T>): WindowResults<ResultRecord<Head<K, B, X>, A>, T>;
  /** And calls a function with the results of each window that fires: an object of them, or the one result. */
  aggregate<
    A extends AggregateSpec<T>,
    R = never,
    S extends DeclaredStates = Record<never, never>,
    W extends DeclaredStates = Record<never, never>,
    E = never,
    O extends SideOutputs = Record<never, never>,
  >(
    spec: A | AggregateSpec<T>,
    process: WindowFunction<AggregateResults<A>, K, S, W, E, O, R> | PlainWindowFunction<AggregateResults<A>, K, R>,
  ): WindowResults<R | E, T, O>;
  aggregate(spec: AggregateSpec<T>, process?: unknown): unknown {
    const head = [
      ...(this.#keyOf === null ? [] : ["key"]),
      ...(this.#assigner.hasBounds ? ["windowStart", "windowEnd"] : []),
    ];
    const { names, aggregates } = namedAggregates(spec, process === undefined ? head : []);
    if (process === undefined) return this.#stream("aggregate", aggregates, { onWindow: this.#resultMaker(names) });
    const call = callOf(process);
    return this.#stream("aggregate", aggregates, {
      ...call,
      onWindow: (results, context) =>
        call.onWindow(names === null ? results[0] : fillResults({}, names, results), context),
    });
  }

  /** The records of each window, reduced to one as they come. */
  reduce(reduce: (a: T, b: T) => T): WindowResults<T, T>;
  /** And calls a function with what each window that fires was reduced to. */
  reduce<
    R = never,
    S extends DeclaredStates = Record<never, never>,
    W extends DeclaredStates = Record<never, never>,
    E = never,
    O extends SideOutputs = Record<never, never>,
  >(
    reduce: (a: T, b: T) => T,
    process: WindowFunction<T, K, S, W, E, O, R> | PlainWindowFunction<T, K, R>,
  ): WindowResults<R | E, T, O>;
  reduce(reduce: (a: T, b: T) => T, process?: unknown): unknown {
    const aggregates = [reducer(reduce) as AnyAggregate];
    if (process === undefined) return this.#stream("reduce", aggregates, { onWindow: (results) => results });
    const call = callOf(process);
    return this.#stream("reduce", aggregates, {
      ...call,
      onWindow: ([reduced], context) => call.onWindow(reduced, context),
    });
  }

  /** Calls a function with all records of each window that fires, in the order in which they came. They are kept until then. */
  process<
    R = never,
    S extends DeclaredStates = Record<never, never>,
    W extends DeclaredStates = Record<never, never>,
    E = never,
    O extends SideOutputs = Record<never, never>,
  >(
    process: WindowFunction<readonly T[], K, S, W, E, O, R> | PlainWindowFunction<readonly T[], K, R>,
  ): WindowResults<R | E, T, O> {
    const call = callOf(process);
    return this.#stream("process", null, call);
  }

  #resultMaker(names: readonly string[] | null): WindowCall["onWindow"] {
    const isKeyed = this.#keyOf !== null;
    if (!this.#assigner.hasBounds) return (results, { key }) => [fillResults(isKeyed ? { key } : {}, names, results)];
    if (!isKeyed)
      return (results, { window: { start, end } }) => [
        fillResults({ windowStart: start, windowEnd: end }, names, results),
      ];
    return (results, { key, window: { start, end } }) => [
      fillResults({ key, windowStart: start, windowEnd: end }, names, results),
    ];
  }

  #stream<R, O extends SideOutputs>(
    name: string,
    aggregates: readonly AnyAggregate[] | null,
    call: WindowCall,
  ): WindowResults<R, T, O> {
    const built = windowNode({
      name,
      input: this.#node,
      keyOf: this.#keyOf as ((record: unknown) => unknown) | null,
      assigner: this.#assigner as WindowAssigner<unknown, boolean>,
      options: this.#options as WindowOptions<unknown, unknown>,
      aggregates,
      call,
    });
    return this.#context.stream<R, O & { readonly lateRecords: TypeMarker<T> }, T>(built);
  }
}

/** The one form of both that `process` takes. */
function callOf(process: unknown): WindowCall<unknown> {
  if (typeof process === "function") return { onWindow: process as WindowCall<unknown>["onWindow"] };
  const call = process as WindowCall<unknown>;
  if (typeof call?.onWindow === "function") return { ...call, onWindow: call.onWindow.bind(call) };
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: "expected a function, or an object with onWindow, to be called with windows",
  });
}

function reducer<T>(reduce: (a: T, b: T) => T): RecordAggregate<T, T | null, T> {
  return {
    create: () => null,
    add: (held, record) => (held === null ? record : reduce(held, record)),
    result: (held) => held as T,
    merge: (a, b) => (a === null ? b : b === null ? a : reduce(a, b)),
  };
}
