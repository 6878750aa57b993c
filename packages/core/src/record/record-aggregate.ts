/**
 * How records are aggregated. Accumulators are values that state can hold: numbers, strings, plain objects, arrays, Maps.
 * `add`, `merge` and `retract` may change the accumulator they are given and return it, or return a new one.
 */
export interface RecordAggregate<T, A, R> {
  create(): A;
  /** `timestamp`: event time of the record, ms; NaN if it has none. */
  add(accumulator: A, record: T, timestamp: number): A;
  /** What it gives is handed out: nothing of it may be changed by a later `add`. */
  result(accumulator: A): R;
  /** Both together, in place of `a`; `b` stays as it is and shares nothing with it. Needed where windows merge (sessions). */
  merge?(a: A, b: A): A;
  /** Takes back what `add` has added. */
  retract?(accumulator: A, record: T): A;
  /** `merge` gives the same in whatever order records came: a record of overlapping windows is added once, to what they share. */
  readonly sharesPanes?: boolean;
  /** Accumulators are numbers that begin with 0: they are kept in a typed array. */
  readonly isNumber?: boolean;
  /** What `add` takes of a record, read by itself: a record that is refused here has changed nothing. */
  read?(record: T): unknown;
  /** As `add`, with what `read` has given. */
  addRead?(accumulator: A, read: unknown, timestamp: number): A;
}
