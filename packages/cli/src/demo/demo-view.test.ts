import { BIGINT, columnOf, recordBatch, STRING, TIMESTAMP_3 } from "@millrace/core";
import { describe, expect, test } from "vitest";
import { textWidth } from "../output/text-width.ts";
import { ClosedWindow } from "./closed-windows.ts";
import { type DemoState, plainLine, screenLines } from "./demo-view.ts";

const fields = [
  { name: "window_end", type: TIMESTAMP_3 },
  { name: "channel", type: STRING },
  { name: "bids", type: BIGINT },
];

function windowOf(...rows: (readonly [end: number, name: string, count: number])[]): ClosedWindow {
  const window = new ClosedWindow(fields);
  const columns = fields.map((field, i) =>
    columnOf(
      field.type,
      rows.map((row) => row[i]),
    ),
  );
  window.take(recordBatch(rows.length, columns));
  return window;
}

function stateOf(changes: Partial<DemoState> = {}): DemoState {
  const empty = new ClosedWindow(fields);
  return {
    hotItems: empty,
    channels: empty,
    events: 0,
    totalEvents: 100,
    eventsPerSecond: 0,
    elapsedMs: 0,
    watermark: Number.NEGATIVE_INFINITY,
    ...changes,
  };
}

describe("ClosedWindow", () => {
  test("holds the newest window only, the largest first", () => {
    const window = windowOf([10_000, "old", 9], [20_000, "b", 1], [20_000, "a", 3], [10_000, "late", 99]);
    expect(window.end).toBe(20_000);
    expect(window.closedCount).toBe(2);
    expect(window.top(5)).toEqual([
      { name: "a", count: 3 },
      { name: "b", count: 1 },
    ]);
    expect(window.top(1)).toHaveLength(1);
  });
});

describe("the view", () => {
  const channels = windowOf([10_000, "Google", 1200]);

  test("fits every width, also before the first window has closed", () => {
    for (const columns of [20, 79, 80, 120, 200]) {
      for (const state of [stateOf(), stateOf({ channels })]) {
        for (const line of screenLines(state, columns)) expect(textWidth(line)).toBeLessThan(columns);
      }
    }
  });

  test("shows counts, the window and the share that is done", () => {
    const text = screenLines(stateOf({ channels, events: 50, watermark: 12_345 }), 120).join("\n");
    expect(text).toContain("Google            1,200  ████████████████████");
    expect(text).toContain("window until 00:00:10");
    expect(text).toContain("50 %");
    expect(text).toContain("watermark 1970-01-01 00:00:12.345");
  });

  test("keeps its height, so that redrawing it in place leaves nothing behind", () => {
    expect(screenLines(stateOf({ channels }), 120)).toHaveLength(screenLines(stateOf(), 120).length);
  });

  test("has one plain line", () => {
    expect(plainLine(stateOf({ channels, eventsPerSecond: 999.6 }))).toBe(
      "hot items -  - | channels 00:00:10  Google: 1,200 | 1,000 events/s, 0 in total, watermark not begun",
    );
  });
});
