import {
  BIGINT,
  columnOf,
  type DataType,
  DOUBLE,
  decimal,
  INT,
  recordBatch,
  SMALLINT,
  STRING,
  TIMESTAMP_3,
  valueAt,
} from "@millrace/core";
import { seededRandom } from "@millrace/testkit";
import { describe, expect, expectTypeOf, test } from "vitest";
import { compileCalc } from "../codegen/compile-calc.ts";
import { foldConstants } from "../codegen/fold-constants.ts";
import { evaluate } from "../expression/evaluate.ts";
import { column, type Expression, literal } from "../expression/expression.ts";
import { expressionKey } from "../expression/expression-key.ts";
import { bindCall } from "../function/registry.ts";
import { type SqlType, types } from "./sql-type.ts";
import { signatureOf } from "./user-form.ts";
import {
  aggregateFunction,
  asyncScalarFunction,
  isUserFunction,
  overloaded,
  scalarFunction,
  tableFunction,
  type UserFunction,
} from "./user-function.ts";
import { bindUserScalar } from "./user-scalar.ts";

const bind = (definition: UserFunction, ...args: readonly Expression[]) => bindUserScalar("f", definition, args);
const of = (type: DataType, index = 0) => column(index, type);

describe("types", () => {
  test("arguments are typed by the SQL types given", () => {
    scalarFunction({
      args: [types.INT, types.BIGINT, types.DECIMAL(10, 2), types.TIMESTAMP(3), types.ARRAY(types.STRING)],
      returns: types.STRING,
      eval(a, b, c, d, e) {
        expectTypeOf(a).toEqualTypeOf<number | null>();
        expectTypeOf(b).toEqualTypeOf<bigint | null>();
        expectTypeOf(c).toEqualTypeOf<string | null>();
        expectTypeOf(d).toEqualTypeOf<Date | null>();
        expectTypeOf(e).toEqualTypeOf<readonly (string | null)[] | null>();
        return null;
      },
    });
    scalarFunction({
      args: [types.ROW({ id: types.INT, tags: types.MAP(types.STRING.notNull(), types.BOOLEAN) }), types.ANY],
      strict: true,
      returns: types.DOUBLE.notNull(),
      eval(a, b) {
        expectTypeOf(a).toEqualTypeOf<{
          readonly id: number | null;
          readonly tags: ReadonlyMap<string, boolean | null> | null;
        }>();
        expectTypeOf(b).toEqualTypeOf<NonNullable<unknown>>();
        return 1;
      },
    });
    scalarFunction({
      args: [types.STRING, types.INT],
      variadic: true,
      strict: true,
      returns: types.INT,
      eval(first, ...rest) {
        expectTypeOf(first).toEqualTypeOf<string>();
        expectTypeOf(rest).toEqualTypeOf<number[]>();
        return rest.length;
      },
    });
  });

  test("a wrong type does not compile", () => {
    // @ts-expect-error the result is a string, not a number
    scalarFunction({ args: [types.INT], returns: types.INT, eval: () => "x" });
    // @ts-expect-error NULL is not allowed
    scalarFunction({ args: [types.INT], returns: types.INT.notNull(), eval: (a) => a });
    // @ts-expect-error BIGINT is a bigint
    scalarFunction({ args: [types.BIGINT], returns: types.BIGINT, strict: true, eval: (a) => a * 2 });
    // @ts-expect-error without strict the argument may be null
    scalarFunction({ args: [types.STRING], returns: types.INT, eval: (a) => a.length });
    // @ts-expect-error one argument is declared
    scalarFunction({ args: [types.INT], returns: types.INT, eval: (a, b: number) => (a ?? 0) + b });
    // @ts-expect-error a row lacks a field
    tableFunction({ args: [], returns: types.ROW({ a: types.INT, b: types.INT }), eval: () => [{ a: 1 }] });
    // @ts-expect-error a promise where the function is not asynchronous
    scalarFunction({ args: [types.INT], returns: types.INT, eval: async (a) => a });
    // @ts-expect-error the value where the function is asynchronous
    asyncScalarFunction({ args: [types.INT], returns: types.INT, eval: (a) => a });
  });

  test("of an aggregate the accumulator is what create gives", () => {
    const sum = aggregateFunction({
      args: [types.DOUBLE, types.INT],
      returns: types.DOUBLE,
      create: () => ({ sum: 0, count: 0 }),
      accumulate(acc, value, weight) {
        expectTypeOf(acc).toEqualTypeOf<{ sum: number; count: number }>();
        expectTypeOf(value).toEqualTypeOf<number | null>();
        acc.sum += (value ?? 0) * (weight ?? 0);
      },
      merge: (acc, other) => {
        acc.sum += other.sum;
      },
      getValue: (acc) => acc.sum,
    });
    expect(sum.kind).toBe("aggregate");
    aggregateFunction({
      args: [types.INT],
      returns: types.INT,
      create: () => 0,
      // @ts-expect-error the accumulator is a number
      accumulate: (acc) => `${acc}`,
      getValue: (acc) => acc,
    });
  });

  test("what cannot be declared fails at once", () => {
    expect(() => types.DECIMAL(39, 0)).toThrow("DECIMAL(39, 0)");
    expect(() => types.DECIMAL(3, 4)).toThrow(RangeError);
    expect(() => types.TIMESTAMP(10)).toThrow("0 to 9");
    expect(() => types.CHAR(0)).toThrow("at least 1");
    const args = [types.INT.optional(), types.INT] as const;
    expect(() => scalarFunction({ args, returns: types.INT, eval: () => 1 })).toThrow("optional arguments come last");
    expect(() => scalarFunction({ args: [], variadic: true, returns: types.INT, eval: () => 1 })).toThrow("variadic");
    expect(() => overloaded()).toThrow(TypeError);
  });
});

