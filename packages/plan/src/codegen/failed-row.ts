/** Where an expression failed: the expressions at work and the row that they worked on, for people. */
import { displayText, MillraceError, type RecordBatch, valueAt } from "@millrace/core";
import { type Expression, forEachNode } from "../expression/expression.ts";
import { formatExpression } from "../expression/format-expression.ts";
import type { CalcSpec } from "../physical/physical-plan.ts";

const MAX_TEXT = 200;
const MAX_VALUE = 40;

/** The error with expressions and row, if it is one of a row. `row` -1: not known. */
export function failedAt(
  error: unknown,
  { filter, projections, inputNames, inputTypes }: CalcSpec,
  batch: RecordBatch,
  row: number,
): unknown {
  if (!isOfRow(error)) return error;
  const nameOf = (index: number) => inputNames?.[index] ?? `$${index}`;
  const computed = [...(filter === null ? [] : [filter]), ...projections].filter((each) => each.kind === "call");
  const values =
    row < 0
      ? []
      : columnsIn(computed).map((index) => {
          const type = inputTypes[index];
          return `${nameOf(index)} = ${cut(displayText(valueAt(batch.columns[index], row, type), type), MAX_VALUE)}`;
        });
  const text = cut(computed.map((each) => formatExpression(each, nameOf)).join(", "), MAX_TEXT);
  const place = values.length === 0 ? text : `${text}; ${cut(values.join(", "), MAX_TEXT)}`;
  return new MillraceError({ code: error.code, message: `${error.message} (in ${place})`, cause: error });
}

/** The error of a constant, with its expression. */
export function failedConstant(error: unknown, expression: Expression): unknown {
  if (!isOfRow(error) || expression.kind !== "call") return error;
  const message = `${error.message} (in ${cut(formatExpression(expression), MAX_TEXT)})`;
  return new MillraceError({ code: error.code, message, cause: error });
}

function isOfRow(error: unknown): error is MillraceError {
  return error instanceof MillraceError && (error.code === "EXPRESSION_FAILED" || error.code === "USER_CODE");
}

function columnsIn(expressions: readonly Expression[]): readonly number[] {
  const columns = new Set<number>();
  for (const expression of expressions)
    forEachNode(expression, (node) => {
      if (node.kind === "column") columns.add(node.index);
    });
  return [...columns];
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
