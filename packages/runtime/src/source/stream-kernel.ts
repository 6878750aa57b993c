import type { RecordBatch } from "@millrace/core";
import type { PhysicalStreamSource, SourceKernel } from "@millrace/plan";

/** Makes records of what a stream's source reads and gives them their event time; null: there is nothing to do. */
export function createStreamKernel({ createRecords, createEventTime }: PhysicalStreamSource): SourceKernel | null {
  const toRecords = createRecords?.() ?? null;
  const eventTime = createEventTime?.() ?? null;
  if (toRecords === null) return eventTime;
  return {
    run: (batch: RecordBatch) => {
      const records = toRecords(batch);
      return eventTime === null ? records : eventTime.run(records);
    },
    get watermark() {
      return eventTime?.watermark ?? Number.NEGATIVE_INFINITY;
    },
  };
}