describe("which form a call means", () => {
  const form = (name: string, ...args: Parameters<typeof scalarFunction>[0]["args"]) =>
    scalarFunction({ args, returns: types.STRING, eval: () => name });
  const chosen = (definition: UserFunction, ...args: readonly Expression[]) =>
    evaluate(bind(definition, ...args), [null, null, null]);

  test("the nearest", () => {
    const f = overloaded(form("double", types.DOUBLE), form("bigint", types.BIGINT), form("text", types.STRING));
    expect(chosen(f, of(INT))).toBe("bigint");
    expect(chosen(f, of(DOUBLE))).toBe("double");
    expect(chosen(f, of(decimal(5, 2)))).toBe("double");
    expect(chosen(f, of({ kind: "char", length: 3, nullable: true }))).toBe("text");
    expect(() => bind(f, of(TIMESTAMP_3))).toThrow(
      "f(TIMESTAMP(3)) fits no form of the function: f(DOUBLE) -> STRING or f(BIGINT) -> STRING or f(STRING) -> STRING",
    );
  });

  test("an argument is never narrowed", () => {
    const f = scalarFunction({ args: [types.INT], returns: types.INT, eval: (a) => a });
    expect(bind(f, of(SMALLINT)).args[0].type.kind).toBe("int");
    for (const type of [BIGINT, DOUBLE, decimal(3, 0), STRING]) expect(() => bind(f, of(type))).toThrow("fits no form");
  });

  test("NOT NULL is a demand", () => {
    const f = scalarFunction({ args: [types.INT.notNull()], returns: types.INT, eval: (a) => a });
    expect(() => bind(f, of(INT))).toThrow("fits no form of the function: f(INT NOT NULL) -> INT");
    expect(evaluate(bind(f, literal(3, { ...INT, nullable: false })), [])).toBe(3);
  });

  test("by name, optional and variadic", () => {
    const f = scalarFunction({
      args: [types.INT.named("a"), types.INT.named("b").optional()],
      returns: types.STRING,
      eval: (a, b) => `${a} ${b}`,
    });
    const [one, two] = [literal(1, INT), literal(2, INT)];
    const named = (args: readonly Expression[], names: readonly (string | null)[]) =>
      evaluate(bindUserScalar("f", f, args, names), []);
    expect(named([one, two], ["b", "a"])).toBe("2 1");
    expect(named([one, two], [null, "b"])).toBe("1 2");
    expect(named([one], ["a"])).toBe("1 null");
    expect(named([one], [null])).toBe("1 null");
    expect(() => named([one], ["b"])).toThrow("f(a => INT, [b => INT])");
    expect(() => named([one], ["c"])).toThrow("fits no form");
    expect(() => named([one, two], [null, "a"])).toThrow("fits no form");
    const g = scalarFunction({
      args: [types.STRING, types.INT],
      variadic: true,
      returns: types.STRING,
      eval: (text, ...numbers) => `${text}${numbers.join("+")}`,
    });
    expect(signatureOf("g", g.forms[0])).toBe("g(STRING, INT...) -> STRING");
    expect(evaluate(bind(g, literal("x", STRING)), [])).toBe("x");
    expect(evaluate(bind(g, literal("x", STRING), one, two, one), [])).toBe("x1+2+1");
  });

  test("the result's type may follow from the arguments'", () => {
    const first = scalarFunction({
      args: [types.ANY, types.ANY],
      returns: ([type]): SqlType<string | number | null> => (type.kind === "varchar" ? types.STRING : types.INT),
      eval: (a) => (typeof a === "string" ? a : 1),
    });
    expect(bind(first, of(STRING), of(INT)).type.kind).toBe("varchar");
    expect(bind(first, of(INT), of(INT)).type.kind).toBe("int");
  });
});

