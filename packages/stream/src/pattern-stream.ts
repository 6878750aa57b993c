/** The matches of a pattern in a keyed stream. */
import { createMatchRecords, type EventPattern, type MatchRecordsSpec } from "@millrace/core";
import { failurePolicy, type OnError } from "./error-policy.ts";
import type { KeyedInput } from "./join-inputs.ts";
import { operatorNode } from "./operator-node.ts";
import type { Matched } from "./pattern.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { Stream } from "./stream.ts";
import type { TypeMarker } from "./type-marker.ts";

export interface MatchOptions<K, N extends object, O> {
  /** What comes of a partial match whose time (`within`) was over at `at`, ms: the side output `timedOut`. */
  readonly onTimeout?: (partial: Matched<N>, key: K, at: number) => O;
  /** What happens to an event that a condition throws on, and to a match that the function throws on. Default: the job fails. */
  readonly onError?: OnError;
}

type Sides<T, O> = {
  /** Partial matches whose time was over, as `onTimeout` gives them. */
  readonly timedOut: TypeMarker<O>;
  /** Records that came after event time had passed theirs. */
  readonly late: TypeMarker<T>;
};

export class PatternStream<T, K, N extends object> {
  readonly #context: PipelineContext;
  readonly #input: KeyedInput<T, K>;
  readonly #pattern: EventPattern;

  constructor(context: PipelineContext, input: KeyedInput<T, K>, pattern: EventPattern) {
    this.#context = context;
    this.#input = input;
    this.#pattern = pattern;
  }

  /** One record for each match: the function gets its events by stage, of a stage that was left out none. */
  select<R, O = never>(
    select: (match: Matched<N>, key: K) => R,
    options: MatchOptions<K, N, O> = {},
  ): Stream<R, Sides<T, O>, T> {
    return this.flatSelect((match, key) => [select(match, key)], options);
  }

  /** Any number of records for each match. */
  flatSelect<R, O = never>(
    select: (match: Matched<N>, key: K) => Iterable<R>,
    options: MatchOptions<K, N, O> = {},
  ): Stream<R, Sides<T, O>, T> {
    const { onTimeout } = options;
    const { onError, deadLetters } = failurePolicy(options.onError, 3);
    const late = (partial: Matched<N>, key: K, at: number) =>
      onTimeout === undefined ? [] : [onTimeout(partial, key, at)];
    const spec: MatchRecordsSpec = {
      kind: "match-records",
      keyOf: this.#input.keyOf as unknown as MatchRecordsSpec["keyOf"],
      pattern: this.#pattern,
      select: select as unknown as MatchRecordsSpec["select"],
      onTimeout: onTimeout === undefined ? null : (late as unknown as MatchRecordsSpec["onTimeout"]),
      onError,
      timedOut: 1,
      late: 2,
      deadLetters,
    };
    const detail = `pattern=[${this.#pattern.stages.map(({ name }) => name).join(", ")}]`;
    const sides = new Map([
      ["timedOut", 1],
      ["late", 2],
    ]);
    const node = operatorNode("matches", [this.#input.node], (context) => createMatchRecords(spec, context), detail);
    return this.#context.stream<R, Sides<T, O>, T>({ node, sides, deadLetters });
  }
}
