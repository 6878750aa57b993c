import type { RecordAggregate } from "../record-aggregate.ts";
import { numbers, overValue, type Reader } from "./over-value.ts";

interface Average {
  sum: number;
  count: number;
}

/**
 * The arithmetic mean of what `of` reads; NaN of nothing.
 *
 * @example
 * await pipeline("p").from([1, 2, 6]).windowAll(countWindow(3)).aggregate(avg((n) => n)).toArray() // [{ value: 3 }]
 */
export function avg<T>(of: Reader<T, number>): RecordAggregate<T, Average, number> {
  return overValue<T, number, Average, number>(numbers("avg", of), {
    create: () => ({ sum: 0, count: 0 }),
    add: (held, value) => {
      held.sum += value;
      held.count++;
      return held;
    },
    result: ({ sum, count }) => sum / count,
    merge: (a, b) => {
      a.sum += b.sum;
      a.count += b.count;
      return a;
    },
    retract: (held, value) => {
      held.sum -= value;
      held.count--;
      return held;
    },
    sharesPanes: true,
  });
}
