import {
  batchOf,
  end,
  type OperatorEvent,
  overCall,
  overFields,
  overRow,
  type ReferenceOver,
  randomOverCall,
  rangeFrame,
  referenceOver,
  rows,
  rowsFrame,
  seededRandom,
  verifyOver,
  watermark,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { TIMESTAMP_3 } from "../batch/data-type.ts";
import type { SortKey } from "../batch/row-order.ts";
import { createMetricGroup } from "../metrics.ts";
import type { OverCallSpec, OverFrame } from "../over/over-call.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createTimeOver, type TimeOverSpec } from "./time-over.ts";

const fields = overFields(TIMESTAMP_3);
const TIME: SortKey = { column: 1, descending: false, nullsFirst: true };

function verify(given: ReferenceOver, timeDomain: TimeOverSpec["timeDomain"] = "event") {
  const spec: TimeOverSpec = { kind: "time-over", fields, timeDomain, ...given };
  return verifyOver((context) => createTimeOver(spec, context), spec);
}

describe("window functions in event time", () => {
  const sum = (frame: OverFrame): ReferenceOver => ({
    keys: [0],
    order: [TIME],
    calls: [overCall("sum", 2, { frame })],
  });

  it("give rows once the watermark has passed them, in the order of time", () => {
    verify(sum(rowsFrame(-1, 0)))
      .input(
        rows(0, [overRow(1, 30, 7), overRow(1, 10, 5)]),
        watermark(10),
        rows(0, [overRow(1, 20, 2)]),
        watermark(30),
      )
      .expectInOrder([...overRow(1, 10, 5), 5], [...overRow(1, 20, 2), 7], [...overRow(1, 30, 7), 9]);
  });

  it("keep rows back that the watermark has not passed", () => {
    verify(sum(rowsFrame(null, 0)))
      .input(rows(0, [overRow(1, 30, 7), overRow(1, 10, 5)]), watermark(29))
      .expect([...overRow(1, 10, 5), 5]);
  });

  it("drop late rows and count them", () => {
    verify(sum(rowsFrame(null, 0)))
      .input(
        rows(0, [overRow(1, 10, 5)]),
        watermark(10),
        rows(0, [overRow(1, 10, 1), overRow(1, 9, 1), overRow(1, 11, 2)]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 2 })
      .expect([...overRow(1, 10, 5), 5], [...overRow(1, 11, 2), 7]);
  });

  it("count rows of the same time together in RANGE, one after the other in ROWS", () => {
    const input = rows(0, [overRow(1, 10, 1), overRow(1, 10, 2), overRow(1, 20, 3), overRow(1, 20, 4)]);
    verify(sum(rangeFrame(null, 0)))
      .input(input, end())
      .expect(
        [...overRow(1, 10, 1), 3],
        [...overRow(1, 10, 2), 3],
        [...overRow(1, 20, 3), 10],
        [...overRow(1, 20, 4), 10],
      );
    verify(sum(rowsFrame(null, 0)))
      .input(input, end())
      .expect(
        [...overRow(1, 10, 1), 1],
        [...overRow(1, 10, 2), 3],
        [...overRow(1, 20, 3), 6],
        [...overRow(1, 20, 4), 10],
      );
    verify(sum(rangeFrame(0, 0)))
      .input(input, end())
      .expect(
        [...overRow(1, 10, 1), 3],
        [...overRow(1, 10, 2), 3],
        [...overRow(1, 20, 3), 7],
        [...overRow(1, 20, 4), 7],
      );
  });

  it("count rows of an interval, both ends included, and begin anew after a gap", () => {
    verify(sum(rangeFrame(-10, 0)))
      .input(
        rows(0, [overRow(1, 10, 1), overRow(1, 20, 2)]),
        watermark(20),
        rows(0, [overRow(1, 21, 3)]),
        watermark(100),
        rows(0, [overRow(1, 101, 4), overRow(1, 300, 5)]),
        end(),
      )
      .expect(
        [...overRow(1, 10, 1), 1],
        [...overRow(1, 20, 2), 3],
        [...overRow(1, 21, 3), 5],
        [...overRow(1, 101, 4), 4],
        [...overRow(1, 300, 5), 5],
      );
  });

  it("order rows of the same time by further columns", () => {
    verify({ ...sum(rowsFrame(null, 0)), order: [TIME, { column: 2, descending: true, nullsFirst: false }] })
      .input(rows(0, [overRow(1, 10, 1), overRow(1, 10, 2), overRow(1, 10, 3)]), end())
      .expect([...overRow(1, 10, 3), 3], [...overRow(1, 10, 2), 5], [...overRow(1, 10, 1), 6]);
  });
});

describe("state of window functions in event time", () => {
  /** Bytes held after so many seconds of 50 rows each, of keys that come and go. */
  function bytesAfter(seconds: number, frame: OverFrame, keyCount: number): number {
    const state = createMemoryState();
    const spec: TimeOverSpec = {
      kind: "time-over",
      fields,
      keys: [0],
      order: [TIME],
      timeDomain: "event",
      calls: [overCall("sum", 2, { frame }), overCall("max", 3, { frame })],
    };
    const operator = createTimeOver(spec, { operatorId: "over", state, metrics: createMetricGroup() });
    let out = 0;
    for (let second = 0; second < seconds; second++) {
      const list = Array.from({ length: 50 }, (_, i) => overRow((second * 7 + i) % keyCount, second * 1000 + i, i));
      for (const batch of operator.onBatch(batchOf({ fields }, list), 0)) out += batch.length;
      for (const batch of operator.onWatermark(second * 1000)) out += batch.length;
    }
    expect(out).toBeGreaterThan((seconds - 2) * 50);
    return state.byteSize;
  }

  it("does not grow with an interval, though keys never come again", () => {
    const bytes = bytesAfter(100, rangeFrame(-5000, 0), Number.POSITIVE_INFINITY);
    expect(bytesAfter(1500, rangeFrame(-5000, 0), Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(bytes);
  });

  it("does not grow with a number of rows, for the keys there are", () => {
    const bytes = bytesAfter(200, rowsFrame(-5, 0), 100);
    expect(bytesAfter(1500, rowsFrame(-5, 0), 100)).toBeLessThanOrEqual(bytes);
  });
});

describe("window functions in processing time", () => {
  it("count rows in the order of arrival, at once", () => {
    verify({ keys: [0], order: [TIME], calls: [overCall("sum", 2, { frame: rangeFrame(null, 0) })] }, "processing")
      .input(rows(0, [overRow(1, 10, 1), overRow(1, 10, 2)]), rows(0, [overRow(2, 11, 9), overRow(1, 12, 3)]))
      .expect(
        [...overRow(1, 10, 1), 1],
        [...overRow(1, 10, 2), 3],
        [...overRow(2, 11, 9), 9],
        [...overRow(1, 12, 3), 6],
      );
  });

  it("forget rows after an interval", () => {
    verify({ keys: [0], order: [TIME], calls: [overCall("count", null, { frame: rangeFrame(-5, 0) })] }, "processing")
      .input(rows(0, [overRow(1, 10, 1), overRow(1, 15, 2)]), rows(0, [overRow(2, 40, 9), overRow(1, 40, 3)]))
      .expect(
        [...overRow(1, 10, 1), 1],
        [...overRow(1, 15, 2), 2],
        [...overRow(2, 40, 9), 1],
        [...overRow(1, 40, 3), 1],
      );
  });
});

function randomCall(random: () => number, canRange: boolean): OverCallSpec {
  const below = (limit: number) => Math.floor(random() * limit);
  const end = below(3) === 0 ? -below(4) : 0;
  const start = below(3) === 0 ? null : end - below(5);
  const frame =
    below(2) === 0
      ? rowsFrame(below(8) === 0 ? end + 1 : start, end)
      : canRange
        ? rangeFrame(start, end)
        : rangeFrame(null, 0);
  const names = [
    ...(["row_number", "rank", "dense_rank", "lag", "nth_value", "count", "first_value", "last_value"] as const),
    ...(["sum", "sum", "avg", "avg", "min", "max", "var_pop", "array_agg", "listagg", "percentile"] as const),
  ];
  return randomOverCall(random, names[below(names.length)], frame);
}

describe("window functions in event time agree with their definitions", () => {
  const first = Number(process.env.MILLRACE_TEST_SEED ?? 1);
  for (let seed = first; seed < first + 16; seed++) {
    it(`seed ${seed}`, () => {
      const random = seededRandom(seed);
      const below = (limit: number) => Math.floor(random() * limit);
      const keys = random() < 0.8 ? [0] : [];
      const order = below(3) === 0 ? [TIME, { column: 3, descending: false, nullsFirst: true }] : [TIME];
      const calls = Array.from({ length: 1 + below(4) }, () => randomCall(random, order.length === 1));
      const values = [null, 1, 2, 3, 9007199254740993n, -4];
      const events: OperatorEvent[] = [];
      const all: (readonly unknown[])[] = [];
      let passed = 0;
      for (let step = 0; step < 12; step++) {
        const list = Array.from({ length: below(20) }, () => [
          below(20) === 0 ? null : below(4),
          passed + 1 + below(12),
          values[below(values.length)],
          below(6) === 0 ? null : below(40) / 4,
          [null, "", "a", "b", "é"][below(5)],
        ]);
        all.push(...list);
        passed += below(3) === 0 ? 20 : below(8);
        events.push(rows(0, list), ...(below(4) === 0 ? [] : [watermark(passed)]));
        passed = events.at(-1)?.kind === "watermark" ? passed : Math.max(0, passed);
      }
      const marks = events.flatMap((event) => (event.kind === "watermark" ? [event.at] : []));
      const growing = events.filter(
        (event) => event.kind !== "watermark" || marks.indexOf(event.at) === marks.lastIndexOf(event.at),
      );
      verify({ keys, order, calls })
        .seed(seed)
        .input(...growing, end())
        .expect(...referenceOver(all, { keys, order, calls }));
    });
  }
});
