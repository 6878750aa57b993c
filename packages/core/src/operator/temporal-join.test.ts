import {
  type Change,
  change,
  changesOf,
  end,
  rows,
  seededRandom,
  type TestRow,
  verifyOperator,
  watermark,
} from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { valueAt } from "../batch/column.ts";
import { columnOf } from "../batch/column-builder.ts";
import { BIGINT, type Field, STRING, TIMESTAMP_3 } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createMetricGroup } from "../metrics.ts";
import { createMemoryState } from "../state/memory-state-backend.ts";
import { createTemporalJoin, type TemporalJoinSpec } from "./temporal-join.ts";

const left: readonly Field[] = [
  { name: "name", type: STRING },
  { name: "currency", type: BIGINT },
  { name: "ts", type: TIMESTAMP_3 },
];
const right: readonly Field[] = [
  { name: "currency", type: BIGINT },
  { name: "rate", type: STRING },
  { name: "ts", type: TIMESTAMP_3 },
];
type Row = readonly unknown[];

function spec(joinType: TemporalJoinSpec["joinType"]): TemporalJoinSpec {
  return {
    kind: "temporal-join",
    joinType,
    leftFields: left,
    rightFields: right,
    leftKeys: [1],
    rightKeys: [0],
    leftTime: 2,
    rightTime: 2,
  };
}

const output = { fields: [...left, ...right] };

function verify(joinType: TemporalJoinSpec["joinType"]) {
  return verifyOperator({
    create: (context) => createTemporalJoin(spec(joinType), context),
    inputs: [{ fields: left }, { fields: right }],
    output,
    partitionedBy: [[1], [0]],
  });
}

const none = [null, null, null];

/** The join by its definition: the last to arrive of the versions with the greatest time that is not after the row's. */
function naive(
  joinType: TemporalJoinSpec["joinType"],
  rowsLeft: readonly Row[],
  changes: readonly Change[],
): TestRow[] {
  const versions = changes.filter(({ kind }) => kind !== 1);
  return rowsLeft.flatMap((row): TestRow[] => {
    let valid: Change | null = null;
    for (const version of versions) {
      const [key, , time] = version.values;
      if (key === null || key !== row[1] || Number(time) > Number(row[2])) continue;
      if (valid === null || Number(time) >= Number(valid.values[2])) valid = version;
    }
    if (valid !== null && valid.kind !== 3) return [[...row, ...valid.values]];
    return joinType === "left" ? [[...row, ...none]] : [];
  });
}

