/** One record of each key. */
import type { RecordAggregate, ValueState } from "@millrace/core";
import type { Duration } from "./duration.ts";
import type { KeyedProcessFunction } from "./process-function.ts";
import { type DeclaredState, value } from "./state.ts";

export type DeduplicateOptions =
  | {
      /** The first one of a key, at once. */
      readonly keep?: "first";
      /** A key is forgotten so long (processing time) after its first record, and the next one is a first one again. Default: never. */
      readonly ttl?: Duration;
    }
  | {
      /** The last one of a key in event time, once no other has come for `ttl` of it. */
      readonly keep: "last";
      readonly ttl: Duration;
    };

type None = Record<never, never>;
type Seen = { readonly seen: DeclaredState<ValueState<boolean>> };

/** The first record of each key. */
export function firstOfKey<T, K>(ttl: Duration | undefined): KeyedProcessFunction<T, K, Seen, never, None, T, never> {
  return {
    state: { seen: value<boolean>(false, ttl === undefined ? {} : { ttl }) },
    onRecord(record, { state }) {
      if (state.seen.get()) return;
      state.seen.set(true);
      return [record];
    },
  };
}

interface Latest<T> {
  readonly record: T;
  readonly timestamp: number;
}

/** The latest record in event time; of several at one moment, the one that came last. */
export function latest<T>(): RecordAggregate<T, Latest<T> | null, T> {
  const later = (a: Latest<T> | null, b: Latest<T>) => (a === null || b.timestamp >= a.timestamp ? b : a);
  return {
    create: () => null,
    add: (held, record, timestamp) => later(held, { record, timestamp }),
    result: (held) => held?.record as T,
    merge: (a, b) => (b === null ? a : later(a, b)),
  };
}
