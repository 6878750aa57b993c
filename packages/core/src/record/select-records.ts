import { type RecordBatch, type RowOrigin, valueBatch } from "../batch/record-batch.ts";

/** The first `length` of `rows` of a batch of records, in that order, with their event times and origins. */
export function selectRecords(
  values: readonly unknown[],
  rows: ArrayLike<number>,
  length: number,
  timestamps: Float64Array | null,
  origin: RowOrigin | undefined,
  watermarks: Float64Array | undefined,
): RecordBatch {
  const chosen: unknown[] = new Array(length);
  for (let i = 0; i < length; i++) chosen[i] = values[rows[i]];
  const times = timestamps === null ? null : selectNumbers(timestamps, rows, length);
  const reached = watermarks === undefined ? undefined : selectNumbers(watermarks, rows, length);
  return valueBatch(length, chosen, times, selectOrigin(origin, rows, length), 0, reached);
}

function selectNumbers(numbers: Float64Array, rows: ArrayLike<number>, length: number): Float64Array {
  const selected = new Float64Array(length);
  for (let i = 0; i < length; i++) selected[i] = numbers[rows[i]];
  return selected;
}

function selectOrigin(origin: RowOrigin | undefined, rows: ArrayLike<number>, length: number): RowOrigin | undefined {
  if (origin === undefined) return undefined;
  const { describe, records } = origin;
  const selected = new Int32Array(length);
  for (let i = 0; i < length; i++) selected[i] = records === null ? rows[i] : records[rows[i]];
  return { describe, records: selected };
}
