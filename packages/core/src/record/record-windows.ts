import type { TimeDomain, Timestamp } from "../time/time-domain.ts";
import { type TimeWindowSpec, timeWindows } from "../window/time-windows.ts";

/** Which windows a record is in. */
export type RecordWindows =
  | { readonly kind: "time"; readonly window: TimeWindowSpec; readonly domain: TimeDomain }
  /** The windows [t, t + gap), where they overlap or touch put together. */
  | { readonly kind: "session"; readonly gapMs: (record: unknown) => number; readonly domain: TimeDomain }
  /** One window without bounds. */
  | { readonly kind: "global" };

/** Calls back for each window of a record. Errors: TypeError for the gap of a session that is not above 0. */
export type AssignWindows = (
  record: unknown,
  time: Timestamp,
  visit: (start: Timestamp, end: Timestamp) => void,
) => void;

/** Windows that a record is in before any are merged, in ascending order. */
export function windowAssigner(windows: RecordWindows): AssignWindows {
  if (windows.kind === "global")
    return (_record, _time, visit) => visit(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  if (windows.kind === "session") {
    return (record, time, visit) => {
      const gap = windows.gapMs(record);
      if (!(gap > 0 && gap < Number.POSITIVE_INFINITY))
        throw new TypeError(`the gap of a session must be above 0 ms, not ${gap}`);
      visit(time, time + gap);
    };
  }
  const { everyMs, firstEndAfter, lastEndOf, startOf } = timeWindows(windows.window);
  return (_record, time, visit) => {
    const lastEnd = lastEndOf(time);
    for (let end = firstEndAfter(time); end <= lastEnd; end += everyMs) visit(startOf(end), end);
  };
}

/** The event time of a record, checked. Errors: TypeError if it has none. */
export function eventTimeOf(timestamps: Float64Array | null, row: number): Timestamp {
  const time = timestamps === null ? Number.NaN : timestamps[row];
  if (Number.isNaN(time))
    throw new TypeError(
      'the record has no event time: give the source a watermark, or the window { time: "processing" }',
    );
  return time;
}
