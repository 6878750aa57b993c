import type { BinaryOperator, CaseExpression, Expression, TrimExpression } from "../ast/expression.ts";
import { bindingPower } from "../parser/precedence.ts";
import { printFunctionCall, printJsonCall } from "./print-function-call.ts";
import { printIdentifier, quoteString } from "./print-name.ts";
import { printIntervalQualifier, printType } from "./print-type.ts";
import type { Printer } from "./printer.ts";
import { printExpressions } from "./printer.ts";

const temporalPrefix = {
  DATE: "DATE",
  TIME: "TIME",
  TIMESTAMP: "TIMESTAMP",
  TIMESTAMP_LTZ: "TIMESTAMP WITH LOCAL TIME ZONE",
  TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
} as const;

/** The expression, in parentheses if it binds looser than `least`. */
export function printExpression(printer: Printer, expression: Expression, least = 0): string {
  const text = printBare(printer, expression);
  return powerOf(expression) < least ? `(${text})` : text;
}

function powerOf(expression: Expression): number {
  switch (expression.kind) {
    case "LogicalExpression":
      return expression.operator === "AND" ? bindingPower.and : bindingPower.or;
    case "UnaryExpression":
      return expression.operator === "NOT" ? bindingPower.not : bindingPower.sign;
    case "IsPredicate":
    case "DistinctPredicate":
      return bindingPower.is;
    case "QuantifiedComparison":
      return bindingPower.comparison;
    case "BinaryExpression":
      return operatorPower(expression.operator);
    case "BetweenPredicate":
    case "InListPredicate":
    case "InQueryPredicate":
    case "LikePredicate":
      return bindingPower.range;
    default:
      return bindingPower.primary;
  }
}

function operatorPower(operator: BinaryOperator): number {
  if (operator === "+" || operator === "-") return bindingPower.sum;
  if (operator === "*" || operator === "/" || operator === "%" || operator === "||") return bindingPower.product;
  return bindingPower.comparison;
}

