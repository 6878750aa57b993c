import type { RecordAggregate } from "../record-aggregate.ts";

/**
 * How many records.
 *
 * @example
 * count().result(count().add(0, "a record", Number.NaN)) // 1
 */
export function count<T = unknown>(): RecordAggregate<T, number, number> {
  return {
    create: () => 0,
    add: (n) => n + 1,
    result: (n) => n,
    merge: (a, b) => a + b,
    retract: (n) => n - 1,
    sharesPanes: true,
    isNumber: true,
  };
}
