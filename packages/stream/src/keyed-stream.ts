/** Records grouped by a key. */

import { createAggregateRecords } from "@millrace/core";
import { BroadcastConnectedKeyedStreams, BroadcastStream } from "./broadcast-stream.ts";
import { ConnectedKeyedStreams } from "./connected-streams.ts";
import { type DeduplicateOptions, firstOfKey, latest } from "./deduplicate.ts";
import type { Duration } from "./duration.ts";
import { failurePolicy } from "./error-policy.ts";
import type { JoinKind } from "./join-kind.ts";
import { operatorNode } from "./operator-node.ts";
import { Pattern, type PatternStart } from "./pattern.ts";
import { PatternStream } from "./pattern-stream.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { KeyedProcessFunction, SideOutputs } from "./process-function.ts";
import { processNode } from "./process-node.ts";
import { type DeclaredStates, value } from "./state.ts";
import type { OperatorOptions, Stream } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";
import { type AsOfJoinOptions, asOfJoin, type IntervalJoinOptions, intervalJoin, type TimeJoin } from "./time-join.ts";
import { type AggregateSpec, fillResults, namedAggregates, type ResultRecord } from "./window/aggregate-results.ts";
import { session, type WindowAssigner } from "./window/window-assigner.ts";
import { CoGroup, WindowJoin } from "./window-join.ts";
import { WindowedStream, type WindowOptions } from "./windowed-stream.ts";

export class KeyedStream<T, K> {
  readonly node: StreamNode;
  /** Typed as a method, so that a stream of a subtype is a stream of the type. */
  readonly keyOf: { call(record: T): K }["call"];
  readonly #context: PipelineContext;

  constructor(context: PipelineContext, node: StreamNode, keyOf: (record: T) => K) {
    this.#context = context;
    this.node = node;
    this.keyOf = keyOf;
  }

  /**
   * A function with state and timers by key.
   *
   * @example
   * const counts = await pipeline("counts")
   *   .from(["a", "b", "a"])
   *   .keyBy((word) => word)
   *   .process({
   *     state: { count: value(0) },
   *     onRecord: (word, { state }) => [`${word} ${state.count.update((n) => n + 1)}`],
   *   })
   *   .toArray();
   * counts // ["a 1", "b 1", "a 2"]
   */
  process<
    S extends DeclaredStates = Record<never, never>,
    E = never,
    P extends SideOutputs = Record<never, never>,
    A = never,
    B = never,
  >(process: KeyedProcessFunction<T, K, S, E, P, A, B>): Stream<A | B | E, P, T> {
    return this.#process("process", process);
  }

