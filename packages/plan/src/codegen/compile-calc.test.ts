import {
  BIGINT,
  BOOLEAN,
  columnOf,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  type RecordBatch,
  recordBatch,
  STRING,
  TIMESTAMP_3,
  valueAt,
} from "@millrace/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../expression/evaluate.ts";
import { column, type Expression, literal } from "../expression/expression.ts";
import { formatExpression } from "../expression/format-expression.ts";
import { bindCast } from "../function/cast.ts";
import { bindCall } from "../function/registry.ts";
import { compileCalc } from "./compile-calc.ts";

const types: readonly DataType[] = [INT, BIGINT, decimal(10, 2), DOUBLE, BOOLEAN, STRING, TIMESTAMP_3, decimal(38, 4)];
const [int, bigint, money, double, bool, text, time, huge] = types.map((type, index) => column(index, type));

function batchOf(rows: readonly (readonly unknown[])[]): RecordBatch {
  return recordBatch(
    rows.length,
    types.map((type, index) =>
      columnOf(
        type,
        rows.map((row) => row[index]),
      ),
    ),
  );
}

/** What the kernel gives for each projection and row, against the interpreter. */
function check(
  projections: readonly Expression[],
  filter: Expression | null,
  rows: readonly (readonly unknown[])[],
): void {
  const kernel = compileCalc({ inputTypes: types, filter, projections, watermark: null });
  const passing = filter === null ? rows : rows.filter((row) => evaluate(filter, row) === true);
  const expected = passing.map((row) => projections.map((each) => evaluate(each, row)));
  // Twice: reused buffers must not carry anything over.
  for (let run = 0; run < 2; run++) {
    const out = kernel.run(batchOf(rows));
    const actual = Array.from({ length: out?.length ?? 0 }, (_, row) =>
      projections.map((each, i) => valueAt((out as RecordBatch).columns[i], row, each.type)),
    );
    expect(actual, projections.map((each) => formatExpression(each)).join("; ")).toEqual(expected);
  }
}

const value = {
  int: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer()),
  bigint: fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.maxSafeInteger(),
    fc
      .bigInt(-(2n ** 63n), 2n ** 63n - 1n)
      .map((each) => (each >= -9007199254740991n && each <= 9007199254740991n ? Number(each) : each)),
  ),
  money: fc.integer({ min: -999_999_999, max: 999_999_999 }),
  double: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 })),
  bool: fc.boolean(),
  text: fc.oneof(
    fc.constantFrom("", "apple", "Google", "a/b/c", "äöü😀"),
    fc.string({ maxLength: 6, unit: "grapheme" }),
  ),
  time: fc.integer({ min: -(10 ** 12), max: 2 * 10 ** 12 }),
};
const hugeValue = fc
  .bigInt(-(10n ** 30n), 10n ** 30n)
  .map((each) => (each >= -9007199254740991n && each <= 9007199254740991n ? Number(each) : each));
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 5 });
const row = fc.tuple(
  nullable(value.int),
  nullable(value.bigint),
  nullable(value.money),
  nullable(value.double),
  nullable(value.bool),
  nullable(value.text),
  nullable(value.time),
  nullable(hugeValue),
);

