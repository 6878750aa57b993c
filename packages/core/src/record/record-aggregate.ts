/**
 * How records are aggregated. Accumulators are values that state can hold: numbers, strings, plain objects, arrays, Maps.
 * `add`, `merge` and `retract` may change the accumulator they are given and return it, or return a new one.
 */
export interface RecordAggregate<T, A, R> {
  create(): A;
  /** `timestamp`: event time of the record, ms; NaN if it has none. */
  add(accumulator: A, record: T, timestamp: number): A;
  result(accumulator: A): R;
  /** Both together; needed where windows merge (sessions), in place of `a`. */
  merge?(a: A, b: A): A;
  /** Takes back what `add` has added. */
  retract?(accumulator: A, record: T): A;
}
