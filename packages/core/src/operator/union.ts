/**
 * UNION ALL: rows of all inputs as they come.
 *
 * Invariant  the task merges the watermarks of the inputs; kinds pass through.
 * State      none.
 * Cost       none per row.
 */
import type { RecordBatch } from "../batch/record-batch.ts";
import { NO_BATCHES } from "../batch/record-batch.ts";
import type { Operator } from "./operator.ts";

export interface UnionSpec {
  readonly kind: "union";
}

export function createUnion(): Operator {
  return new Union();
}

class Union implements Operator {
  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    // What one input says of event time is not true of all.
    return [batch.watermarks === undefined ? batch : { ...batch, watermarks: undefined }];
  }

  onWatermark(): Iterable<RecordBatch> {
    return NO_BATCHES;
  }
}
