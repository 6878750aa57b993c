import type { TimeWindows } from "./time-windows.ts";
import { tumblingStart } from "./tumbling.ts";

/** CUMULATE: windows start every `sizeMs` and end at each step up to that size. */
export function cumulatingWindows(sizeMs: number, stepMs: number, offsetMs: number): TimeWindows {
  return {
    paneMs: stepMs,
    everyMs: stepMs,
    windowsPerRow: sizeMs / stepMs,
    paneOf: (time) => tumblingStart(time, stepMs, offsetMs),
    startOf: (end) => tumblingStart(end - stepMs, sizeMs, offsetMs),
    firstEndAfter: (time) => tumblingStart(time, stepMs, offsetMs) + stepMs,
    lastEndOf: (time) => tumblingStart(time, sizeMs, offsetMs) + sizeMs,
  };
}
