/** A join with something outside that is asked by key, with a cache. */
import { type Clock, keyIdentity, MillraceError, NO_RECORD, type RecordQuestion } from "@millrace/core";
import { AnswerCache } from "./answer-cache.ts";
import type { AsyncOptions } from "./async/async-options.ts";
import { callQuestion } from "./async/call-question.ts";
import { mapAsyncNode } from "./async/map-async.ts";
import { type Duration, durationMs } from "./duration.ts";
import type { StreamNode } from "./stream-graph.ts";

export interface LookupCacheOptions {
  /** How long an answer may be used. Default: for ever. */
  readonly ttl?: Duration;
  /** Answers kept; those not wanted for longest go first. Default: 10000. */
  readonly maxRows?: number;
  /** Whether it is kept that a key has no answer. Default: true. */
  readonly missing?: boolean;
}

export interface LookupJoinOptions<T, K, V, J extends "inner" | "left"> extends AsyncOptions {
  /** What is asked for. A record whose key is null or undefined has no answer. */
  readonly key: (record: T) => K;
  /** The answer to a key; null or undefined: there is none. */
  readonly lookup: (key: NonNullable<K>, signal: AbortSignal) => PromiseLike<V | null | undefined>;
  /** `left` (default): a record without an answer comes out with null; `inner`: it does not come out. */
  readonly kind?: J;
  /** Without it each record asks, but for keys that are being asked for already. */
  readonly cache?: LookupCacheOptions;
}

/** Errors: OPTION_INVALID. */
export function lookupJoinNode<T, K, V>(
  input: StreamNode,
  options: LookupJoinOptions<T, K, V, "inner" | "left">,
  join: (record: T, answer: V | null) => unknown,
): ReturnType<typeof mapAsyncNode> {
  const { key: keyOf, lookup, kind = "left", cache } = options;
  const ttlMs = cache?.ttl === undefined ? Number.POSITIVE_INFINITY : durationMs(cache.ttl, "cache.ttl", 1);
  const maxRows = cache === undefined ? 0 : (cache.maxRows ?? 10_000);
  if (!Number.isSafeInteger(maxRows) || maxRows < 0) {
    throw new MillraceError({
      code: "OPTION_INVALID",
      message: `cache.maxRows: expected a whole number of at least 0, not ${maxRows}`,
    });
  }
  const limits = { ttlMs, maxRows, keepsMissing: cache?.missing ?? true };
  const questionOf =
    (source: (clock: Clock) => RecordQuestion) =>
    (clock: Clock): RecordQuestion => {
      const answers = new AnswerCache<V>(limits, clock);
      const keys = source(clock);
      const joined = (record: T, answer: V | null) =>
        answer === null && kind === "inner" ? NO_RECORD : join(record, answer);
      return {
        ask(given) {
          const record = given as T;
          const key = keyOf(record);
          if (key === null || key === undefined) return joined(record, null);
          const answer = answers.answer(keyIdentity(key), () => keys.ask(key) as PromiseLike<V | null | undefined>);
          return answer instanceof Promise ? answer.then((value) => joined(record, value)) : joined(record, answer);
        },
        close: () => keys.close(),
      };
    };
  return mapAsyncNode(
    "lookup-join",
    input,
    (tries) => questionOf(callQuestion(lookup as never, undefined, tries)),
    options,
  );
}
