/**
 * Windows as intervals of time [start, end), aligned to the epoch plus an offset. Ends are what an operator works with: a
 * window is complete when the watermark reaches `end - 1`, and its `window_time` is `end - 1`.
 */
import { MillraceError } from "../errors.ts";
import { cumulatingWindows } from "./cumulate.ts";
import { slidingWindows } from "./sliding.ts";
import { tumblingWindows } from "./tumbling.ts";

export interface TumbleSpec {
  readonly kind: "tumble";
  readonly sizeMs: number;
  readonly offsetMs: number;
}

/** Windows of `sizeMs` that start every `slideMs`. The size need not be a multiple of the slide. */
export interface HopSpec {
  readonly kind: "hop";
  readonly sizeMs: number;
  readonly slideMs: number;
  readonly offsetMs: number;
}

/** Windows that start every `sizeMs` and grow by `stepMs` until they reach that size, a multiple of the step. */
export interface CumulateSpec {
  readonly kind: "cumulate";
  readonly sizeMs: number;
  readonly stepMs: number;
  readonly offsetMs: number;
}

export type TimeWindowSpec = TumbleSpec | HopSpec | CumulateSpec;

/**
 * Windows made of panes: each pane [p, p + paneMs) lies in a window as a whole or not at all.
 *
 * Ends are equally spaced: `end + everyMs` is the end after `end`.
 */
export interface TimeWindows {
  readonly paneMs: number;
  /** Distance of window ends. */
  readonly everyMs: number;
  /** Start of the pane that holds a time. */
  paneOf(time: number): number;
  /** Start of the window with that end. */
  startOf(end: number): number;
  /** The first end > `time` (of a window that may have started after it, if windows leave gaps). */
  firstEndAfter(time: number): number;
  /** The last end of a window that holds `time`; -Infinity if none does (windows with gaps between them). */
  lastEndOf(time: number): number;
  /** How many windows hold a time at most. */
  readonly windowsPerRow: number;
}

export function timeWindows(spec: TimeWindowSpec): TimeWindows {
  switch (spec.kind) {
    case "tumble":
      checkDuration("size", spec.sizeMs);
      return tumblingWindows(spec.sizeMs, spec.offsetMs);
    case "hop":
      checkDuration("size", spec.sizeMs);
      checkDuration("slide", spec.slideMs);
      return slidingWindows(spec.sizeMs, spec.slideMs, spec.offsetMs);
    case "cumulate":
      checkDuration("size", spec.sizeMs);
      checkDuration("step", spec.stepMs);
      if (spec.sizeMs % spec.stepMs !== 0) {
        throw new MillraceError({
          code: "OPTION_INVALID",
          message: `CUMULATE needs a size that is a multiple of its step, but ${spec.sizeMs} ms is not one of ${spec.stepMs} ms: change one of them`,
        });
      }
      return cumulatingWindows(spec.sizeMs, spec.stepMs, spec.offsetMs);
  }
}

function checkDuration(what: string, ms: number): void {
  if (Number.isSafeInteger(ms) && ms > 0) return;
  throw new MillraceError({
    code: "OPTION_INVALID",
    message: `the window's ${what} must be a whole number of milliseconds above 0, not ${ms}`,
  });
}

/** The time of a row, checked: NULL has no window. */
export function rowtimeIsNull(operatorId: string): MillraceError {
  return new MillraceError({
    code: "DATA_INVALID",
    operatorId,
    message:
      "rowtime is NULL in a row that needs a window: give the time column a value, or filter such rows out before the window (WHERE ts IS NOT NULL)",
  });
}
