import { BIGINT, createWindowAggregate, TIMESTAMP_3, type WindowAggregateSpec } from "@millrace/core";
import { end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, test } from "vitest";
import { inLocalTime } from "./local-time.ts";

const count = { kind: "bigint", nullable: false } as const;
const spec: WindowAggregateSpec = {
  kind: "window-aggregate",
  inputFields: [
    { name: "key", type: BIGINT },
    { name: "ts", type: TIMESTAMP_3 },
  ],
  keys: [0],
  window: { kind: "tumble", sizeMs: 30 * 60_000, offsetMs: 0 },
  timeColumn: 1,
  aggregates: [{ function: "count", args: [], argTypes: [], filter: null, distinct: false, type: count }],
  properties: ["window_start"],
};

/** Local times stand in rows as if they were UTC. */
const local = (text: string) => Date.parse(`${text}Z`);
const instant = local;

function verification() {
  return verifyOperator({
    create: inLocalTime((context) => createWindowAggregate(spec, context), "Europe/Paris"),
    inputs: [{ fields: spec.inputFields }],
    output: {
      fields: [
        { name: "key", type: BIGINT },
        { name: "n", type: count },
        { name: "window_start", type: TIMESTAMP_3 },
      ],
    },
    partitionedBy: [[0]],
  });
}

describe("windows of half an hour in Paris", () => {
  test("end when the clock there says so, not in UTC", () => {
    verification()
      .input(
        rows(0, [[1, local("2026-01-01T00:10")]]),
        // 00:29 there, then 00:30: the row of 00:20 comes in time, that of 00:25 too late.
        watermark(instant("2025-12-31T23:29")),
        rows(0, [[1, local("2026-01-01T00:20")]]),
        watermark(instant("2025-12-31T23:30")),
        rows(0, [[1, local("2026-01-01T00:25")]]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect([1, 2, local("2026-01-01T00:00")]);
  });

  test("stay open while the hour that comes twice goes on", () => {
    verification()
      .input(
        rows(0, [[1, local("2026-10-25T02:10")]]),
        // 02:50 for the first time: 02:10 comes again.
        watermark(instant("2026-10-25T00:50")),
        rows(0, [[1, local("2026-10-25T02:15")]]),
        // 02:15 for the second time.
        watermark(instant("2026-10-25T01:15")),
        rows(0, [[1, local("2026-10-25T02:20")]]),
        // 02:30 for the second time.
        watermark(instant("2026-10-25T01:30")),
        rows(0, [[1, local("2026-10-25T02:25")]]),
        end(),
      )
      .metrics({ numLateRecordsDropped: 1 })
      .expect([1, 3, local("2026-10-25T02:00")]);
  });
});
