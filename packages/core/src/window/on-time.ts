import type { Float64Column } from "../batch/column.ts";
import { selectBatch } from "../batch/gather.ts";
import type { RecordBatch } from "../batch/record-batch.ts";
import type { Counter } from "../metrics.ts";
import { rowtimeIsNull } from "./time-windows.ts";

/**
 * The rows of a batch that are not late: their time is after the watermark. The others are counted; the batch itself where there are
 * none. Throws where a time is NULL.
 */
export function onTime(
  batch: RecordBatch,
  timeColumn: number,
  watermark: number,
  late: Counter,
  operatorId: string,
): RecordBatch {
  const { values, nulls } = batch.columns[timeColumn] as Float64Column;
  const { length } = batch;
  let lateRows = 0;
  for (let row = 0; row < length; row++) {
    if (nulls !== null && nulls[row] === 1) throw rowtimeIsNull(operatorId);
    if (values[row] <= watermark) lateRows++;
  }
  if (lateRows === 0) return batch;
  late.value += lateRows;
  const rows = new Int32Array(length - lateRows);
  let count = 0;
  for (let row = 0; row < length; row++) if (values[row] > watermark) rows[count++] = row;
  return selectBatch(batch, rows, count);
}
