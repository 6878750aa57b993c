/** One output of an operator with side outputs, as a stream of its own. No state. */
import { NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import type { Operator } from "./operator.ts";

export interface SelectOutputSpec {
  readonly kind: "select-output";
  /** 0 is the main output. */
  readonly output: number;
}

export function createSelectOutput({ output }: SelectOutputSpec): Operator {
  return {
    onBatch(batch: RecordBatch): Iterable<RecordBatch> {
      if ((batch.output ?? 0) !== output) return NO_BATCHES;
      return output === 0 ? [batch] : [{ ...batch, output: 0 }];
    },
    onWatermark: () => NO_BATCHES,
  };
}
