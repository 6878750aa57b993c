import { type RecordBatch, valueBatch, valuesOf } from "../batch/record-batch.ts";
import type { Timestamp } from "../time/time-domain.ts";

/** How records get their event time. */
export interface EventTimeSpec {
  /** Ms since the epoch. Records where it is no number are an error of the program. */
  readonly timestamp: (record: unknown) => number;
  /** How much earlier than the latest a record may be. */
  readonly outOfOrdernessMs: number;
  /** In its place: what a record says of event time, -Infinity if nothing; null = the latest time less `outOfOrdernessMs`. */
  readonly watermark: ((record: unknown, timestamp: number) => number) | null;
}

/** Of an operator that goes by event time. Errors: TypeError if a record has none. */
export function checkEventTime(time: Timestamp, what: string): void {
  if (Number.isNaN(time)) throw new TypeError(`the record has no event time, which ${what}: see assignTimestamps`);
}

/** Gives records their event time, batch by batch. */
export class EventTimeAssigner {
  readonly #spec: EventTimeSpec;
  /** What the last batch says: no record read later is expected to be at or before it. It may be less than that of an earlier batch. */
  watermark = Number.NEGATIVE_INFINITY;

  constructor(spec: EventTimeSpec) {
    this.#spec = spec;
  }

  /** In front of each record of the batch stands what those before it in the batch say. Errors: TypeError for a record whose time is no number; `row` then is its row. */
  assign(batch: RecordBatch): RecordBatch {
    const { timestamp, outOfOrdernessMs, watermark } = this.#spec;
    const { length, origin } = batch;
    const records = valuesOf(batch);
    const timestamps = new Float64Array(length);
    const watermarks = new Float64Array(length);
    // Records of the same ms as the latest are still to come.
    const behindMs = watermark === null ? outOfOrdernessMs + 1 : 0;
    let latest = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < length; row++) {
      this.row = row;
      const time = timestamp(records[row]);
      // Also false for NaN.
      if (!(Math.abs(time) < 8.64e15))
        throw new TypeError(`the event time is ${String(time)}; expected ms since the epoch`);
      timestamps[row] = time;
      watermarks[row] = latest - behindMs;
      if (watermark !== null) latest = Math.max(latest, watermark(records[row], time));
      else if (time > latest) latest = time;
    }
    this.watermark = latest - behindMs;
    return valueBatch(length, records, timestamps, origin, 0, watermarks);
  }

  /** The row that was looked at last. */
  row = 0;
}
