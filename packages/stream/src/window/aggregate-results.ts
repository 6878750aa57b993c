/** Aggregates as programs give them, and the records that are made of their results. */
import { type AnyAggregate, MillraceError, type RecordAggregate } from "@millrace/core";

/** An aggregate over records of type `T`. */
type AggregateOver<T> = RecordAggregate<T, unknown, unknown>;

/** One aggregate, or several by the names of their results. */
export type AggregateSpec<T> = AggregateOver<T> | { readonly [name: string]: AggregateOver<T> };

type ResultOf<A> = A extends { result(accumulator: never): infer R } ? R : never;
type IsOne<S> = S extends RecordAggregate<never, unknown, unknown> ? true : false;

/** What aggregates give: the result of the one, or an object of all of them. */
export type AggregateResults<S> = IsOne<S> extends true ? ResultOf<S> : { readonly [N in keyof S]: ResultOf<S[N]> };

/** An intersection as one object, as editors are to show it. */
type Flat<X> = { readonly [N in keyof X]: X[N] };

/** A record with results: those of several by their names, that of one as `value`, and in front of them `H`. */
export type ResultRecord<H, S> = Flat<
  H & (IsOne<S> extends true ? { readonly value: ResultOf<S> } : AggregateResults<S>)
>;

/** The aggregates in a row, and what their results are called; null: there is one. */
export interface NamedAggregates {
  readonly names: readonly string[] | null;
  readonly aggregates: readonly AnyAggregate[];
}

/** Errors: OPTION_INVALID for a name in `taken`, and for what is no aggregate. */
export function namedAggregates<T>(spec: AggregateSpec<T>, taken: readonly string[]): NamedAggregates {
  if (isAggregate(spec)) return { names: null, aggregates: [spec] };
  for (const [name, aggregate] of Object.entries(spec)) {
    const problem = taken.includes(name)
      ? `'${name}' is what the result has anyway: give the aggregate another name`
      : isAggregate(aggregate)
        ? null
        : `'${name}' is no aggregate: expected { create, add, result }, such as count() or sum(...)`;
    if (problem !== null) throw new MillraceError({ code: "OPTION_INVALID", message: `aggregate: ${problem}` });
  }
  return { names: Object.keys(spec), aggregates: Object.values(spec) as readonly AnyAggregate[] };
}

function isAggregate(spec: unknown): spec is AnyAggregate {
  const { create, add, result } = spec as { readonly [name: string]: unknown };
  return typeof create === "function" && typeof add === "function" && typeof result === "function";
}

/** Puts results into a record. */
export function fillResults(
  record: Record<string, unknown>,
  names: readonly string[] | null,
  results: readonly unknown[],
): Record<string, unknown> {
  if (names === null) record.value = results[0];
  else for (let i = 0; i < names.length; i++) record[names[i]] = results[i];
  return record;
}

/**
 * An aggregate of one's own, so that the compiler finds out the type of its accumulator. See `RecordAggregate` for what it has to do.
 *
 * @example
 * const longest = customAggregate({
 *   create: () => "",
 *   add: (held, word: string) => (word.length > held.length ? word : held),
 *   result: (held) => held,
 * });
 * longest.add("a", "abc", Number.NaN) // "abc"
 */
export function customAggregate<T, A, R>(aggregate: RecordAggregate<T, A, R>): RecordAggregate<T, A, R> {
  return aggregate;
}
