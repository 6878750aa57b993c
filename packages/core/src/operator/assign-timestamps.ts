/**
 * Gives records their event time, in place of the one they have, and tells how far it has come.
 *
 * Invariant  its watermark is its own: that of the input counts only at the end.
 * State      none: after a restore event time begins anew with the first record.
 * Cost       a call per record.
 */
import { NO_BATCHES, type RecordBatch } from "../batch/record-batch.ts";
import { EventTimeAssigner, type EventTimeSpec } from "../record/event-time.ts";
import { FAIL, UserCode } from "../record/user-code.ts";
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Operator, type OperatorContext, type Timestamp } from "./operator.ts";

export interface AssignTimestampsSpec extends EventTimeSpec {
  readonly kind: "assign-timestamps";
}

export function createAssignTimestamps(spec: AssignTimestampsSpec, context: OperatorContext): Operator {
  return new AssignTimestamps(spec, context);
}

class AssignTimestamps implements Operator {
  readonly #assigner: EventTimeAssigner;
  readonly #code: UserCode;
  #watermark = MIN_TIMESTAMP;

  constructor(spec: AssignTimestampsSpec, context: OperatorContext) {
    this.#assigner = new EventTimeAssigner(spec);
    this.#code = new UserCode(FAIL, context, null);
  }

  get outputWatermark(): Timestamp {
    return this.#watermark;
  }

  onBatch(batch: RecordBatch): Iterable<RecordBatch> {
    try {
      const assigned = this.#assigner.assign(batch);
      // Behind what earlier batches have said.
      const watermarks = assigned.watermarks as Float64Array;
      for (let row = 0; row < watermarks.length; row++) watermarks[row] = Math.max(watermarks[row], this.#watermark);
      this.#watermark = Math.max(this.#watermark, this.#assigner.watermark);
      return [assigned];
    } catch (error) {
      this.#code.failed(error, batch, this.#assigner.row, () => undefined);
      return NO_BATCHES;
    }
  }

  onWatermark(watermark: Timestamp): Iterable<RecordBatch> {
    if (watermark === MAX_TIMESTAMP) this.#watermark = MAX_TIMESTAMP;
    return NO_BATCHES;
  }
}
