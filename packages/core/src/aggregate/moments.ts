/**
 * VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP of numbers, in double precision: NULL if there is no value, those of samples also for
 * one value. Integers give their own type, cut toward zero; DECIMAL(p, s) gives DECIMAL(38, max(s, 6)), rounded half away from
 * zero.
 *
 * Kept are count, mean and the sum of squared distances from it (Welford), which stay exact where sums of squares cancel.
 */
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import type { DataType, Field } from "../batch/data-type.ts";
import { parseDecimal } from "../batch/value-text.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { Accumulator, AggregateResult, RowSource } from "./accumulator.ts";
import { sourceId } from "./accumulator.ts";
import type { AggregateFunction } from "./aggregate-spec.ts";

export type MomentFunction = Extract<AggregateFunction, "stddev_pop" | "stddev_samp" | "var_pop" | "var_samp">;

const DOUBLE_FIELD: DataType = { kind: "double", nullable: false };
const fields: readonly Field[] = ["count", "mean", "squares"].map((name) => ({ name, type: DOUBLE_FIELD }));

function momentsAccumulator(column: number, type: DataType, source: RowSource): Accumulator {
  return {
    id: `moments:${column}:${sourceId(source)}`,
    source,
    argument: column,
    fields,
    isInvertible: false,
    code: {
      add: (state, _, retracts) => {
        const [count, mean, squares] = [0, 1, 2].map((k) => `${state(k)}[slot]`);
        const take = `
          const x = v${column}[i], n = ++${count}, d = x - ${mean};
          ${mean} += d / n;
          ${squares} += d * (x - ${mean});`;
        if (!retracts) return take;
        return `
          if (sign > 0) {${take}
          } else {
            const x = v${column}[i], n = --${count}, d = x - ${mean};
            if (n === 0) ${mean} = ${squares} = 0;
            else {
              ${mean} -= d / n;
              ${squares} = n === 1 ? 0 : ${squares} - d * (x - ${mean});
            }
          }`;
      },
      merge: (state, _, from) => {
        const [count, mean, squares] = [0, 1, 2].map((k) => `${state(k)}[slot]`);
        const [fromCount, fromMean, fromSquares] = [0, 1, 2].map((k) => `${from(k)}[from]`);
        return `
          if (${fromCount} !== 0) {
            const n = ${count} + ${fromCount}, d = ${fromMean} - ${mean};
            ${squares} += ${fromSquares} + d * d * ${count} * ${fromCount} / n;
            ${mean} += d * ${fromCount} / n;
            ${count} = n;
          }`;
      },
    },
    add: (state, slot, input, row, sign) => {
      const [count, mean, squares] = state.map((each) => each.float64 as Float64Array);
      const x = Number(valueAt(input!, row, type));
      count[slot] += sign;
      const n = count[slot];
      const d = x - mean[slot];
      mean[slot] = n === 0 ? 0 : mean[slot] + (sign * d) / n;
      squares[slot] = n <= 1 ? 0 : squares[slot] + sign * d * (x - mean[slot]);
    },
    merge: (state, slot, from, fromSlot) => {
      const [count, mean, squares] = state.map((each) => each.float64 as Float64Array);
      const [fromCount, fromMean, fromSquares] = from.map((each) => (each.float64 as Float64Array)[fromSlot]);
      if (fromCount === 0) return;
      const n = count[slot] + fromCount;
      const d = fromMean - mean[slot];
      squares[slot] += fromSquares + (d * d * count[slot] * fromCount) / n;
      mean[slot] += (d * fromCount) / n;
      count[slot] = n;
    },
  };
}

export function momentsResult(
  name: MomentFunction,
  column: number,
  argType: DataType,
  type: DataType,
  source: RowSource,
): AggregateResult {
  const isSample = name.endsWith("samp");
  const isDeviation = name.startsWith("stddev");
  const unit = argType.kind === "decimal" ? 10 ** argType.scale : 1;
  const fit = fitter(type);
  return {
    accumulators: [momentsAccumulator(column, argType, source)],
    columnOf: ([state], slots, length) => {
      const [count, , squares] = state.map((each) => (each as StateColumn).float64 as Float64Array);
      const values = Array.from(slots.subarray(0, length), (slot) => {
        const n = isSample ? count[slot] - 1 : count[slot];
        if (n <= 0) return null;
        // Taking rows away may leave less than nothing.
        const variance = Math.max(0, squares[slot]) / n / (unit * unit);
        return fit(isDeviation ? Math.sqrt(variance) : variance);
      });
      return columnOf(type, values);
    },
  };
}

/** A double in the result's type; a DECIMAL that does not fit is NULL. */
function fitter(type: DataType): (value: number) => unknown {
  switch (type.kind) {
    case "double":
      return (value) => value;
    case "float":
      return Math.fround;
    case "decimal":
      return (value) =>
        Number.isFinite(value) ? (parseDecimal(String(value), type.precision, type.scale) ?? null) : null;
    case "tinyint":
      return (value) => (value << 24) >> 24;
    case "smallint":
      return (value) => (value << 16) >> 16;
    case "int":
      return (value) => Math.min(Math.trunc(value), 2147483647) | 0;
    default:
      return (value) => BigInt.asIntN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
  }
}