/** Interpreter and generated code over rows, NULLs among them. */
function both(expression: Expression, inputTypes: readonly DataType[], rows: readonly unknown[][]) {
  const kernel = compileCalc({ inputTypes, filter: null, projections: [expression], watermark: null });
  const columns = inputTypes.map((type, i) =>
    columnOf(
      type,
      rows.map((values) => values[i]),
    ),
  );
  const output = kernel.run(recordBatch(rows.length, columns));
  if (output === null) throw new Error("no rows");
  return {
    generated: rows.map((_, i) => valueAt(output.columns[0], i, expression.type)),
    interpreted: rows.map((values) => evaluate(expression, values)),
  };
}

describe("generated code agrees with the interpreter", () => {
  const inputTypes = [DOUBLE, INT, BIGINT, STRING, decimal(20, 3), TIMESTAMP_3];
  const next = seededRandom(20_251);
  const rows = Array.from({ length: 300 }, () =>
    [next() * 10, Math.floor(next() * 100) - 50, 7, `t${Math.floor(next() * 5)}`, 12_345, 1e12].map((value) =>
      next() < 0.2 ? null : value,
    ),
  );
  const wide = [...rows, [1, 1, 2n ** 62n, "w", 10n ** 18n, 0]];
  const functions: readonly (readonly [string, UserFunction, readonly number[]])[] = [
    [
      "strict doubles",
      scalarFunction({
        args: [types.DOUBLE, types.DOUBLE],
        returns: types.DOUBLE,
        strict: true,
        eval: (a, b) => a * b,
      }),
      [0, 0],
    ],
    [
      "NULLs seen",
      scalarFunction({ args: [types.INT, types.STRING], returns: types.STRING, eval: (a, b) => `${a} ${b}` }),
      [1, 3],
    ],
    [
      "NULLs given",
      scalarFunction({ args: [types.INT], returns: types.INT, eval: (a) => (a !== null && a > 0 ? a : null) }),
      [1],
    ],
    [
      "bigints",
      scalarFunction({ args: [types.BIGINT], returns: types.BIGINT, strict: true, eval: (a) => a + 1n }),
      [2],
    ],
    [
      "bigints that grow",
      scalarFunction({
        args: [types.BIGINT],
        returns: types.BIGINT,
        strict: true,
        eval: (a) => (a === 7n ? a : 2n ** 60n),
      }),
      [2],
    ],
    [
      "decimals",
      scalarFunction({
        args: [types.DECIMAL(20, 3)],
        returns: types.DECIMAL(30, 4),
        strict: true,
        eval: (a) => `${a}5`,
      }),
      [4],
    ],
    [
      "times",
      scalarFunction({
        args: [types.TIMESTAMP(3)],
        returns: types.DATE,
        strict: true,
        eval: (a) => a.toISOString().slice(0, 10),
      }),
      [5],
    ],
    [
      "rows",
      scalarFunction({
        args: [types.INT, types.STRING],
        returns: types.ROW({ a: types.INT, b: types.ARRAY(types.STRING) }),
        eval: (a, b) => ({ a, b: [b] }),
      }),
      [1, 3],
    ],
    [
      "conditions",
      scalarFunction({ args: [types.INT], returns: types.BOOLEAN.notNull(), eval: (a) => a === null || a > 3 }),
      [1],
    ],
  ];
  test.each(functions)("%s", (_, definition, columns) => {
    const call = bind(definition, ...columns.map((index) => of(inputTypes[index], index)));
    for (const given of [rows, wide]) {
      const { generated, interpreted } = both(call, inputTypes, given);
      expect(generated).toEqual(interpreted);
    }
  });

  test("inside other expressions, computed once where it stands twice", () => {
    let calls = 0;
    const f = scalarFunction({
      args: [types.INT],
      returns: types.INT,
      eval: (a) => {
        calls++;
        return a;
      },
    });
    const call = bind(f, of(INT));
    const { generated } = both(bindCall("+", [call, call]), [INT], [[1], [null], [3]]);
    expect(generated).toEqual([2, null, 6]);
    expect(calls).toBe(3 + 2 * 3);
  });
});