const { expression } = fc.letrec<{
  number: Expression;
  condition: Expression;
  string: Expression;
  expression: Expression;
}>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Expression>(
      int,
      bigint,
      money,
      huge,
      literal(2, { ...INT, nullable: false }),
      literal(3_000_000_000, { ...BIGINT, nullable: false }),
      literal(908, decimal(3, 3, false)),
      literal(null, BIGINT),
    ),
    fc
      .tuple(fc.constantFrom("+", "-", "*"), tie("number"), tie("number"))
      .map(([name, a, b]) => bindCall(name, [a, b])),
    tie("number").map((each) => bindCall("negate", [each])),
    tie("number").map((each) => bindCast("cast", each, BIGINT)),
    tie("number").map((each) => bindCast("cast", each, decimal(20, 3))),
    fc.tuple(tie("condition"), tie("number"), tie("number")).map((args) => bindCall("case", args)),
    fc.tuple(tie("number"), tie("number")).map((args) => bindCall("coalesce", args)),
  ),
  condition: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Expression>(bool, literal(null, BOOLEAN), literal(true, { ...BOOLEAN, nullable: false })),
    fc
      .tuple(fc.constantFrom("=", "<>", "<", "<=", ">", ">="), tie("number"), tie("number"))
      .map(([name, a, b]) => bindCall(name, [a, b])),
    fc
      .tuple(fc.constantFrom("=", "<>", "<", ">="), tie("string"), tie("string"))
      .map(([name, a, b]) => bindCall(name, [a, b])),
    fc
      .tuple(fc.constantFrom("and", "or"), tie("condition"), tie("condition"), tie("condition"))
      .map(([name, a, b, c]) => bindCall(name, [a, b, c])),
    tie("condition").map((each) => bindCall("not", [each])),
    fc.tuple(fc.constantFrom("is null", "is not null"), tie("number")).map(([name, each]) => bindCall(name, [each])),
    fc
      .tuple(fc.constantFrom("is true", "is not true", "is false", "is not false"), tie("condition"))
      .map(([name, each]) => bindCall(name, [each])),
    fc
      .tuple(fc.constantFrom("is distinct from", "is not distinct from"), tie("number"), tie("number"))
      .map(([name, a, b]) => bindCall(name, [a, b])),
    tie("string").map((each) => bindCall("in", [each, literal("apple", STRING), literal("äöü😀", STRING)])),
    fc.tuple(tie("number"), tie("number")).map(([a, b]) => bindCall("in", [a, literal(1, INT), b])),
  ),
  string: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Expression>(text, literal("apple", STRING), literal(null, STRING)),
    fc.tuple(tie("condition"), tie("string"), tie("string")).map((args) => bindCall("case", args)),
    tie("number").map((each) => bindCast("cast", each, STRING)),
  ),
  expression: fc.oneof(tie("number"), tie("condition"), tie("string"), fc.constantFrom<Expression>(time, double)),
}));

describe("a calc kernel", () => {
  test("gives what the interpreter gives, for random expressions and rows", () => {
    fc.assert(
      fc.property(
        fc.array(expression, { minLength: 1, maxLength: 4 }),
        fc.option(expression),
        fc.array(row, { maxLength: 12 }),
        (projections, filter, rows) => {
          check(projections, filter?.type.kind === "boolean" ? filter : null, rows);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("leaves the fast variant at the edge of the safe range", () => {
    const product = bindCall("*", [bigint, literal(2, INT)]);
    const rowOf = (each: unknown) => [null, each, null, null, null, null, null, null];
    check([product], null, [rowOf(4503599627370495), rowOf(4503599627370496), rowOf(-4503599627370496)]);
    // 2^62 * 2 wraps to -2^63, as in Java.
    const kernel = compileCalc({ inputTypes: types, filter: null, projections: [product], watermark: null });
    const out = kernel.run(batchOf([rowOf(2n ** 62n)])) as RecordBatch;
    expect(valueAt(out.columns[0], 0, BIGINT)).toBe(-(2n ** 63n));
  });

  test("takes the watermark from all rows, the filter only decides what comes out", () => {
    const watermark = bindCall("-", [time, literal(4000, { kind: "interval_day_time", nullable: false })]);
    const kernel = compileCalc({ inputTypes: types, filter: bool, projections: [int], watermark });
    const rows = [
      [1, null, null, null, true, null, 10_000, null],
      [2, null, null, null, false, null, 20_000, null],
      [3, null, null, null, null, null, null, null],
    ];
    const out = kernel.run(batchOf(rows)) as RecordBatch;
    expect(out.length).toBe(1);
    expect(kernel.watermark).toBe(16_000);
  });

  test("does not compute what a condition in front rules out", () => {
    const safe = bindCall("and", [
      bindCall("<>", [int, literal(0, INT)]),
      bindCall(">", [bindCall("/", [literal(10, INT), int]), literal(2, INT)]),
    ]);
    check([safe], null, [
      [0, null, null, null, null, null, null, null],
      [3, null, null, null, null, null, null, null],
    ]);
    const failing = compileCalc({
      inputTypes: types,
      filter: null,
      projections: [bindCall("/", [literal(10, INT), int])],
      watermark: null,
    });
    expect(() => failing.run(batchOf([[0, null, null, null, null, null, null, null]]))).toThrow(
      /division by zero.*10 \/ \$0/s,
    );
  });

  test("passes columns on without touching them when nothing is filtered", () => {
    const kernel = compileCalc({ inputTypes: types, filter: null, projections: [text, int], watermark: null });
    const batch = batchOf([[1, null, null, null, null, "x", null, null]]);
    expect(kernel.run(batch)?.columns[0]).toBe(batch.columns[5]);
  });
});
