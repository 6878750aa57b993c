/** Two streams that are processed together. */
import type { PipelineContext } from "./pipeline-context.ts";
import type { CoProcessFunction, SideOutputs } from "./process-function.ts";
import { processNode } from "./process-node.ts";
import type { DeclaredStates } from "./state.ts";
import type { Stream } from "./stream.ts";
import type { StreamNode } from "./stream-graph.ts";

export class ConnectedStreams<T, U> {
  readonly #context: PipelineContext;
  readonly #first: StreamNode;
  readonly #second: StreamNode;

  constructor(context: PipelineContext, first: StreamNode, second: StreamNode) {
    this.#context = context;
    this.#first = first;
    this.#second = second;
  }

  /** Each record through the function for its stream. */
  map<A, B>(first: (record: T) => A, second: (record: U) => B): Stream<A | B> {
    const inputs = [
      { node: this.#first, keyOf: null, call: (record: T) => [first(record)] },
      { node: this.#second, keyOf: null, call: (record: U) => [second(record)] },
    ];
    return this.#context.stream<A | B>(processNode("co-map", inputs, {}, null, null));
  }

  /** Groups both by keys that mean the same. */
  keyBy<K>(first: (record: T) => K, second: (record: U) => K): ConnectedKeyedStreams<T, U, K> {
    return new ConnectedKeyedStreams<T, U, K>(
      this.#context,
      { node: this.#first, keyOf: first },
      { node: this.#second, keyOf: second },
    );
  }
}

interface KeyedInput<T, K> {
  readonly node: StreamNode;
  readonly keyOf: (record: T) => K;
}

export class ConnectedKeyedStreams<T, U, K> {
  readonly #context: PipelineContext;
  readonly #first: KeyedInput<T, K>;
  readonly #second: KeyedInput<U, K>;

  constructor(context: PipelineContext, first: KeyedInput<T, K>, second: KeyedInput<U, K>) {
    this.#context = context;
    this.#first = first;
    this.#second = second;
  }

  /** A function with state and timers by key, which the records of both streams share. */
  process<
    S extends DeclaredStates = Record<never, never>,
    E = never,
    P extends SideOutputs = Record<never, never>,
    A = never,
    B = never,
    C = never,
  >(process: CoProcessFunction<T, U, K, S, E, P, A, B, C>): Stream<A | B | C | E, P, T | U> {
    const inputs = [
      { ...this.#first, call: process.onFirst.bind(process) },
      { ...this.#second, call: process.onSecond.bind(process) },
    ];
    const outputs = processNode("co-process", inputs, process, process.onTimer?.bind(process), null);
    return this.#context.stream<A | B | C | E, P, T | U>(outputs);
  }
}