describe("temporal join", () => {
  it("joins each row with the version that was valid at its time", () => {
    verify("inner")
      .input(
        rows(1, [
          [1, "114", 10],
          [2, "1", 10],
        ]),
        rows(0, [
          ["o1", 1, 15],
          ["o2", 1, 25],
          ["o3", 2, 9],
        ]),
        rows(1, [change("-U", 1, "114", 20), change("+U", 1, "116", 20)]),
        watermark(18),
        rows(0, [["o4", 1, 20]]),
        rows(1, [change("-D", 2, "1", 30)]),
        watermark(30),
        rows(0, [["o5", 2, 31]]),
        end(),
      )
      .expectInOrder(["o1", 1, 15, 1, "114", 10], ["o4", 1, 20, 1, "116", 20], ["o2", 1, 25, 1, "116", 20]);
  });

  it("keeps rows without a version in a left join: before the first, after a deletion, of no key", () => {
    verify("left")
      .input(
        rows(0, [
          ["early", 1, 5],
          ["no key", null, 7],
          ["in", 1, 15],
          ["after", 1, 25],
        ]),
        rows(1, [[1, "a", 10], change("-D", 1, "a", 20), [null, "b", 1]]),
        watermark(12),
        watermark(40),
        end(),
      )
      .expect(
        ["early", 1, 5, ...none],
        ["no key", null, 7, ...none],
        ["in", 1, 15, 1, "a", 10],
        ["after", 1, 25, ...none],
      );
  });

  it("joins a late row at once with what is still known", () => {
    verify("left")
      .input(
        rows(1, [
          [1, "old", 10],
          [1, "new", 20],
        ]),
        watermark(25),
        rows(0, [
          ["late", 1, 22],
          ["later", 1, 15],
        ]),
        end(),
      )
      .expectInOrder(["late", 1, 22, 1, "new", 20], ["later", 1, 15, ...none]);
  });

  it.each(["inner", "left"] as const)(
    "%s: gives what its definition says, whatever the order of arrival",
    (joinType) => {
      for (let seed = 1; seed <= 12; seed++) {
        const next = seededRandom(seed);
        const int = (n: number) => Math.floor(next() * n);
        const rowsLeft: Row[] = [];
        const changes: Change[] = [];
        const verification = verify(joinType).seed(seed);
        let time = 0;
        for (let step = 0; step < 30; step++) {
          const count = 1 + int(5);
          if (int(2) === 0) {
            const batch = Array.from(
              { length: count },
              (_, i): Row => [`${step}-${i}`, int(9) === 0 ? null : int(3), time + int(3000)],
            );
            rowsLeft.push(...batch);
            verification.input(rows(0, batch));
          } else {
            const batch = Array.from({ length: count }, (_, i) =>
              change(
                (["+I", "-U", "+U", "-D"] as const)[int(4)],
                int(9) === 0 ? null : int(3),
                `${step}-${i}`,
                time + int(3000),
              ),
            );
            changes.push(...batch);
            verification.input(rows(1, batch));
          }
          time += int(1000);
          if (int(2) === 0) verification.input(watermark(time - 1));
        }
        verification.input(end()).expect(...naive(joinType, rowsLeft, changes));
      }
    },
  );

  it("tries a residual condition on the valid version only", () => {
    const spec: TemporalJoinSpec = {
      kind: "temporal-join",
      joinType: "left",
      leftFields: left,
      rightFields: right,
      leftKeys: [1],
      rightKeys: [0],
      leftTime: 2,
      rightTime: 2,
    };
    verifyOperator({
      create: (context) =>
        createTemporalJoin(spec, context, (_, __, batch, r) => valueAt(batch.columns[1], r, STRING) === "good"),
      inputs: [{ fields: left }, { fields: right }],
      output,
      partitionedBy: [[1], [0]],
    })
      .input(
        rows(1, [
          [1, "good", 10],
          [1, "bad", 20],
        ]),
        rows(0, [
          ["a", 1, 15],
          ["b", 1, 25],
        ]),
        watermark(30),
        end(),
      )
      .expectInOrder(["a", 1, 15, 1, "good", 10], ["b", 1, 25, ...none]);
  });

  it("keeps its state flat over a long run: the last version of a key, and what is newer than the watermark", () => {
    const state = createMemoryState({ operatorId: "join" });
    const join = createTemporalJoin(spec("left"), { operatorId: "join", state, metrics: createMetricGroup() });
    const batchOf = (fields: readonly Field[], list: readonly Row[]) =>
      recordBatch(
        list.length,
        fields.map((field, c) =>
          columnOf(
            field.type,
            list.map((row) => row[c]),
          ),
        ),
      );
    const rateOf = (second: number) => `rate ${String(second).padStart(4, "0")}`;
    let early = 0;
    let late = 0;
    let joined = 0;
    for (let second = 0; second < 900; second++) {
      const at = second * 1000;
      const versions = Array.from({ length: 100 }, (_, i) => [i, rateOf(second), at + i]);
      const facts = Array.from({ length: 100 }, (_, i) => ["some name", i, at + 500]);
      for (const _ of join.onBatch(batchOf(right, versions), 1));
      for (const _ of join.onBatch(batchOf(left, facts), 0));
      for (const batch of join.onWatermark(at)) {
        joined += changesOf(batch, output).filter(({ values }) => values[4] === rateOf(second - 1)).length;
      }
      if (second >= 100 && second < 500) early = Math.max(early, state.byteSize);
      if (second >= 500) late = Math.max(late, state.byteSize);
    }
    expect(joined).toBe(899 * 100);
    // Texts that no row needs any more go now and then, so that the size wavers.
    expect(late).toBeLessThanOrEqual(early * 1.05);
  });
});
