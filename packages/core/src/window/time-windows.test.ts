import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type TimeWindowSpec, timeWindows } from "./time-windows.ts";
import { tumblingStart } from "./tumbling.ts";

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** All windows near a time by the definition: every start and size there is, kept if it holds the time. */
function naiveWindows(spec: TimeWindowSpec, time: number): Interval[] {
  const found: Interval[] = [];
  const every = spec.kind === "hop" ? spec.slideMs : spec.sizeMs;
  const nearest = Math.trunc((time - spec.offsetMs) / every);
  const reach = Math.ceil(spec.sizeMs / every) + 2;
  for (let k = nearest - reach; k <= nearest + reach; k++) {
    const start = k * every + spec.offsetMs;
    const sizes =
      spec.kind === "cumulate"
        ? Array.from({ length: spec.sizeMs / spec.stepMs }, (_, i) => (i + 1) * spec.stepMs)
        : [spec.sizeMs];
    for (const size of sizes) if (start <= time && time < start + size) found.push({ start, end: start + size });
  }
  return found.sort((a, b) => a.end - b.end);
}

function windowsOf(spec: TimeWindowSpec, time: number): Interval[] {
  const windows = timeWindows(spec);
  const last = windows.lastEndOf(time);
  const found: Interval[] = [];
  for (let end = windows.firstEndAfter(time); end <= last; end += windows.everyMs) {
    found.push({ start: windows.startOf(end), end });
  }
  return found;
}

const spec: fc.Arbitrary<TimeWindowSpec> = fc.oneof(
  fc.record({
    kind: fc.constant("tumble" as const),
    sizeMs: fc.integer({ min: 1, max: 50 }),
    offsetMs: fc.integer({ min: -60, max: 60 }),
  }),
  fc.record({
    kind: fc.constant("hop" as const),
    sizeMs: fc.integer({ min: 1, max: 50 }),
    slideMs: fc.integer({ min: 1, max: 50 }),
    offsetMs: fc.integer({ min: -60, max: 60 }),
  }),
  fc
    .record({
      stepMs: fc.integer({ min: 1, max: 10 }),
      steps: fc.integer({ min: 1, max: 6 }),
      offsetMs: fc.integer({ min: -60, max: 60 }),
    })
    .map(({ stepMs, steps, offsetMs }) => ({ kind: "cumulate" as const, stepMs, sizeMs: stepMs * steps, offsetMs })),
);
const time = fc.oneof(
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: -200_000, max: 200_000 }).map((n) => n / 1000),
);

describe("time windows", () => {
  it("are those of the definition, for any size, slide, offset and time", () => {
    fc.assert(
      fc.property(spec, time, (windows, t) => {
        expect(windowsOf(windows, t)).toEqual(naiveWindows(windows, t));
      }),
      { numRuns: 2000 },
    );
  });

  it("hold a pane as a whole or not at all", () => {
    fc.assert(
      fc.property(spec, time, (spec, t) => {
        const windows = timeWindows(spec);
        const pane = windows.paneOf(t);
        expect(pane <= t && t < pane + windows.paneMs).toBe(true);
        const ends = naiveWindows(spec, t).map((window) => window.end);
        expect(naiveWindows(spec, pane).map((window) => window.end)).toEqual(ends);
        expect(naiveWindows(spec, pane + windows.paneMs - 0.001).map((window) => window.end)).toEqual(ends);
        expect(ends.length).toBeLessThanOrEqual(windows.windowsPerRow);
      }),
      { numRuns: 2000 },
    );
  });

  it("start below times before the epoch", () => {
    expect(tumblingStart(-1, 10, 0)).toBe(-10);
    expect(tumblingStart(-10, 10, 0)).toBe(-10);
    expect(tumblingStart(-1, 10, 3)).toBe(-7);
  });

  it("refuse sizes that make no window", () => {
    expect(() => timeWindows({ kind: "tumble", sizeMs: 0, offsetMs: 0 })).toThrow(/size must be a whole number/);
    expect(() => timeWindows({ kind: "hop", sizeMs: 10, slideMs: -2, offsetMs: 0 })).toThrow(/slide must be/);
    expect(() => timeWindows({ kind: "cumulate", sizeMs: 10, stepMs: 3, offsetMs: 0 })).toThrow(/multiple of its step/);
  });
});
