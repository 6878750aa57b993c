/**
 * AVG(x): NULL if there is no value. Integers give their own type, truncated toward zero, of a sum that wraps at 64 bits; DECIMAL(p, s) gives
 * DECIMAL(38, max(s, 6)), half rounded away from zero; FLOAT and DOUBLE divide as doubles.
 */
import { normalizeExact } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import type { DataType } from "../batch/data-type.ts";
import type { StateColumn } from "../state/state-backend.ts";
import type { AggregateResult, RowSource } from "./accumulator.ts";
import { isDouble } from "./aggregate-spec.ts";
import { countAccumulator } from "./count.ts";
import { exactSum, sumAccumulator } from "./sum.ts";

export function avgResult(column: number, argType: DataType, type: DataType, source: RowSource): AggregateResult {
  const accumulators = [sumAccumulator(column, argType, source, true), countAccumulator(source)];
  if (isDouble(argType)) {
    return {
      accumulators,
      columnOf: ([[sum], [count]], slots, length) => {
        const values = new Float64Array(length);
        let nulls: Uint8Array | null = null;
        for (let i = 0; i < length; i++) {
          const rows = count.float64![slots[i]];
          const average = sum.float64![slots[i]] / rows;
          values[i] = type.kind === "float" ? Math.fround(average) : average;
          if (rows === 0) {
            if (nulls === null) nulls = new Uint8Array(length);
            nulls[i] = 1;
          }
        }
        return { kind: "float64", values, nulls };
      },
    };
  }
  const scale = argType.kind === "decimal" && type.kind === "decimal" ? 10 ** (type.scale - argType.scale) : null;
  const shift = argType.kind === "decimal" && type.kind === "decimal" ? type.scale - argType.scale : 0;
  return {
    accumulators,
    columnOf: ([sum, [count]], slots, length) => {
      const averages: unknown[] = [];
      for (let i = 0; i < length; i++) {
        const rows = count.float64![slots[i]];
        averages.push(
          rows === 0
            ? null
            : (smallAverage(sum, slots[i], rows, scale) ?? averageOf(exactSum(sum, slots[i]), rows, argType, shift)),
        );
      }
      return columnOf(type, averages);
    },
  };
}

const EXACT = 4503599627370496;

/**
 * The average by division of doubles, null where that might not be exact. Below 2^52 it is: a quotient that is no integer
 * is at least 1 / divisor away from one, more than it is rounded by. `scale` is null for integers.
 */
function smallAverage(
  [low, high]: readonly StateColumn[],
  slot: number,
  rows: number,
  scale: number | null,
): number | null {
  if (high.float64 === null || high.float64[slot] !== 0) return null;
  const sum = (low.float64 as Float64Array)[slot];
  // Adding 0 turns -0 into 0.
  if (scale === null) return Math.trunc(sum / rows) + 0;
  const dividend = 2 * sum * scale + (sum < 0 ? -rows : rows);
  return Math.abs(dividend) <= EXACT ? Math.trunc(dividend / (2 * rows)) + 0 : null;
}

/** The average of `rows` exact values; a DECIMAL gets `shift` more digits behind the point. */
export function averageOf(sum: bigint, rows: number, argType: DataType, shift: number): number | bigint {
  // Flink's sum of integers is a BIGINT, which wraps. BigInt division truncates toward zero, as Java's.
  if (argType.kind !== "decimal") return normalizeExact(BigInt.asIntN(64, sum) / BigInt(rows));
  const dividend = 2n * sum * 10n ** BigInt(shift);
  const divisor = BigInt(rows);
  return normalizeExact((dividend + (sum < 0n ? -divisor : divisor)) / (2n * divisor));
}
