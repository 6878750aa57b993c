/** Recognises interval joins: a condition that keeps the event times of both sides close to each other. */
import type { Expression } from "../expression/expression.ts";
import type { PlanField } from "../logical/logical-plan.ts";
import { timeBoundsOf } from "./join-condition.ts";

/** lowerMs <= right time - left time <= upperMs, or a little wider. */
export interface IntervalBounds {
  /** Columns of left and of right. */
  readonly leftTime: number;
  readonly rightTime: number;
  readonly lowerMs: number;
  readonly upperMs: number;
}

/** The interval that a condition over left ++ right (its constants folded) implies for a pair of time attributes; null if there is none. */
export function intervalBoundsOf(
  condition: Expression | null,
  left: readonly PlanField[],
  right: readonly PlanField[],
): IntervalBounds | null {
  const width = left.length;
  const fields = [...left, ...right];
  const isTime = (index: number) => fields[index].role === "rowtime" || fields[index].role === "window_time";
  const found = new Map<string, { leftTime: number; rightTime: number; lower: number | null; upper: number | null }>();
  for (const { column, other, offsetMs } of timeBoundsOf(condition)) {
    if (!isTime(column) || !isTime(other) || column < width === other < width) continue;
    const isRight = column >= width;
    const leftTime = isRight ? other : column;
    const rightTime = (isRight ? column : other) - width;
    const key = `${leftTime},${rightTime}`;
    const bounds = found.get(key) ?? { leftTime, rightTime, lower: null, upper: null };
    // right >= left + offset, or left >= right + offset.
    if (isRight) bounds.lower = Math.max(bounds.lower ?? offsetMs, offsetMs);
    else bounds.upper = Math.min(bounds.upper ?? -offsetMs, -offsetMs);
    found.set(key, bounds);
  }
  for (const { leftTime, rightTime, lower, upper } of found.values()) {
    if (lower === null || upper === null) continue;
    // Times finer than milliseconds may have been cut on the way into the comparison.
    const slack = [left[leftTime], right[rightTime]].some(({ type }) => "precision" in type && type.precision > 3)
      ? 1
      : 0;
    return { leftTime, rightTime, lowerMs: lower - slack, upperMs: Math.max(lower, upper) + slack };
  }
  return null;
}
