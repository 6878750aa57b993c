import type { TimeWindows } from "./time-windows.ts";
import { tumblingStart } from "./tumbling.ts";

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** HOP: windows of `sizeMs` start every `slideMs`; a slide above the size leaves gaps that hold no window. */
export function slidingWindows(sizeMs: number, slideMs: number, offsetMs: number): TimeWindows {
  const paneMs = greatestCommonDivisor(sizeMs, slideMs);
  return {
    paneMs,
    everyMs: slideMs,
    windowsPerRow: Math.ceil(sizeMs / slideMs),
    paneOf: (time) => tumblingStart(time, paneMs, offsetMs),
    startOf: (end) => end - sizeMs,
    firstEndAfter: (time) => tumblingStart(time, slideMs, offsetMs + sizeMs) + slideMs,
    lastEndOf(time) {
      const end = tumblingStart(time, slideMs, offsetMs) + sizeMs;
      return end > time ? end : Number.NEGATIVE_INFINITY;
    },
  };
}
