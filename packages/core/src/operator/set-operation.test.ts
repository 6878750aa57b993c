import { change, end, rows, seededRandom, type TestRow, valueText, verifyOperator, watermark } from "@millrace/testkit";
import { describe, it } from "vitest";
import { BIGINT, STRING } from "../batch/data-type.ts";
import { createSetOperation, type SetOperationSpec } from "./set-operation.ts";

const schema = {
  fields: [
    { name: "k", type: BIGINT },
    { name: "s", type: STRING },
  ],
};

function verify(operation: SetOperationSpec["operation"], all: boolean) {
  const spec: SetOperationSpec = { kind: "set-operation", operation, all, fields: schema.fields };
  return verifyOperator({
    create: (context) => createSetOperation(spec, context),
    inputs: [schema, schema],
    output: schema,
    partitionedBy: [
      [0, 1],
      [0, 1],
    ],
  });
}

type Row = readonly unknown[];

/** The definition: how often each row stands on either side decides how often it comes out. */
function naive(operation: SetOperationSpec["operation"], all: boolean, [left, right]: readonly Row[][]): Row[] {
  const countIn = (list: readonly Row[], row: Row) =>
    list.filter((other) => valueText(other) === valueText(row)).length;
  const distinct = [...new Map([...left, ...right].map((row) => [valueText(row), row])).values()];
  return distinct.flatMap((row) => {
    const [l, r] = [countIn(left, row), countIn(right, row)];
    let times = operation === "intersect" ? Math.min(l, r) : Math.max(l - r, 0);
    if (!all) times = operation === "intersect" ? Number(l > 0 && r > 0) : Number(l > 0 && r === 0);
    return new Array<Row>(times).fill(row);
  });
}

describe("set operation", () => {
  it("INTERSECT of rows that are only added emits a row when it stands on both sides", () => {
    verify("intersect", false)
      .input(
        rows(0, [
          [1, "a"],
          [1, "a"],
          [null, null],
        ]),
        rows(1, [
          [2, "a"],
          [1, "a"],
          [1, "a"],
          [null, null],
        ]),
        watermark(5),
        rows(0, [[2, "a"]]),
        end(),
      )
      .expectInOrder([1, "a"], [null, null], [2, "a"]);
  });

  it("EXCEPT takes a row back when it comes on the right, and brings it again when it goes there", () => {
    verify("except", false)
      .input(
        rows(0, [
          [1, "a"],
          [1, "a"],
          [2, "b"],
        ]),
        rows(1, [[1, "a"]]),
        rows(1, [change("-D", 1, "a")]),
        rows(0, [change("-U", 2, "b"), change("+U", 3, "c")]),
        end(),
      )
      .expectInOrder([1, "a"], [2, "b"], change("-D", 1, "a"), [1, "a"], change("-D", 2, "b"), [3, "c"]);
  });

  it("forgets rows that stand nowhere, also when they come twice in a batch", () => {
    verify("except", true)
      .input(
        rows(0, [[7, "x"], [7, "x"], change("-D", 7, "x"), change("-D", 7, "x"), [8, "y"]]),
        rows(1, [[7, "x"], change("-D", 7, "x")]),
        rows(0, [[7, "x"]]),
        end(),
      )
      .expectTable([7, "x"], [8, "y"]);
  });

  for (const operation of ["intersect", "except"] as const) {
    for (const all of [false, true]) {
      it(`${operation}${all ? " all" : ""} gives what its definition says, at any split`, () => {
        for (let seed = 1; seed <= 8; seed++) {
          const next = seededRandom(seed);
          const live: Row[][] = [[], []];
          const values: Row[] = [
            [1, "a"],
            [1, "b"],
            [2n ** 60n, "a"],
            [null, "a"],
            [null, null],
          ];
          const verification = verify(operation, all).seed(seed);
          for (let step = 0; step < 30; step++) {
            const side = next() < 0.5 ? 0 : 1;
            const events: TestRow[] = Array.from({ length: 1 + Math.floor(next() * 6) }, () => {
              const own = live[side];
              if (own.length > 0 && next() < 0.45) {
                const [row] = own.splice(Math.floor(next() * own.length), 1);
                return change(next() < 0.5 ? "-D" : "-U", ...row);
              }
              const row = values[Math.floor(next() * values.length)];
              own.push(row);
              return row;
            });
            verification.input(rows(side, events));
          }
          verification.input(end()).expectTable(...naive(operation, all, live));
        }
      });
    }
  }
});
