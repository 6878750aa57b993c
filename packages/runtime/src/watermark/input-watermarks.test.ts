import { MAX_TIMESTAMP, MIN_TIMESTAMP } from "@millrace/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputWatermarks } from "./input-watermarks.ts";

function create(count: number) {
  const merged = new InputWatermarks(() => 0);
  for (let i = 0; i < count; i++) merged.add(`input ${i}`);
  merged.seal();
  return merged;
}

describe("InputWatermarks", () => {
  test("is the minimum and waits for inputs that have not begun", () => {
    const merged = create(2);
    expect(merged.advance(0, 10)).toBe(false);
    expect(merged.watermark).toBe(MIN_TIMESTAMP);
    expect(merged.advance(1, 7)).toBe(true);
    expect(merged.watermark).toBe(7);
    expect(merged.advance(0, 20)).toBe(false);
    expect(merged.advance(1, 30)).toBe(true);
    expect(merged.watermark).toBe(20);
  });

  test("tells what the other active inputs hold back", () => {
    const merged = create(3);
    merged.advance(0, 10);
    merged.advance(1, 7);
    expect(merged.around(0)).toEqual({ own: 10, others: MIN_TIMESTAMP });
    merged.setIdle(2, true);
    expect(merged.around(0)).toEqual({ own: 10, others: 7 });
    expect(merged.around(1)).toEqual({ own: 7, others: 10 });
    merged.end(1);
    expect(merged.around(0)).toEqual({ own: 10, others: MAX_TIMESTAMP });
  });

  test("an ended input beside an idle one does not push time to its end", () => {
    const merged = create(2);
    merged.advance(1, 5);
    merged.setIdle(1, true);
    merged.advance(0, 9);
    expect(merged.watermark).toBe(9);
    expect(merged.end(0)).toBe(false);
    expect(merged.watermark).toBe(9);
    expect(merged.idle).toBe(true);
    merged.setIdle(1, false);
    merged.advance(1, 8);
    expect(merged.watermark).toBe(9);
    merged.end(1);
    expect(merged.watermark).toBe(MAX_TIMESTAMP);
    expect(merged.ended).toBe(true);
  });

  test("no end before it is sealed: splits may still be found", () => {
    const merged = new InputWatermarks(() => 0);
    merged.advance(merged.add("a"), 3);
    merged.end(0);
    expect(merged.watermark).toBe(3);
    expect(merged.ended).toBe(false);
    merged.seal();
    expect(merged.watermark).toBe(MAX_TIMESTAMP);
  });

  test("agrees with the definition for any history", () => {
    const event = fc.record({
      input: fc.nat(2),
      kind: fc.constantFrom("advance", "advance", "idle", "active", "end"),
      watermark: fc.nat(50),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const merged = create(3);
        const inputs = Array.from({ length: 3 }, () => ({ watermark: MIN_TIMESTAMP, idle: false, ended: false }));
        let expected = MIN_TIMESTAMP;
        for (const { input, kind, watermark } of events) {
          const state = inputs[input];
          if (state.ended) continue;
          const before = merged.watermark;
          let grew = false;
          if (kind === "advance") {
            grew = merged.advance(input, watermark);
            state.watermark = Math.max(state.watermark, watermark);
          } else if (kind === "end") {
            grew = merged.end(input);
            state.ended = true;
          } else {
            grew = merged.setIdle(input, kind === "idle");
            state.idle = kind === "idle";
          }
          const unended = inputs.filter((each) => !each.ended);
          const active = unended.filter((each) => !each.idle).map((each) => each.watermark);
          const candidate =
            unended.length === 0
              ? MAX_TIMESTAMP
              : active.length > 0
                ? Math.min(...active)
                : Math.max(...unended.map((each) => each.watermark));
          // Coming back from idleness is seen at the next watermark at the latest; it never lowers.
          if (kind !== "active") expected = Math.max(expected, candidate);
          expect(merged.watermark).toBe(expected);
          expect(grew).toBe(merged.watermark > before);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
