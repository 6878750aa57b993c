/** Functions and operators against Flink 2.3: result type, value, failure, each by the interpreter and by generated code. */
import { columnOf, type DataType, MillraceError, recordBatch, valueAt, withNullable } from "@millrace/core";
import {
  compileCalc,
  type EvaluationContext,
  type Expression,
  evaluate,
  foldConstants,
  forEachNode,
  lookupFunction,
  serializedType,
} from "@millrace/plan";
import { bindScript, createSession, SqlError } from "@millrace/sql";
import { describe, expect, test } from "vitest";
import { deviationOf, deviations } from "./deviations.ts";
import { answerValue, comparableType, type FlinkAnswer, flinkAnswers, sameAnswer } from "./flink-answer.ts";

/** Answers that were given in another zone than UTC. */
const zones: Readonly<Record<string, string>> = { "zone-new-york": "America/New_York" };

const contextOf = (timeZone = "UTC"): EvaluationContext => ({ now: () => 0, timeZone });

function bind(sql: string): Expression {
  const [statement] = bindScript(`SELECT ${sql}`, createSession({ connectors: [] }));
  if (statement.kind !== "query") throw new Error(`${sql} is no query`);
  const { plan } = statement;
  if (plan.kind === "values") return plan.rows[0][0];
  if (plan.kind !== "project") throw new Error(`${sql} became ${plan.kind}`);
  return plan.expressions[0];
}

/** The expression over columns in place of its literals, so that nothing is known before the row comes. */
function overColumns(expression: Expression, types: DataType[], row: unknown[]): Expression {
  switch (expression.kind) {
    case "literal":
      if (expression.type.kind === "null") return expression;
      row.push(expression.value);
      types.push(withNullable(expression.type, true));
      return { kind: "column", index: types.length - 1, type: withNullable(expression.type, true) };
    case "call": {
      const constant = lookupFunction(expression.name)?.constantArgs ?? [];
      const args = expression.args.map((arg, i) => (constant.includes(i) ? arg : overColumns(arg, types, row)));
      return { ...expression, args, type: withNullable(expression.type, true) };
    }
    case "field":
      return {
        ...expression,
        input: overColumns(expression.input, types, row),
        type: withNullable(expression.type, true),
      };
    case "column":
      return expression;
  }
}

type Outcome = { readonly value: unknown } | { readonly error: string };

function outcome(type: DataType, compute: () => unknown): Outcome {
  try {
    return { value: answerValue(compute(), type) };
  } catch (error) {
    if (error instanceof MillraceError && error.code === "EXPRESSION_FAILED") return { error: error.message };
    throw error;
  }
}

/** The value by each way there is: the interpreter, folding, kernels over literals and over columns. */
function outcomes(sql: string, context: EvaluationContext): ReadonlyMap<string, Outcome> {
  // Bound anew each time: RAND(seed) has a state.
  const expression = bind(sql);
  const { type } = expression;
  const types: DataType[] = [];
  const row: unknown[] = [];
  const general = overColumns(expression, types, row);
  const run = (projection: Expression, nullRow: boolean): unknown => {
    const kernel = compileCalc(
      { inputTypes: types, filter: null, projections: [projection], watermark: null },
      context,
    );
    // The row twice, and where it may be one of NULLs between, so that what a row leaves behind would show.
    const again = isVolatile(projection) ? [] : [row];
    const rows = nullRow ? [row, row.map(() => null), ...again] : [row, ...again];
    const columns = types.map((each, i) =>
      columnOf(
        each,
        rows.map((values) => values[i]),
      ),
    );
    const out = kernel.run(recordBatch(rows.length, columns));
    if (out === null) throw new Error("no rows");
    return valueAt(out.columns[0], again.length === 0 ? 0 : rows.length - 1, type);
  };
  return new Map([
    ["interpreter", outcome(type, () => evaluate(bind(sql), [], context))],
    ["folded", outcome(type, () => evaluate(foldConstants(bind(sql)), [], context))],
    ["kernel over literals", outcome(type, () => run(expression, false))],
    ["kernel over columns", outcome(type, () => run(general, false))],
    ...(nullsAreFine(general, row, context)
      ? ([["kernel over columns and NULLs", outcome(type, () => run(general, true))]] as const)
      : []),
  ]);
}

function isVolatile(expression: Expression): boolean {
  let found = false;
  forEachNode(expression, (node) => {
    if (node.kind === "call" && lookupFunction(node.name)?.isVolatile === true) found = true;
  });
  return found;
}

/** Whether a row of NULLs evaluates at all. */
function nullsAreFine(general: Expression, row: readonly unknown[], context: EvaluationContext): boolean {
  try {
    evaluate(
      general,
      row.map(() => null),
      context,
    );
    return true;
  } catch {
    return false;
  }
}

/** What differs from Flink's answer; undefined if nothing does. */
function difference(answer: FlinkAnswer, context: EvaluationContext): string | undefined {
  let expression: Expression;
  try {
    expression = bind(answer.sql);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    // What Flink finds when it runs may be found before.
    return answer.invalid === undefined && answer.error === undefined
      ? `is refused: ${error.message.split("\n")[0]}`
      : undefined;
  }
  const type = serializedType(expression.type);
  if (answer.invalid !== undefined) return `is accepted as ${type}; Flink: ${answer.invalid.split("\n")[0]}`;
  const expectedType = comparableType(answer.type as string);
  // What can overflow to NULL is nullable here; Flink says NOT NULL and fails, or not, further down.
  const isSame = type === expectedType || `${type} NOT NULL` === expectedType;
  // Flink counts the length of literals in UTF-16 units.
  const sameType = isSame || (/[\u{10000}-\u{10ffff}]/u.test(answer.sql) && /\(\d+\)/.test(type));
  if (!sameType) return `is of type ${type}, not ${expectedType}`;
  for (const [way, result] of outcomes(answer.sql, context)) {
    if ("error" in result) {
      if (answer.error === undefined) return `${way}: fails (${result.error}), not ${JSON.stringify(answer.value)}`;
    } else if (answer.error !== undefined) {
      return `${way}: ${JSON.stringify(result.value)}; Flink fails: ${answer.error.split("\n")[0]}`;
    } else if (!sameAnswer(result.value, answer.value, expression.type.kind === "float" ? 6 : 15)) {
      return `${way}: ${JSON.stringify(result.value)}, not ${JSON.stringify(answer.value)}`;
    } else if (result.value === null && !expression.type.nullable) return `${way}: NULL as ${type}`;
  }
  return undefined;
}

for (const [name, answers] of flinkAnswers()) {
  describe(`${name}: as Flink 2.3`, () => {
    const context = contextOf(zones[name]);
    const groups = Map.groupBy(answers, ({ sql }) => /^[A-Z]\w*(?=\()/.exec(sql)?.[0] ?? "operators");
    for (const [group, members] of groups) {
      test(group, () => {
        const wrong = members
          .filter((answer) => deviationOf(answer) === undefined)
          .flatMap((answer) => {
            const found = difference(answer, context);
            return found === undefined ? [] : [`${answer.sql} ${found}`];
          });
        expect(wrong).toEqual([]);
      });
    }
  });
}

test("every listed deviation is one", () => {
  const known = new Map(flinkAnswers().flatMap(([, answers]) => answers.map((answer) => [answer.sql, answer])));
  const stale = [...deviations.keys()].filter((sql) => {
    const answer = known.get(sql);
    return answer === undefined || difference(answer, contextOf()) === undefined;
  });
  expect(stale).toEqual([]);
});
