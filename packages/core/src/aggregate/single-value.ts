/**
 * SINGLE_VALUE(x): the value of the only row, NULL if there is none; fails when there is a second one. What a sub-query in the
 * place of a value becomes. Unlike other aggregates it counts rows whose value is NULL.
 */
import { type Column, valueAt } from "../batch/column.ts";
import type { DataType } from "../batch/data-type.ts";
import { MillraceError } from "../errors.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";

export function singleValueResult(column: number, type: DataType, source: RowSource): AggregateResult {
  return {
    accumulators: [singleValueAccumulator(column, type, source)],
    columnOf: ([[value]], slots, length) => value.columnOf(slots, length),
  };
}

function singleValueAccumulator(column: number, type: DataType, source: RowSource): Accumulator {
  const put = ([value, count]: readonly StateColumn[], slot: number, next: unknown, sign: number) => {
    const counts = count.float64!;
    counts[slot] += sign;
    if (counts[slot] > 1) {
      throw new MillraceError({
        code: "EXPRESSION_FAILED",
        message: "a sub-query in the place of a value gave more than one row; add LIMIT 1, an aggregate or a condition",
      });
    }
    value.set(slot, sign > 0 ? next : null);
  };
  return {
    id: `single:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields: [
      { name: "single", type: { ...type, nullable: true } },
      { name: "rows", type: { kind: "double", nullable: false } },
    ],
    isInvertible: true,
    code: null,
    add: (state, slot, input: Column | null, row, sign) => put(state, slot, valueAt(input!, row, type), sign),
    merge: (state, slot, [value, count], fromSlot, sign) => {
      if (count.float64![fromSlot] > 0) put(state, slot, value.get(fromSlot), sign);
    },
  };
}
