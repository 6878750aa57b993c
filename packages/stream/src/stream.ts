/** A stream of records. */
import {
  createFilterRecords,
  createFlatMapRecords,
  createMapRecords,
  createUnion,
  type DeadLetter,
  MillraceError,
} from "@millrace/core";
import type { AsyncOptions } from "./async/async-options.ts";
import { type AsyncCall, callQuestion, type LateCall } from "./async/call-question.ts";
import { mapAsyncNode } from "./async/map-async.ts";
import { BroadcastConnectedStreams, type BroadcastStates, BroadcastStream } from "./broadcast-stream.ts";
import { ConnectedStreams } from "./connected-streams.ts";
import type { Duration } from "./duration.ts";
import { failurePolicy, type OnError } from "./error-policy.ts";
import { iterate } from "./iterate.ts";
import type { RightOf } from "./join-kind.ts";
import { KeyedStream } from "./keyed-stream.ts";
import { type LookupJoinOptions, lookupJoinNode } from "./lookup-join.ts";
import { operatorNode, outputNode } from "./operator-node.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { ProcessFunction, SideOutputs } from "./process-function.ts";
import { processNode } from "./process-node.ts";
import { type SinkLike, sinkNode } from "./sink-node.ts";
import type { DeclaredStates } from "./state.ts";
import type { RecordStream, StreamNode } from "./stream-graph.ts";
import type { Marked, TypeMarker } from "./type-marker.ts";
import { assignTimestamps, type WatermarkStrategy } from "./watermark-strategy.ts";
import type { WindowAssigner } from "./window/window-assigner.ts";
import { WindowedStream, type WindowOptions } from "./windowed-stream.ts";

export interface OperatorOptions {
  /** What happens to a record that the function throws on. Default: the job fails. */
  readonly onError?: OnError;
}

/** What an operator gives. */
export interface OperatorOutputs {
  readonly node: StreamNode;
  /** The numbers of its side outputs, by name. */
  readonly sides?: ReadonlyMap<string, number>;
  /** The number of the output for dead letters; 0: there is none. */
  readonly deadLetters?: number;
  /** Of the side output `lateRecords`: set where it is used. */
  readonly late?: { isTaken: boolean };
}

type LateRecords<O> = O extends { readonly lateRecords: TypeMarker<infer T> } ? T : never;

/** The field names of a record that are to be kept. */
type Projection<T, F extends keyof T> = { readonly [N in F]: T[N] };

export class Stream<T, O extends SideOutputs = Record<never, never>, D = never> implements AsyncIterable<T> {
  /** What the operator, source or sink is to the engine. */
  readonly node: StreamNode;
  readonly #context: PipelineContext;
  readonly #operator: StreamNode;
  readonly #outputs: OperatorOutputs;

  constructor(context: PipelineContext, outputs: OperatorOutputs) {
    this.#context = context;
    this.#outputs = outputs;
    this.#operator = outputs.node;
    const isOnly = (outputs.sides?.size ?? 0) === 0 && (outputs.deadLetters ?? 0) === 0;
    this.node = isOnly ? outputs.node : outputNode(outputs.node, 0);
  }

  /**
   * Names the operator that this stream comes from: in metrics, errors and snapshots. State is found again under that name; without one it is
   * found by the place of the operator in the program.
   */
  id(id: string): this {
    this.#operator.id = id;
    return this;
  }

