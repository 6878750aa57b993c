import type { RecordAggregate } from "../record-aggregate.ts";
import { shortText } from "../user-code.ts";

/** Reads of a record what is aggregated; null and undefined are passed over. */
export type Reader<T, V> = (record: T) => V | null | undefined;

/** An aggregate of values, whatever record they stand in. */
interface ValueAggregate<V, A, R> {
  create(): A;
  add(accumulator: A, value: V, timestamp: number): A;
  result(accumulator: A): R;
  merge(a: A, b: A): A;
  retract?(accumulator: A, value: V): A;
  readonly sharesPanes?: boolean;
}

/** The aggregate of what `of` reads. */
export function overValue<T, V, A, R>(of: Reader<T, V>, aggregate: ValueAggregate<V, A, R>): RecordAggregate<T, A, R> {
  const { add, retract, ...rest } = aggregate;
  const addRead = (accumulator: A, value: unknown, timestamp: number) =>
    value === null || value === undefined ? accumulator : add(accumulator, value as V, timestamp);
  return {
    ...rest,
    read: of,
    addRead,
    add: (accumulator, record, timestamp) => addRead(accumulator, of(record), timestamp),
    ...(retract === undefined
      ? {}
      : {
          retract(accumulator: A, record: T) {
            const value = of(record);
            return value === null || value === undefined ? accumulator : retract(accumulator, value);
          },
        }),
  };
}

/** The same reader, refusing what is no number. */
export function numbers<T>(name: string, of: Reader<T, number>): Reader<T, number> {
  return (record) => {
    const value = of(record);
    if (typeof value !== "number" && value !== null && value !== undefined)
      throw new TypeError(`${name}: expected a number, not ${shortText(value)}`);
    return value;
  };
}
