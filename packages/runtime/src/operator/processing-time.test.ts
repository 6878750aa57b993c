import {
  BIGINT,
  createSessionWindowAggregate,
  createWindowAggregate,
  type OperatorFactory,
  TIMESTAMP_3,
  type TimeWindowSpec,
} from "@millrace/core";
import { end, processingTime, processingTimer, rows, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { describe, test } from "vitest";
import { inProcessingTime } from "./processing-time.ts";

const COUNT = { kind: "bigint", nullable: false } as const;
const inputFields = [
  { name: "key", type: BIGINT },
  { name: "p", type: TIMESTAMP_3 },
];
const output = [
  { name: "key", type: BIGINT },
  { name: "n", type: COUNT },
  { name: "window_end", type: TIMESTAMP_3 },
];
const count = { function: "count", args: [], argTypes: [], filter: null, distinct: false, type: COUNT } as const;
const base = { inputFields, keys: [0], timeColumn: 1, aggregates: [count], properties: ["window_end"] } as const;

const verification = (create: OperatorFactory) =>
  verifyOperator({
    create: inProcessingTime(create, 1, (moment) => moment),
    inputs: [{ fields: inputFields }],
    output: { fields: output },
    partitionedBy: [[0]],
  });
const windows = (window: TimeWindowSpec) =>
  verification((context) => createWindowAggregate({ kind: "window-aggregate", ...base, window }, context));
const sessions = (gapMs: number) =>
  verification((context) =>
    createSessionWindowAggregate({ kind: "session-window-aggregate", ...base, gapMs }, context),
  );

/** Rows of these keys that come at a time at which no timer has rung yet; what stands in the time column is of no account. */
const arrive = (at: number, ...keys: number[]) => [
  processingTime(at),
  rows(
    0,
    keys.map((key) => [key, 1]),
  ),
];

const tumble = { kind: "tumble", sizeMs: 10, offsetMs: 0 } as const;

describe("windows of processing time", () => {
  test("hold the rows that came while they lasted, and come out when the clock reaches their end", () => {
    windows(tumble)
      .input(
        ...arrive(1, 1, 2, 1),
        ...arrive(9, 1),
        ...arrive(10, 1),
        processingTimer(19),
        processingTimer(20),
        ...arrive(31, 2),
      )
      .expect([1, 3, 10], [2, 1, 10], [1, 1, 20]);
  });

  test("come out at their end while nothing comes, several one after the other", () => {
    windows({ kind: "hop", sizeMs: 20, slideMs: 10, offsetMs: 0 })
      .input(...arrive(5, 1), processingTimer(9), processingTimer(1000))
      .expectInOrder([1, 1, 10], [1, 1, 20]);
  });

  test("that are open when the input ends come out then; watermarks before say nothing", () => {
    windows(tumble)
      .input(...arrive(5, 1), watermark(500), ...arrive(7, 1), end())
      .expectInOrder([1, 2, 10]);
  });

  test("a clock that goes back does not make rows late", () => {
    windows(tumble)
      .input(...arrive(25, 1), processingTimer(30), ...arrive(12, 1), ...arrive(33, 1), processingTimer(40))
      .metrics({ numLateRecordsDropped: 0 })
      .expectInOrder([1, 1, 30], [1, 2, 40]);
  });

  test("sessions end when nothing has come for their gap", () => {
    sessions(10)
      .input(
        ...arrive(1, 1),
        ...arrive(8, 1, 2),
        ...arrive(17, 1),
        processingTimer(18),
        processingTimer(26),
        processingTimer(27),
      )
      .expectInOrder([2, 1, 18], [1, 3, 27]);
  });

  test("agree with counting by hand, at any times", () => {
    const step = fc.record({ after: fc.nat({ max: 15 }), keys: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom(1, 7, 10), (steps, sizeMs) => {
        const counts = new Map<string, number>();
        let now = 0;
        const events = steps.flatMap(({ after, keys }) => {
          now += after;
          for (const key of keys) {
            const id = `${key} ${Math.floor(now / sizeMs) * sizeMs + sizeMs}`;
            counts.set(id, (counts.get(id) ?? 0) + 1);
          }
          return keys.length === 0 ? [processingTimer(now)] : arrive(now, ...keys);
        });
        const expected = Array.from(counts, ([id, n]) => {
          const [key, windowEnd] = id.split(" ").map(Number);
          return [key, n, windowEnd];
        });
        windows({ ...tumble, sizeMs })
          .input(...events, end())
          .expect(...expected);
      }),
      { numRuns: 30 },
    );
  });

  test("sessions agree with counting by hand, at any times", () => {
    const step = fc.record({ after: fc.nat({ max: 12 }), keys: fc.array(fc.nat({ max: 2 }), { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const gapMs = 10;
        const open = new Map<number, { count: number; last: number }>();
        const expected: number[][] = [];
        const close = (key: number, { count: n, last }: { count: number; last: number }) =>
          expected.push([key, n, last + gapMs]);
        let now = 0;
        const events = steps.flatMap(({ after, keys }) => {
          now += after;
          for (const key of keys) {
            const known = open.get(key);
            // The clock has reached the end of a session before a row that comes at that time.
            if (known !== undefined && now < known.last + gapMs) open.set(key, { count: known.count + 1, last: now });
            else {
              if (known !== undefined) close(key, known);
              open.set(key, { count: 1, last: now });
            }
          }
          return keys.length === 0 ? [processingTimer(now)] : arrive(now, ...keys);
        });
        for (const [key, session] of open) close(key, session);
        sessions(gapMs)
          .input(...events, end())
          .expect(...expected);
      }),
      { numRuns: 30 },
    );
  });
});
