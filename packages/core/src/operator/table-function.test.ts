import { change, end, rows, verifyOperator, watermark } from "@millrace/testkit";
import { describe, expect, it } from "vitest";
import { columnOf } from "../batch/column-builder.ts";
import { INT, STRING } from "../batch/data-type.ts";
import { recordBatch } from "../batch/record-batch.ts";
import { createTableFunction, type TableFunctionSpec } from "./table-function.ts";

const input = {
  fields: [
    { name: "id", type: INT },
    { name: "n", type: INT },
  ],
};
const functionFields = [
  { name: "i", type: INT },
  { name: "text", type: STRING },
];

/** n gives the rows (0, "#0"), (1, NULL), (2, "#2") ... up to n - 1. */
function* upTo([n]: readonly unknown[]): Generator<readonly unknown[]> {
  for (let i = 0; i < Number(n ?? 0); i++) yield [i, i % 2 === 1 ? null : `#${i}`];
}

function verify(joinType: TableFunctionSpec["joinType"], withOrdinality: boolean, passed = 2) {
  const spec: TableFunctionSpec = {
    kind: "table-function",
    args: [1],
    argTypes: [INT],
    passed,
    functionFields,
    joinType,
    withOrdinality,
  };
  const ordinality = withOrdinality ? [{ name: "ORDINALITY", type: INT }] : [];
  return verifyOperator({
    create: () => createTableFunction(spec, upTo),
    inputs: [input],
    output: { fields: [...input.fields.slice(0, passed), ...functionFields, ...ordinality] },
    partitionedBy: [[0]],
  });
}

describe("table function", () => {
  it("repeats a row for each row that the function gives, with the row's kind", () => {
    verify("inner", false)
      .input(rows(0, [[1, 2], [2, 0], [3, null], change("-D", 1, 2)]), watermark(1), rows(0, [[4, 1]]), end())
      .expectInOrder([1, 2, 0, "#0"], [1, 2, 1, null], change("-D", 1, 2, 0, "#0"), change("-D", 1, 2, 1, null), [
        4,
        1,
        0,
        "#0",
      ]);
  });

  it("of a left join keeps a row once if the condition holds for none of its rows, and numbers those that it is tried on", () => {
    const spec: TableFunctionSpec = {
      kind: "table-function",
      args: [1],
      argTypes: [INT],
      passed: 2,
      functionFields,
      joinType: "left",
      withOrdinality: true,
      conditionInputs: [0],
      conditionTypes: [INT],
    };
    const ordinality = { name: "ORDINALITY", type: INT };
    const output = { fields: [...input.fields, ...functionFields, ordinality] };
    const create = () =>
      createTableFunction(spec, upTo, ([id], [, text], ordinal) => text !== null && ordinal > Number(id));
    verifyOperator({ create, inputs: [input], output, partitionedBy: [[0]] })
      .input(rows(0, [[1, 3], [3, 3], change("-D", 0, 1), [0, 0]]), end())
      .expectInOrder([1, 3, 2, "#2", 3], [3, 3, null, null, null], change("-D", 0, 1, 0, "#0", 1), [
        0,
        0,
        null,
        null,
        null,
      ]);
  });

  it("numbers the rows of each input row, and keeps rows without any in a left join", () => {
    verify("left", true, 1)
      .input(rows(0, [[1, 3], [2, 0], change("-U", 3, null), change("+U", 3, 1)]), end())
      .expectInOrder(
        [1, 0, "#0", 1],
        [1, 1, null, 2],
        [1, 2, "#2", 3],
        [2, null, null, null],
        change("-U", 3, null, null, null),
        change("+U", 3, 0, "#0", 1),
      );
  });

  it("emits full batches of a row that gives many, and asks the function for no more than that", () => {
    let asked = 0;
    const spec: TableFunctionSpec = {
      kind: "table-function",
      args: [],
      argTypes: [],
      passed: 1,
      functionFields: [{ name: "i", type: INT }],
      joinType: "inner",
      withOrdinality: false,
    };
    const operator = createTableFunction(spec, function* () {
      for (let i = 0; i < 10_000; i++) {
        asked++;
        yield [i];
      }
    });
    const batches = operator.onBatch(recordBatch(1, [columnOf(INT, [7])]), 0)[Symbol.iterator]();
    const first = batches.next();
    expect([first.value?.length, asked]).toEqual([4096, 4096]);
    const rest = [batches.next().value?.length, batches.next().value?.length, batches.next().done];
    expect(rest).toEqual([4096, 1808, true]);
  });
});