  /** Beside a broadcast stream, or another one with keys that mean the same. */
  connect<U, B extends DeclaredStates>(broadcast: BroadcastStream<U, B>): BroadcastConnectedKeyedStreams<T, U, K, B>;
  connect<U>(other: KeyedStream<U, K>): ConnectedKeyedStreams<T, U, K>;
  connect<U, B extends DeclaredStates>(other: KeyedStream<U, K> | BroadcastStream<U, B>): unknown {
    return other instanceof BroadcastStream
      ? new BroadcastConnectedKeyedStreams(this.#context, this, other)
      : new ConnectedKeyedStreams(this.#context, this, other);
  }

  /** The pairs of records with one key in one window: `.window(tumbling("5m")).apply((left, right) => ...)`. */
  join<U, J extends JoinKind = "inner">(other: KeyedStream<U, K>, kind?: J): WindowJoin<T, U, K, J> {
    return new WindowJoin<T, U, K, J>(this.#context, [this, other], kind ?? ("inner" as J));
  }

  /** The records of both streams with one key in one window: `.window(tumbling("5m")).apply((lefts, rights) => [...])`. */
  coGroup<U>(other: KeyedStream<U, K>): CoGroup<T, U, K> {
    return new CoGroup<T, U, K>(this.#context, [this, other]);
  }

  /**
   * The pairs of records with one key whose event times lie close: `b.intervalJoin(a, { from: "-5m", to: "0s" })` joins each record of `b`
   * with those of `a` that are up to five minutes earlier. State is freed when event time tells that no partner can come.
   */
  intervalJoin<U, J extends JoinKind = "inner">(
    other: KeyedStream<U, K>,
    options: IntervalJoinOptions<J>,
  ): TimeJoin<T, U, J> {
    return intervalJoin(this.#context, [this, other], options);
  }

  /** Each record with the latest one of the other stream at its event time, once event time has come so far. */
  asOfJoin<U, J extends "inner" | "left" = "left">(
    other: KeyedStream<U, K>,
    options: AsOfJoinOptions<J> = {},
  ): TimeJoin<T, U, J> {
    return asOfJoin(this.#context, [this, other], options);
  }

  /**
   * The matches of a pattern in the records of each key, in the order of event time: `.select((match) => ...)`. The pattern is one, or made
   * by a function: `matches((pattern) => pattern.begin("low").where((n) => n < 3).next("high"))`.
   */
  matches<E extends T, S extends string, N extends object>(
    pattern: Pattern<T, E, S, N> | ((start: PatternStart<T>) => Pattern<T, E, S, N>),
  ): PatternStream<T, K, N> {
    const given = typeof pattern === "function" ? pattern(Pattern.of<T>()) : pattern;
    return new PatternStream<T, K, N>(this.#context, this, given.compiled());
  }

  /** The records so far of each key, reduced to one: emitted for each record. */
  reduce(reduce: (a: T, b: T) => T): Stream<T> {
    return this.#process("reduce", {
      state: { reduced: value<T | null>(null) },
      onRecord(record, { state }) {
        const before = state.reduced.get();
        const after = before === null ? record : reduce(before, record);
        state.reduced.set(after);
        return [after];
      },
    });
  }

  /** Running aggregates: for each record the results of its key so far. Otherwise as of windows. */
  aggregate<A extends AggregateSpec<T>>(
    spec: A | AggregateSpec<T>,
    { onError }: OperatorOptions = {},
  ): Stream<ResultRecord<{ readonly key: K }, A>, Record<never, never>, T> {
    const { names, aggregates } = namedAggregates(spec, ["key"]);
    const failures = failurePolicy(onError, 1);
    const keyOf = this.keyOf as (record: unknown) => unknown;
    const resultOf = (key: unknown, results: readonly unknown[]) => fillResults({ key }, names, results);
    const running = { kind: "aggregate-records", keyOf, aggregates, resultOf, ...failures } as const;
    const node = operatorNode("aggregate", [this.node], (context) => createAggregateRecords(running, context));
    return this.#context.stream({ node, deadLetters: failures.deadLetters });
  }

  /** The first record of each key. A key is remembered for ever, or for `ttl` (processing time). */
  distinct({ ttl }: { readonly ttl?: Duration } = {}): Stream<T> {
    return this.#process("distinct", firstOfKey<T, K>(ttl));
  }

  /** One record of each key: the first, or the last when no other has come for a while. */
  deduplicate(options: DeduplicateOptions = {}): Stream<T> {
    if (options.keep !== "last") return this.#process("deduplicate", firstOfKey<T, K>(options.ttl));
    return this.window(session(options.ttl)).aggregate({ last: latest<T>() }, ({ last }) => [last]);
  }

  /** Puts the records of each key into windows: `tumbling`, `sliding`, `session`, `countWindow`, `slidingCount`, `globalWindow`. */
  window<B extends boolean, S = null>(
    assigner: WindowAssigner<T, B>,
    options: WindowOptions<T, S> = {},
  ): WindowedStream<T, K, B, true> {
    const erased = options as WindowOptions<T, unknown>;
    return new WindowedStream<T, K, B, true>(this.#context, this.node, this.keyOf, assigner, erased);
  }

  #process<S extends DeclaredStates, E, P extends SideOutputs, A, B>(
    name: string,
    process: KeyedProcessFunction<T, K, S, E, P, A, B>,
  ): Stream<A | B | E, P, T> {
    const inputs = [{ node: this.node, keyOf: this.keyOf, call: process.onRecord.bind(process) }];
    const outputs = processNode(name, inputs, process, process.onTimer?.bind(process), null);
    return this.#context.stream<A | B | E, P, T>(outputs);
  }
}
