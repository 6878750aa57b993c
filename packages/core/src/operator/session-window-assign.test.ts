import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import type { Operator, OperatorContext } from "./operator.ts";
import { createSessionWindowAggregate } from "./session-window-aggregate.ts";
import { createSessionWindowAssign } from "./session-window-assign.ts";

const fields: readonly Field[] = [
  { name: "k", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
  { name: "v", type: BIGINT },
];
const output = [...fields, ...["start", "end", "time"].map((name) => ({ name, type: TIMESTAMP_3 }))];
const gapMs = 10;

const create = (context: OperatorContext) => createAssign(context, false);

function createAssign(context: OperatorContext, isUpdating: boolean): Operator {
  const base = { inputFields: fields, keys: [0], gapMs, timeColumn: 1 };
  const sessions = createSessionWindowAggregate(
    { kind: "session-window-aggregate", ...base, aggregates: [], properties: ["window_start", "window_end"] },
    context,
  );
  return createSessionWindowAssign({ kind: "session-window-assign", ...base, isUpdating }, context, sessions);
}

const verification = () =>
  verifyOperator({ create, inputs: [{ fields }], output: { fields: output }, partitionedBy: [[0]] });

test("rows come with their session's window when it is complete", () => {
  verification()
    .input(
      rows(0, [
        ["a", 0, 1],
        ["b", 5, 2],
        ["a", 18, 3],
        [null, 3, 4],
        ["a", 9, 5],
      ]),
      watermark(14),
      rows(0, [["b", 16, 6]]),
      watermark(27),
      end(),
    )
    .expect(
      [null, 3, 4, 3, 13, 12],
      ["b", 5, 2, 5, 15, 14],
      ["a", 0, 1, 0, 28, 27],
      ["a", 9, 5, 0, 28, 27],
      ["a", 18, 3, 0, 28, 27],
      ["b", 16, 6, 16, 26, 25],
    );
});

test("a late row is left out unless its session is still open", () => {
  verification()
    .input(
      rows(0, [
        ["a", 0, 1],
        ["b", 15, 2],
      ]),
      watermark(20),
      rows(0, [["a", 3, 3]]),
      rows(0, [["b", 7, 4]]),
      rows(0, [["a", 12, 5]]),
      end(),
    )
    .metrics({ numLateRecordsDropped: 1 })
    .expect(["a", 0, 1, 0, 10, 9], ["b", 15, 2, 7, 25, 24], ["b", 7, 4, 7, 25, 24], ["a", 12, 5, 12, 22, 21]);
});

test("changes come in their order, and what was taken back holds its session together", () => {
  verifyOperator({
    create: (context) => createAssign(context, true),
    inputs: [{ fields }],
    output: { fields: output },
    partitionedBy: [[0]],
  })
    .input(
      rows(0, [
        ["a", 0, 1],
        ["a", 9, 2],
        ["a", 18, 3],
        ["b", 40, 4],
      ]),
      rows(0, [change("-D", "a", 9, 2), change("-U", "b", 40, 4), change("+U", "b", 3, 4), change("+I", "a", 1, 5)]),
      watermark(30),
      rows(0, [change("-D", "a", 0, 1)]),
      end(),
    )
    .metrics({ numLateRecordsDropped: 1 })
    .expect(
      change("+U", "b", 3, 4, 3, 13, 12),
      ["a", 0, 1, 0, 28, 27],
      ["a", 9, 2, 0, 28, 27],
      ["a", 18, 3, 0, 28, 27],
      change("-D", "a", 9, 2, 0, 28, 27),
      ["a", 1, 5, 0, 28, 27],
      ["b", 40, 4, 40, 50, 49],
      change("-U", "b", 40, 4, 40, 50, 49),
    );
});

type Row = readonly [string, number, number];

/** By the definition: windows of one row each, those that touch merge, a merged one that is due already is late. */
function naive(steps: readonly (number | readonly Row[])[]): string[] {
  const sessions = new Map<string, { start: number; end: number; rows: readonly Row[] }[]>();
  const results: string[] = [];
  let passed = Number.NEGATIVE_INFINITY;
  for (const step of [...steps, Number.POSITIVE_INFINITY]) {
    if (typeof step === "number") {
      passed = Math.max(passed, step);
      for (const [key, list] of sessions) {
        for (const session of list.filter((each) => each.end - 1 <= passed))
          results.push(...session.rows.map((row) => [...row, session.start, session.end, session.end - 1].join("|")));
        sessions.set(
          key,
          list.filter((each) => each.end - 1 > passed),
        );
      }
      continue;
    }
    for (const row of step) {
      const list = sessions.get(row[0]) ?? [];
      const touching = list.filter((each) => each.start <= row[1] + gapMs && each.end >= row[1]);
      const merged = {
        start: Math.min(row[1], ...touching.map((each) => each.start)),
        end: Math.max(row[1] + gapMs, ...touching.map((each) => each.end)),
        rows: [...touching.flatMap((each) => each.rows), row],
      };
      if (merged.end - 1 > passed) sessions.set(row[0], [...list.filter((each) => !touching.includes(each)), merged]);
    }
  }
  return results.sort();
}

test("agrees with the definition on any rows and watermarks", () => {
  const row = fc.tuple(fc.constantFrom("a", "b"), fc.integer({ min: -60, max: 120 }), fc.nat(9));
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.array(row, { minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: -60, max: 140 }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const operator = create({ operatorId: "session", state: createMemoryState(), metrics: createMetricGroup() });
      const results: string[] = [];
      let passed = Number.NEGATIVE_INFINITY;
      for (const each of [...steps, Number.POSITIVE_INFINITY]) {
        if (typeof each === "number" && each <= passed) continue;
        if (typeof each === "number") passed = each;
        const emitted =
          typeof each === "number"
            ? operator.onWatermark(each)
            : operator.onBatch(
                recordBatch(
                  each.length,
                  fields.map(({ type }, c) =>
                    columnOf(
                      type,
                      each.map((values) => values[c]),
                    ),
                  ),
                ),
                0,
              );
        for (const batch of emitted) {
          for (let r = 0; r < batch.length; r++)
            results.push(output.map(({ type }, c) => String(valueAt(batch.columns[c], r, type))).join("|"));
        }
      }
      expect(results.sort()).toEqual(naive(steps));
    }),
    { numRuns: 2000 },
  );
});
