import { type RecordBatch, type RowOrigin, valueBatch } from "../batch/record-batch.ts";

/** The first `length` of `rows` of a batch of records, in that order, with their event times and origins. */
export function selectRecords(
  values: readonly unknown[],
  rows: ArrayLike<number>,
  length: number,
  timestamps: Float64Array | null,
  origin: RowOrigin | undefined,
): RecordBatch {
  const chosen: unknown[] = new Array(length);
  for (let i = 0; i < length; i++) chosen[i] = values[rows[i]];
  let times: Float64Array | null = null;
  if (timestamps !== null) {
    times = new Float64Array(length);
    for (let i = 0; i < length; i++) times[i] = timestamps[rows[i]];
  }
  return valueBatch(length, chosen, times, selectOrigin(origin, rows, length));
}

function selectOrigin(origin: RowOrigin | undefined, rows: ArrayLike<number>, length: number): RowOrigin | undefined {
  if (origin === undefined) return undefined;
  const { describe, records } = origin;
  const selected = new Int32Array(length);
  for (let i = 0; i < length; i++) selected[i] = records === null ? rows[i] : records[rows[i]];
  return { describe, records: selected };
}
