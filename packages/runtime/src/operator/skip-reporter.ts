import { failureText, type MetricGroup, type OnSkipped, type Reporter } from "@millrace/core";

/** Tells of records that were left out: the first, the second, the fourth ... so that a flood of them is no flood of lines. */
export function createSkipReporter(metrics: MetricGroup, reporter: Reporter): OnSkipped {
  const failed = metrics.counter("numRecordsFailed");
  return (failure) => {
    const count = failed.value;
    if ((count & (count - 1)) !== 0) return;
    reporter.warn(`${failureText(failure)}: record skipped${count === 1 ? "" : ` (${count} so far)`}`);
  };
}