function printBare(printer: Printer, expression: Expression): string {
  switch (expression.kind) {
    case "NullLiteral":
      return "NULL";
    case "BooleanLiteral":
      return expression.value === null ? "UNKNOWN" : expression.value ? "TRUE" : "FALSE";
    case "NumberLiteral":
      return expression.text;
    case "StringLiteral":
      return quoteString(expression.value);
    case "BinaryLiteral":
      return `x'${expression.hex}'`;
    case "TemporalLiteral":
      return `${temporalPrefix[expression.temporalType]} ${quoteString(expression.text)}`;
    case "IntervalLiteral": {
      const sign = expression.negative ? "-" : "";
      return `INTERVAL ${sign}${quoteString(expression.text)} ${printIntervalQualifier(expression.qualifier)}`;
    }
    case "ColumnReference":
      return expression.parts.map(printIdentifier).join(".");
    case "FieldAccess":
      return `${printOperand(printer, expression.operand)}.${printIdentifier(expression.field)}`;
    case "ElementAccess": {
      const { operand, index } = expression;
      const target = operand.kind === "ColumnReference" ? printer.expression(operand) : printOperand(printer, operand);
      return `${target}[${printer.expression(index)}]`;
    }
    case "UnaryExpression": {
      if (expression.operator === "NOT") return `NOT ${printer.expression(expression.operand, bindingPower.not)}`;
      const operand = printer.expression(expression.operand, bindingPower.sign);
      // Two minus signs in a row would start a comment.
      return /^[-+]/.test(operand) ? `${expression.operator} ${operand}` : expression.operator + operand;
    }
    case "BinaryExpression": {
      const power = operatorPower(expression.operator);
      const left = printer.expression(expression.left, power);
      return `${left} ${expression.operator} ${printer.expression(expression.right, power + 1)}`;
    }
    case "LogicalExpression": {
      const power = expression.operator === "AND" ? bindingPower.and : bindingPower.or;
      const operands = expression.operands.map((operand) => printer.expression(operand, power + 1));
      return operands.join(` ${expression.operator} `);
    }
    case "IsPredicate":
      return `${printer.expression(expression.operand, bindingPower.is)} IS${not(expression.negated)} ${expression.test}`;
    case "DistinctPredicate": {
      const left = printer.expression(expression.left, bindingPower.is);
      const right = printer.expression(expression.right, bindingPower.comparison + 1);
      return `${left} IS${not(expression.negated)} DISTINCT FROM ${right}`;
    }
    case "BetweenPredicate": {
      const low = printer.expression(expression.low, bindingPower.range + 1);
      const high = printer.expression(expression.high, bindingPower.range + 1);
      const symmetric = expression.symmetric ? " SYMMETRIC" : "";
      return `${printRanged(printer, expression.operand, expression.negated)} BETWEEN${symmetric} ${low} AND ${high}`;
    }
    case "InListPredicate":
      return `${printRanged(printer, expression.operand, expression.negated)} IN (${printExpressions(printer, expression.list)})`;
    case "InQueryPredicate":
      return `${printRanged(printer, expression.operand, expression.negated)} IN (${printer.query(expression.query)})`;
    case "LikePredicate": {
      const pattern = printer.expression(expression.pattern, bindingPower.range + 1);
      const { escape: character } = expression;
      const tail = character === null ? "" : ` ESCAPE ${printer.expression(character, bindingPower.range + 1)}`;
      return `${printRanged(printer, expression.operand, expression.negated)} ${expression.operator} ${pattern}${tail}`;
    }
    case "QuantifiedComparison": {
      const left = printer.expression(expression.left, bindingPower.comparison);
      const { query, list } = expression;
      const right = query === null ? printExpressions(printer, list ?? []) : printer.query(query);
      return `${left} ${expression.operator} ${expression.quantifier} (${right})`;
    }
    case "ExistsPredicate":
      return `EXISTS (${printer.query(expression.query)})`;
    case "ScalarSubquery":
      return `(${printer.query(expression.query)})`;
    case "CaseExpression":
      return printCase(printer, expression);
    case "CastExpression": {
      const name = expression.safe ? "TRY_CAST" : "CAST";
      return `${name}(${printer.expression(expression.operand)} AS ${printType(expression.type)})`;
    }
    case "ExtractExpression":
      return `EXTRACT(${expression.unit} FROM ${printer.expression(expression.operand)})`;
    case "TrimExpression":
      return printTrim(printer, expression);
    case "RoundToUnitExpression":
      return `${expression.direction}(${printer.expression(expression.operand)} TO ${expression.unit})`;
    case "TimestampArithmetic": {
      const { operation, unit, left, right } = expression;
      return `${operation}(${unit}, ${printer.expression(left)}, ${printer.expression(right)})`;
    }
    case "FunctionCall":
      return printFunctionCall(printer, expression);
    case "JsonFunctionCall":
      return printJsonCall(printer, expression);
    case "RowConstructor":
      return `ROW(${printExpressions(printer, expression.items)})`;
    case "ArrayConstructor":
      return `ARRAY[${printExpressions(printer, expression.items)}]`;
    case "MapConstructor":
      return `MAP[${printExpressions(
        printer,
        expression.entries.flatMap(({ key, value }) => [key, value]),
      )}]`;
    case "MatchSemantics":
      return `${expression.semantics} ${printer.expression(expression.operand)}`;
  }
}

function not(negated: boolean): string {
  return negated ? " NOT" : "";
}

function printRanged(printer: Printer, operand: Expression, negated: boolean): string {
  return printer.expression(operand, bindingPower.range) + not(negated);
}

/** What stands before `.field` or `[index]`. A name in front of `.field` would melt with it. */
function printOperand(printer: Printer, operand: Expression): string {
  const melts = operand.kind === "ColumnReference" || operand.kind === "NumberLiteral";
  return melts ? `(${printer.expression(operand)})` : printer.expression(operand, bindingPower.primary);
}

function printCase(printer: Printer, { operand, branches, otherwise }: CaseExpression): string {
  const parts = [operand === null ? "CASE" : `CASE ${printer.expression(operand)}`];
  for (const { when, result } of branches)
    parts.push(`WHEN ${printer.expression(when)} THEN ${printer.expression(result)}`);
  if (otherwise !== null) parts.push(`ELSE ${printer.expression(otherwise)}`);
  return `${parts.join(" ")} END`;
}

function printTrim(printer: Printer, { side, characters, operand }: TrimExpression): string {
  const text = printer.expression(operand);
  if (side === "BOTH" && characters === null) return `TRIM(${text})`;
  return characters === null
    ? `TRIM(${side} FROM ${text})`
    : `TRIM(${side} ${printer.expression(characters)} FROM ${text})`;
}
