import type { TimeWindows } from "./time-windows.ts";

/** Start of the interval of `sizeMs`, aligned to `offsetMs`, that holds `time`. Times before the epoch and fractions too. */
export function tumblingStart(time: number, sizeMs: number, offsetMs: number): number {
  const start = Math.floor((time - offsetMs) / sizeMs) * sizeMs + offsetMs;
  // The quotient of a fractional time just below a multiple may round up to it.
  return start > time ? start - sizeMs : start;
}

/** TUMBLE: each time is in one window. */
export function tumblingWindows(sizeMs: number, offsetMs: number): TimeWindows {
  return {
    paneMs: sizeMs,
    everyMs: sizeMs,
    windowsPerRow: 1,
    paneOf: (time) => tumblingStart(time, sizeMs, offsetMs),
    startOf: (end) => end - sizeMs,
    firstEndAfter: (time) => tumblingStart(time, sizeMs, offsetMs) + sizeMs,
    lastEndOf: (time) => tumblingStart(time, sizeMs, offsetMs) + sizeMs,
  };
}
