/** What every receiver may rely on in a batch, and what it must not do with one. */
import { type Column, columnKindOf, isExact, MAX_BATCH_ROWS, type RecordBatch, type Schema } from "@millrace/core";

/** The first thing wrong with a batch an operator emitted; null if it keeps the contract of RecordBatch. */
export function findBatchProblem(batch: RecordBatch, schema: Schema): string | null {
  const { length, columns, kinds } = batch;
  if (length < 1 || length > MAX_BATCH_ROWS) return `a batch has ${length} rows, allowed are 1 to ${MAX_BATCH_ROWS}`;
  if (columns.length !== schema.fields.length)
    return `a batch has ${columns.length} columns, not ${schema.fields.length}`;
  if (kinds !== null && kinds.length < length) return "the row kinds are shorter than the batch";
  for (const [c, { name, type }] of schema.fields.entries()) {
    const column = columns[c];
    const kind = columnKindOf(type);
    if (column.kind !== kind && !(column.kind === "wide" && isExact(type))) {
      return `column ${name} is ${column.kind}, not ${kind}`;
    }
    if (sizeOf(column) < length) return `column ${name} has ${sizeOf(column)} values in a batch of ${length} rows`;
    if (column.nulls !== null && column.nulls.length < length)
      return `the null mask of ${name} is shorter than the batch`;
    if (column.kind !== "float64" || !isExact(type)) continue;
    for (let row = 0; row < length; row++) {
      if (column.nulls !== null && column.nulls[row] === 1) continue;
      if (!Number.isSafeInteger(column.values[row]))
        return `column ${name} holds ${column.values[row]}, no safe integer`;
    }
  }
  return null;
}

function sizeOf(column: Column): number {
  switch (column.kind) {
    case "wide":
      return column.low.length;
    case "utf8":
      return Math.min(column.starts.length, column.ends.length);
    default:
      return column.values.length;
  }
}

/** Overwrites a batch that was only borrowed, as its producer would by using the arrays again. */
export function poisonBatch(batch: RecordBatch): void {
  batch.timestamps?.fill(-1);
  batch.kinds?.fill(2);
  for (const column of batch.columns) {
    column.nulls?.fill(0);
    switch (column.kind) {
      case "float64":
        column.values.fill(-4242);
        break;
      case "wide":
        column.low.fill(-4242n);
        column.high?.fill(-4242n);
        break;
      case "bool":
        column.values.fill(1);
        break;
      case "utf8":
        column.bytes.fill(0x21);
        column.starts.fill(0);
        column.ends.fill(Math.min(1, column.bytes.length));
        break;
      case "value":
        (column.values as unknown[]).fill("a value of a batch that was only borrowed");
        break;
    }
  }
}
