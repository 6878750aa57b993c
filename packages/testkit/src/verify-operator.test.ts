import {
  BIGINT,
  copyBatch,
  NO_BATCHES,
  type Operator,
  type OperatorContext,
  type RecordBatch,
  recordBatch,
  STRING,
} from "@millrace/core";
import { describe, expect, it } from "vitest";
import { change } from "./change.ts";
import { end, rows, watermark } from "./operator-run.ts";
import { verifyOperator } from "./verify-operator.ts";

const schema = {
  fields: [
    { name: "k", type: BIGINT },
    { name: "s", type: STRING },
  ],
};
const events = [rows(0, [[1, "a"], [2, "b"], change("-D", 3, null)]), watermark(10), rows(0, [[4, "d"]]), end()];
const answer = [[1, "a"], [2, "b"], change("-D", 3, null), [4, "d"]];

const passOn: Operator = { onBatch: (batch) => [batch], onWatermark: () => NO_BATCHES };
const verify = (create: (context: OperatorContext) => Operator) =>
  verifyOperator({ create, inputs: [schema], output: schema, partitionedBy: [[0]] }).input(...events);

/** Keeps rows until the end, in memory of its own or in state. */
function collector(keep: (batch: RecordBatch) => RecordBatch): Operator {
  const kept: RecordBatch[] = [];
  return {
    onBatch(batch) {
      kept.push(keep(batch));
      return NO_BATCHES;
    },
    onWatermark: () => NO_BATCHES,
    *onEnd() {
      yield* kept;
    },
  };
}

describe("verifyOperator", () => {
  it("passes an operator that gives the same rows in every way", () => {
    verify(() => passOn).expect(...answer);
    verify(() => passOn).expectInOrder(...answer);
  });

  it("counts a key over restores and rescales in declared state", () => {
    const create = (context: OperatorContext): Operator => {
      const table = context.state.table({
        name: "counts",
        key: [schema.fields[0]],
        values: [{ name: "n", type: BIGINT }],
      });
      return {
        onBatch(batch) {
          const slots = new Int32Array(batch.length);
          table.slotsOf([batch.columns[0]], batch.length, slots);
          for (const slot of slots)
            table.columns[0].set(slot, ((table.columns[0].get(slot) as number | null) ?? 0) + 1);
          return NO_BATCHES;
        },
        onWatermark: () => NO_BATCHES,
        *onEnd() {
          const slots: number[] = [];
          table.forEachSlot((slot) => slots.push(slot));
          if (slots.length === 0) return;
          const list = Int32Array.from(slots);
          yield recordBatch(list.length, [
            table.keysOf(list, list.length)[0],
            table.columns[0].columnOf(list, list.length),
          ]);
        },
      };
    };
    const output = { fields: [schema.fields[0], { name: "n", type: BIGINT }] };
    const input = [...Array.from({ length: 40 }, (_, i) => [i % 5, "x"]), [2n ** 60n, "y"]];
    verifyOperator({ create, inputs: [schema], output, partitionedBy: [[0]] })
      .input(rows(0, input), end())
      .expect([0, 8], [1, 8], [2, 8], [3, 8], [4, 8], [2n ** 60n, 1]);
  });

  it.each([
    ["keeps a borrowed batch", () => collector((batch) => batch), /^rows as given: .*missing/s],
    ["loses state at a restore", () => collector(copyBatch), /^restored into a new instance.*missing/s],
    [
      "depends on how rows are cut",
      () => ({ ...passOn, onBatch: (batch: RecordBatch) => (batch.length > 1 ? [batch] : NO_BATCHES) }),
      /missing/,
    ],
    ["makes batches in advance", () => ({ ...passOn, onBatch: (batch: RecordBatch) => [batch, batch] }), /at once/],
    [
      "leaves out a column",
      () => ({ ...passOn, onBatch: (batch: RecordBatch) => [recordBatch(batch.length, batch.columns.slice(1))] }),
      /has 1 columns, not 2/,
    ],
    [
      "declares state late",
      (context: OperatorContext): Operator => {
        let started = false;
        return {
          ...passOn,
          onBatch(batch) {
            if (!started) context.state.table({ name: "late", key: [], values: [] });
            started = true;
            return [batch];
          },
        };
      },
      /did not declare the state late/,
    ],
  ])("fails an operator that %s", (_, create, message) => {
    expect(() => verify(create).expect(...answer)).toThrow(message);
  });

  it("compares tables by their final rows and refuses changelogs that make no sense", () => {
    const update = [rows(0, [[1, "a"], change("-U", 1, "a"), change("+U", 1, "b")])];
    const setup = { create: () => passOn, inputs: [schema], output: schema };
    verifyOperator(setup)
      .input(...update)
      .expectTable([1, "b"]);
    expect(() =>
      verifyOperator(setup)
        .input(...update)
        .expectTable([1, "a"]),
    ).toThrow(/- \+I\(1, "a"\)/);
    expect(() =>
      verifyOperator(setup)
        .input(rows(0, [change("-D", 1, "a")]))
        .expectTable(),
    ).toThrow(/not there/);
  });

  it("adds up metrics over instances", () => {
    const create = ({ metrics }: OperatorContext): Operator => ({
      ...passOn,
      onBatch(batch) {
        metrics.counter("seen").value += batch.length;
        return NO_BATCHES;
      },
    });
    verify(create).metrics({ seen: 4 }).expect();
    expect(() => verify(create).metrics({ seen: 5 }).expect()).toThrow(/metric seen is 4, expected 5/);
  });
});