test("errors name function, arguments, expression and row", () => {
  const f = scalarFunction({
    args: [types.INT, types.STRING],
    returns: types.INT,
    eval: (a) => {
      if (a === 2) throw new RangeError("not two");
      return a;
    },
  });
  const call = bind(f, of(INT, 0), of(STRING, 1));
  const kernel = compileCalc({
    inputTypes: [INT, STRING],
    inputNames: ["n", "text"],
    filter: null,
    projections: [bindCall("+", [call, literal(1, INT)])],
    watermark: null,
  });
  const batch = recordBatch(2, [columnOf(INT, [1, 2]), columnOf(STRING, ["a", "it's"])]);
  const message = "function f(2, 'it's') failed: RangeError: not two (in F(n, text) + 1; n = 2, text = it's)";
  expect(() => kernel.run(batch)).toThrow(message);
  const wrong = scalarFunction({ args: [types.INT], returns: types.INT, eval: () => "x" as unknown as number });
  expect(() => evaluate(bind(wrong, literal(1, INT)), [])).toThrow("function f(1) gave 'x', which is no INT");
});

test("constants are folded if the function is deterministic", () => {
  let calls = 0;
  const define = (deterministic: boolean) =>
    scalarFunction({ args: [types.INT], returns: types.INT, deterministic, eval: () => ++calls });
  expect(foldConstants(bind(define(true), literal(1, INT)))).toMatchObject({ kind: "literal", value: 1 });
  expect(foldConstants(bind(define(false), literal(1, INT)))).toMatchObject({ kind: "call" });
  const fails = scalarFunction({
    args: [types.INT],
    returns: types.INT,
    eval: () => {
      throw new Error("no");
    },
  });
  expect(foldConstants(bind(fails, literal(1, INT)))).toMatchObject({ kind: "call" });
});

test("functions of one name are told apart, calls of one function are equal", () => {
  const make = () => scalarFunction({ args: [types.INT], returns: types.INT, eval: (a) => a });
  const [f, g] = [make(), make()];
  expect(expressionKey(bind(f, of(INT)))).toBe(expressionKey(bind(f, of(INT))));
  expect(expressionKey(bind(f, of(INT)))).not.toBe(expressionKey(bind(g, of(INT))));
});

test("only what is made here is a function", () => {
  expect(isUserFunction(scalarFunction({ args: [], returns: types.INT, eval: () => 1 }))).toBe(true);
  for (const other of [null, undefined, 1, {}, () => 1]) expect(isUserFunction(other)).toBe(false);
});
