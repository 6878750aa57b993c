/** What window aggregates emit: keys, aggregates, then properties of the window. */
import type { Column } from "../batch/column.ts";
import { MAX_BATCH_ROWS, type RecordBatch, recordBatch } from "../batch/record-batch.ts";
import type { Pane, PaneAggregates } from "./pane-aggregates.ts";

/** Columns that tell the window of a result: its bounds, and `end - 1 ms`, the event time of the result. */
export type WindowProperty = "window_start" | "window_end" | "window_time";

/** The properties' columns for windows with the given bounds. */
export function windowColumns(
  properties: readonly WindowProperty[],
  starts: Float64Array,
  ends: Float64Array,
): Column[] {
  return properties.map((property) => {
    if (property === "window_start") return { kind: "float64", values: starts, nulls: null };
    if (property === "window_end") return { kind: "float64", values: ends, nulls: null };
    return { kind: "float64", values: ends.map((end) => end - 1), nulls: null };
  });
}

/** All entries of a pane as the results of one window, in batches. */
export function* windowResults(
  aggregates: PaneAggregates,
  pane: Pane,
  slots: Int32Array,
  properties: readonly WindowProperty[],
  start: number,
  end: number,
): Generator<RecordBatch> {
  for (let from = 0; from < slots.length; from += MAX_BATCH_ROWS) {
    const piece = slots.subarray(from, from + MAX_BATCH_ROWS);
    const { length } = piece;
    yield recordBatch(length, [
      ...pane.table.keysOf(piece, length),
      ...aggregates.results(pane, piece, length),
      ...windowColumns(properties, new Float64Array(length).fill(start), new Float64Array(length).fill(end)),
    ]);
  }
}
