import type { TopNNode } from "../logical/logical-plan.ts";
import { isTimeOfWindow } from "./window-properties.ts";

export interface Deduplication {
  readonly keep: "first" | "last";
  readonly timeColumn: number;
  readonly timeDomain: "event" | "processing";
}

/** What a Top-N keeps if that is one row in time: one place of an order by a time attribute alone. Null otherwise. */
export function deduplicationOf({ end, input, orderBy, start }: TopNNode): Deduplication | null {
  const [key, ...more] = orderBy;
  if (start !== 1 || end !== 1 || key === undefined || more.length > 0) return null;
  const { role } = input.fields[key.column];
  const isTime = role === "rowtime" || role === "window_time" || role === "proctime";
  if (!isTime && !isTimeOfWindow(input, key.column)) return null;
  return {
    keep: key.descending ? "last" : "first",
    timeColumn: key.column,
    timeDomain: role === "proctime" ? "processing" : "event",
  };
}