  /** Each record through a function. */
  map<R>(map: (record: T) => R, options: OperatorOptions = {}): Stream<R, Record<never, never>, T> {
    const spec = { map: map as (record: unknown) => unknown, ...failurePolicy(options.onError, 1) };
    return this.#operatorStream("map", spec.deadLetters, (context) =>
      createMapRecords({ kind: "map-records", ...spec }, context),
    );
  }

  /** The records that a predicate holds for. A type guard narrows their type. */
  filter<R extends T>(keep: (record: T) => record is R, options?: OperatorOptions): Stream<R, Record<never, never>, T>;
  filter(keep: (record: T) => boolean, options?: OperatorOptions): Stream<T, Record<never, never>, T>;
  filter(keep: (record: T) => boolean, options: OperatorOptions = {}): Stream<T, Record<never, never>, T> {
    const spec = { keep: keep as (record: unknown) => unknown, ...failurePolicy(options.onError, 1) };
    return this.#operatorStream("filter", spec.deadLetters, (context) =>
      createFilterRecords({ kind: "filter-records", ...spec }, context),
    );
  }

  /** Each record through a function that gives any number of records: an array, or whatever a generator yields. */
  flatMap<R>(map: (record: T) => Iterable<R>, options: OperatorOptions = {}): Stream<R, Record<never, never>, T> {
    const spec = { map: map as (record: unknown) => Iterable<unknown>, ...failurePolicy(options.onError, 1) };
    return this.#operatorStream("flat-map", spec.deadLetters, (context) =>
      createFlatMapRecords({ kind: "flat-map-records", ...spec }, context),
    );
  }

  /**
   * Each record through a function that waits for something outside: many at a time, also while further records come. Records on
   * their way are part of snapshots: they are asked for again after a restore.
   *
   * `signal` aborts when nobody waits for the answer any more. `onTimeout` gives a record that waited too long its result, or throws.
   *
   * @example
   * const names = await pipeline("names")
   *   .from([1, 2])
   *   .mapAsync(async (id) => `user ${id}`, { capacity: 50, timeout: "5s", retry: { attempts: 3, backoff: "200ms" } })
   *   .toArray();
   * names // ["user 1", "user 2"]
   */
  mapAsync<R>(
    map: (record: T, signal: AbortSignal) => R | PromiseLike<R>,
    options: AsyncOptions & { readonly onTimeout?: (record: T) => R } = {},
  ): Stream<R, Record<never, never>, T> {
    const late = options.onTimeout as LateCall | undefined;
    const question = (tries: AsyncOptions) => callQuestion(map as AsyncCall, late, tries);
    return this.#context.stream<R, Record<never, never>, T>(mapAsyncNode("map-async", this.node, question, options));
  }

  /**
   * Each record with what something outside answers to its key: see `mapAsync`. A key is asked for once at a time, and its answer kept
   * as `cache` says.
   *
   * @example
   * const priced = await pipeline("prices")
   *   .from([{ item: "tea", count: 2 }])
   *   .lookupJoin(
   *     { key: (order) => order.item, lookup: async (item) => ({ item, price: 3 }), cache: { ttl: "10m", maxRows: 1000 } },
   *     (order, found) => order.count * (found?.price ?? 0),
   *   )
   *   .toArray();
   * priced // [6]
   */
  lookupJoin<K, V, R, J extends "inner" | "left" = "left">(
    options: LookupJoinOptions<T, K, V, J>,
    join: (record: T, answer: RightOf<V, J>) => R,
  ): Stream<R, Record<never, never>, T> {
    const call = join as (record: T, answer: V | null) => R;
    return this.#context.stream<R, Record<never, never>, T>(lookupJoinNode<T, K, V>(this.node, options, call));
  }

  /** Some fields of each record. */
  project<F extends keyof T & string>(...fields: readonly F[]): Stream<Projection<T, F>, Record<never, never>, T> {
    return this.map((record) => Object.fromEntries(fields.map((field) => [field, record[field]])) as Projection<T, F>);
  }

  /** Splits in two by a predicate or type guard: what it holds for, and the rest. */
  split<R extends T>(belongs: (record: T) => record is R): readonly [Stream<R>, Stream<Exclude<T, R>>];
  split(belongs: (record: T) => boolean): readonly [Stream<T>, Stream<T>];
  split(belongs: (record: T) => boolean): unknown {
    const both = this.process({
      outputs: { rest: {} },
      onRecord(record, context: { emit(record: T): void; output(name: "rest", record: T): void }) {
        if (belongs(record)) context.emit(record);
        else context.output("rest", record);
      },
    });
    return [both, both.side("rest")];
  }

  /** The records of several streams, each in its order. */
  union<U = T>(...others: readonly RecordStream<U>[]): Stream<T | U> {
    const nodes = [this.node, ...others.map((other) => other.node)];
    return this.#context.stream<T | U>({ node: operatorNode("union", nodes, () => createUnion()) });
  }

  /** Groups records by a key: a string, number, boolean or bigint, or an array or plain object of such, compared by value. */
  keyBy<K>(keyOf: (record: T) => K): KeyedStream<T, K> {
    return new KeyedStream<T, K>(this.#context, this.node, keyOf);
  }

  /** Each record once, or the first of each key. A key is remembered for ever, or for `ttl` (processing time). */
  distinct(keyOf: (record: T) => unknown = (record) => record, options: { readonly ttl?: Duration } = {}): Stream<T> {
    return this.keyBy(keyOf).distinct(options);
  }

  /** Puts all records into windows, as `keyBy(...).window(...)` does those of each key. */
  windowAll<B extends boolean, S = null>(
    assigner: WindowAssigner<T, B>,
    options: WindowOptions<T, S> = {},
  ): WindowedStream<T, null, B, false> {
    const erased = options as WindowOptions<T, unknown>;
    return new WindowedStream<T, null, B, false>(this.#context, this.node, null, assigner, erased);
  }

  /** A function with side outputs, for each record. State and timers need keys: `keyBy` first. */
  process<E = never, P extends SideOutputs = Record<never, never>, A = never>(
    process: ProcessFunction<T, E, P, A>,
  ): Stream<A | E, P, T> {
    const inputs = [{ node: this.node, keyOf: null, call: process.onRecord.bind(process) }];
    const outputs = processNode("process", inputs, process, null, process.onEnd?.bind(process));
    return this.#context.stream<A | E, P, T>(outputs);
  }

  /** Two streams of different types, to be processed together. */
  connect<U>(other: RecordStream<U>): ConnectedStreams<T, U>;
  connect<U, B extends DeclaredStates>(broadcast: BroadcastStream<U, B>): BroadcastConnectedStreams<T, U, B>;
  connect<U, B extends DeclaredStates>(other: RecordStream<U> | BroadcastStream<U, B>): unknown {
    return other instanceof BroadcastStream
      ? new BroadcastConnectedStreams(this.#context, this.node, other)
      : new ConnectedStreams(this.#context, this.node, other.node);
  }

  /**
   * For streams that each record of another one is looked at with: rules, rates. `states` are maps, declared by `map`, that
   * `onBroadcast` fills and all records see.
   *
   * Event time of what comes of both goes by both: a broadcast stream that is quiet holds it back unless its source has an `idleTimeout`.
   *
   * @example
   * const job = pipeline("alerts");
   * const limits = job.from([{ name: "cpu", limit: 90 }]).broadcast({ limits: map<string, number>() });
   * const alerts = job.from([{ name: "cpu", value: 95 }]).connect(limits).process({
   *   onBroadcast: ({ name, limit }, { broadcast }) => broadcast.limits.set(name, limit),
   *   onRecord: ({ name, value }, { broadcast }) => (value > (broadcast.limits.get(name) ?? 80) ? [`${name} is ${value}`] : []),
   * });
   * await alerts.toArray() // ["cpu is 95"]
   */
  broadcast<B extends BroadcastStates>(states: B): BroadcastStream<T, B> {
    const other = Object.entries(states).find(
      ([, { declaration }]) => declaration.kind !== "map" || declaration.ttl !== null,
    );
    if (other !== undefined) throw invalid(`broadcast state '${other[0]}' must be a map without a time to live`);
    return new BroadcastStream<T, B>(this.node, Object.keys(states));
  }

  /** Gives records their event time, where the source has not. */
  assignTimestamps(strategy: WatermarkStrategy<T>): Stream<T> {
    return this.#context.stream<T>({
      node: operatorNode("assign-timestamps", [this.node], assignTimestamps(strategy)),
    });
  }

  /** A side output that the process function before declares. */
  side<N extends keyof O & string>(name: N): Stream<Marked<O[N]>> {
    const output = this.#outputs.sides?.get(name);
    if (output === undefined) {
      const known = [...(this.#outputs.sides?.keys() ?? [])].join(", ");
      throw invalid(`there is no side output '${name}'; declared: ${known || "none"}`);
    }
    if (name === "lateRecords" && this.#outputs.late !== undefined) this.#outputs.late.isTaken = true;
    return this.#context.stream<Marked<O[N]>>({ node: outputNode(this.#operator, output) });
  }

  /** Of windows: the records that came when all their windows were gone, which are dropped and counted otherwise. */
  lateRecords(): Stream<LateRecords<O>> {
    return this.side("lateRecords" as keyof O & string) as Stream<unknown> as Stream<LateRecords<O>>;
  }

  /**
   * The records that the operator before failed on, under the policy `dead-letter`: each with the error, the operator, and where
   * it was read. Errors: OPTION_INVALID if the operator has another policy.
   */
  deadLetters(): Stream<DeadLetter<D>> {
    const { deadLetters = 0 } = this.#outputs;
    if (deadLetters === 0)
      throw invalid(`'${this.#operator.name}' has no dead letters: give it onError: "dead-letter"`);
    return this.#context.stream<DeadLetter<D>>({ node: outputNode(this.#operator, deadLetters) });
  }

  /** Writes to a sink. */
  to(sink: SinkLike<T>): void {
    this.#context.addSink(sinkNode(this.node, sink));
  }

  /** Calls a function for each record, in order. A promise that it returns is waited for: back-pressure. */
  forEach(call: (record: T) => void | Promise<void>): void {
    this.to({ name: "for-each", write: call });
  }

  /** Runs the pipeline and gives the records of this stream as they come. The job waits for a slow consumer; leaving the loop stops it. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void> {
    return iterate<T>(this.#context, this.node);
  }

  /** Runs the pipeline to its end; the records of this stream. */
  async toArray(): Promise<T[]> {
    const records: T[] = [];
    for await (const record of this) records.push(record);
    return records;
  }

  /** As iterating: a WHATWG stream. `Readable.from(stream)` makes one of Node's. */
  toReadableStream(): ReadableStream<T> {
    return ReadableStream.from(this) as ReadableStream<T>;
  }

  #operatorStream<R>(
    name: string,
    deadLetters: number,
    create: Parameters<typeof operatorNode>[2],
  ): Stream<R, Record<never, never>, T> {
    const node = operatorNode(name, [this.node], create);
    return this.#context.stream<R, Record<never, never>, T>({ node, deadLetters });
  }
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message });
}
