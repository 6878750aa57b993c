import { end, rows, seededRandom, type TestRow, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import type { PairPredicate } from "../batch/join-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createIntervalJoin, type IntervalJoinSpec } from "./interval-join.ts";

const fields: readonly Field[] = [
  { name: "key", type: BIGINT },
  { name: "name", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
];
type Row = readonly [number | null, string, number | null];

function spec(joinType: IntervalJoinSpec["joinType"], lowerMs: number, upperMs: number): IntervalJoinSpec {
  return {
    kind: "interval-join",
    joinType,
    leftFields: fields,
    rightFields: fields,
    leftKeys: [0],
    rightKeys: [0],
    leftTime: 2,
    rightTime: 2,
    lowerMs,
    upperMs,
  };
}

const within =
  (lowerMs: number, upperMs: number): PairPredicate =>
  (left, l, right, r) => {
    const apart = Number(valueAt(right.columns[2], r, TIMESTAMP_3)) - Number(valueAt(left.columns[2], l, TIMESTAMP_3));
    return apart >= lowerMs && apart <= upperMs;
  };

function verify(joinType: IntervalJoinSpec["joinType"], lowerMs: number, upperMs: number) {
  return verifyOperator({
    create: (context) => createIntervalJoin(spec(joinType, lowerMs, upperMs), context, within(lowerMs, upperMs)),
    inputs: [{ fields }, { fields }],
    output: { fields: [...fields, ...fields] },
    partitionedBy: [[0], [0]],
  });
}

const none = [null, null, null];

/** The join by its definition, over all rows. */
function naive(
  joinType: IntervalJoinSpec["joinType"],
  left: readonly Row[],
  right: readonly Row[],
  lower: number,
  upper: number,
) {
  const result: TestRow[] = [];
  const matches = (l: Row, r: Row) =>
    l[0] !== null && l[0] === r[0] && l[2] !== null && r[2] !== null && r[2] - l[2] >= lower && r[2] - l[2] <= upper;
  for (const l of left) {
    const partners = right.filter((r) => matches(l, r));
    for (const r of partners) result.push([...l, ...r]);
    if (partners.length === 0 && (joinType === "left" || joinType === "full")) result.push([...l, ...none]);
  }
  if (joinType === "right" || joinType === "full") {
    for (const r of right) if (!left.some((l) => matches(l, r))) result.push([...none, ...r]);
  }
  return result;
}

describe("interval join", () => {
  for (const joinType of ["inner", "left", "right", "full"] as const) {
    it.each([
      [-50, 50],
      [0, 0],
      [-100, -20],
      [30, 90],
    ])(`${joinType}: right - left from %i to %i ms gives what the definition says, each row once`, (lower, upper) => {
      for (let seed = 1; seed <= 5; seed++) {
        const next = seededRandom(seed);
        const int = (n: number) => Math.floor(next() * n);
        const sides: Row[][] = [[], []];
        const verification = verify(joinType, lower, upper).seed(seed);
        let time = 0;
        for (let step = 0; step < 25; step++) {
          const side = int(2) as 0 | 1;
          const batch = Array.from({ length: 1 + int(5) }, (_, i): Row => {
            const at = time + int(40);
            return [int(8) === 0 ? null : int(3), `${side}-${step}-${i}`, int(15) === 0 ? null : at];
          });
          sides[side].push(...batch);
          verification.input(rows(side, batch));
          time += int(30);
          // Rows to come are not older than `time`.
          if (int(2) === 0) verification.input(watermark(time - 1));
        }
        verification.input(end()).expect(...naive(joinType, sides[0], sides[1], lower, upper));
      }
    });
  }

  it("gives up a row without a partner once the watermark has passed its time, not before", () => {
    verify("full", -80, 80)
      .input(
        rows(0, [[1, "l", 100]]),
        rows(1, [[2, "r", 105]]),
        watermark(179),
        rows(1, [[1, "match", 180]]),
        // Slices of 20 ms: [100, 120) is over at 120 + 80.
        watermark(199),
        rows(0, [[3, "end", 300]]),
        watermark(200),
        end(),
      )
      .expectInOrder(
        [1, "l", 100, 1, "match", 180],
        [null, null, null, 2, "r", 105],
        [3, "end", 300, null, null, null],
      );
  });

  it("joins a late row with what is kept; one for which no partner can come is not kept", () => {
    verify("left", 0, 100)
      .input(
        rows(1, [[1, "r", 1000]]),
        watermark(1000),
        rows(0, [
          [1, "late", 950],
          [1, "later", 800],
        ]),
        rows(1, [[1, "late right", 850]]),
        end(),
      )
      // 800 + 100 is past: nothing may still match it, so it comes out at once, though the late right row would.
      .expectInOrder([1, "late", 950, 1, "r", 1000], [1, "later", 800, null, null, null]);
  });

  it("keeps its state flat over a long run, whatever the join", () => {
    for (const joinType of ["inner", "full"] as const) {
      const state = createMemoryState({ operatorId: "join" });
      const join = createIntervalJoin(
        spec(joinType, -5_000, 5_000),
        { operatorId: "join", state, metrics: createMetricGroup() },
        within(-5_000, 5_000),
      );
      const batchAt = (side: number, second: number) => {
        const list = Array.from(
          { length: 50 },
          (_, i): Row => [side * 1000 + (i % 10) * (i < 25 ? 1 : 100), "some text", second * 1000 + i],
        );
        return recordBatch(
          list.length,
          fields.map((field, c) =>
            columnOf(
              field.type,
              list.map((row) => row[c]),
            ),
          ),
        );
      };
      let early = 0;
      let late = 0;
      for (let second = 0; second < 1000; second++) {
        for (const side of [0, 1]) for (const _ of join.onBatch(batchAt(side, second), side));
        for (const _ of join.onWatermark(second * 1000));
        if (second >= 50 && second < 100) early = Math.max(early, state.byteSize);
        if (second >= 900) late = Math.max(late, state.byteSize);
      }
      expect(early).toBeGreaterThan(0);
      expect(late).toBeLessThanOrEqual(early);
    }
  });

  it("tells how much older than the watermark its rows may be", () => {
    const delayOf = (joinType: IntervalJoinSpec["joinType"], lower: number, upper: number) =>
      createIntervalJoin(
        spec(joinType, lower, upper),
        { operatorId: "join", state: createMemoryState({ operatorId: "join" }), metrics: createMetricGroup() },
        null,
      ).watermarkDelayMs;
    expect(delayOf("inner", -30, 50)).toBe(50);
    expect(delayOf("inner", -90, -10)).toBe(90);
    expect(delayOf("inner", 0, 0)).toBe(0);
    // A slice of an eighth of the interval longer.
    expect(delayOf("left", -30, 50)).toBe(60);
  });
});
