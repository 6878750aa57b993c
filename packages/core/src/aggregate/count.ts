/** COUNT(*), COUNT(x): rows, or rows where no argument is NULL. Never NULL. */
import type { Field } from "../batch/data-type.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";

/** Below 2^53 rows a double counts exactly, and it never becomes wide. */
const COUNT: Field = { name: "count", type: { kind: "double", nullable: false } };

export function countAccumulator(source: RowSource): Accumulator {
  return {
    id: `count:${sourceId(source)}`,
    source,
    argument: null,
    fields: [COUNT],
    isInvertible: true,
    code: {
      add: (state, _, retracts) => `${state(0)}[slot] += ${retracts ? "sign" : "1"};`,
      merge: (state, _, from) => `${state(0)}[slot] += sign * ${from(0)}[from];`,
    },
    add: ([count], slot, _input, _row, sign) => {
      count.float64![slot] += sign;
    },
    merge: ([count], slot, [from], fromSlot, sign) => {
      count.float64![slot] += sign * from.float64![fromSlot];
    },
  };
}

export function countResult(source: RowSource): AggregateResult {
  return {
    accumulators: [countAccumulator(source)],
    columnOf: ([[count]], slots, length) => {
      const counts = count.float64!;
      const values = new Float64Array(length);
      for (let i = 0; i < length; i++) values[i] = counts[slots[i]];
      return { kind: "float64", values, nulls: null };
    },
  };
}
