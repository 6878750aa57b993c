import type { BinaryOperator, CaseExpression, Expression, TrimExpression } from "../ast/expression.ts";
import { bindingPower } from "../parser/precedence.ts";
import { printFunctionCall, printJsonCall } from "./print-function-call.ts";
import { printIdentifier, quoteString } from "./print-name.ts";
import { printQuery } from "./print-query.ts";
import { printIntervalQualifier, printType } from "./print-type.ts";

const temporalPrefix = {
  DATE: "DATE",
  TIME: "TIME",
  TIMESTAMP: "TIMESTAMP",
  TIMESTAMP_LTZ: "TIMESTAMP WITH LOCAL TIME ZONE",
  TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
} as const;

/** The expression, in parentheses if it binds looser than `least`. */
export function printExpression(expression: Expression, least = 0): string {
  const text = printBare(expression);
  return powerOf(expression) < least ? `(${text})` : text;
}

export function printExpressions(expressions: readonly Expression[]): string {
  return expressions.map((expression) => printExpression(expression)).join(", ");
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

function printBare(expression: Expression): string {
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
      return `${printOperand(expression.operand)}.${printIdentifier(expression.field)}`;
    case "ElementAccess": {
      const { operand, index } = expression;
      const target = operand.kind === "ColumnReference" ? printExpression(operand) : printOperand(operand);
      return `${target}[${printExpression(index)}]`;
    }
    case "UnaryExpression": {
      if (expression.operator === "NOT") return `NOT ${printExpression(expression.operand, bindingPower.not)}`;
      const operand = printExpression(expression.operand, bindingPower.sign);
      // Two minus signs in a row would start a comment.
      return /^[-+]/.test(operand) ? `${expression.operator} ${operand}` : expression.operator + operand;
    }
    case "BinaryExpression": {
      const power = operatorPower(expression.operator);
      const left = printExpression(expression.left, power);
      return `${left} ${expression.operator} ${printExpression(expression.right, power + 1)}`;
    }
    case "LogicalExpression": {
      const power = expression.operator === "AND" ? bindingPower.and : bindingPower.or;
      const operands = expression.operands.map((operand) => printExpression(operand, power + 1));
      return operands.join(` ${expression.operator} `);
    }
    case "IsPredicate":
      return `${printExpression(expression.operand, bindingPower.is)} IS${not(expression.negated)} ${expression.test}`;
    case "DistinctPredicate": {
      const left = printExpression(expression.left, bindingPower.is);
      const right = printExpression(expression.right, bindingPower.comparison + 1);
      return `${left} IS${not(expression.negated)} DISTINCT FROM ${right}`;
    }
    case "BetweenPredicate": {
      const low = printExpression(expression.low, bindingPower.range + 1);
      const high = printExpression(expression.high, bindingPower.range + 1);
      const symmetric = expression.symmetric ? " SYMMETRIC" : "";
      return `${printRanged(expression.operand, expression.negated)} BETWEEN${symmetric} ${low} AND ${high}`;
    }
    case "InListPredicate":
      return `${printRanged(expression.operand, expression.negated)} IN (${printExpressions(expression.list)})`;
    case "InQueryPredicate":
      return `${printRanged(expression.operand, expression.negated)} IN (${printQuery(expression.query)})`;
    case "LikePredicate": {
      const pattern = printExpression(expression.pattern, bindingPower.range + 1);
      const { escape: character } = expression;
      const tail = character === null ? "" : ` ESCAPE ${printExpression(character, bindingPower.range + 1)}`;
      return `${printRanged(expression.operand, expression.negated)} ${expression.operator} ${pattern}${tail}`;
    }
    case "QuantifiedComparison": {
      const left = printExpression(expression.left, bindingPower.comparison);
      const { query, list } = expression;
      const right = query === null ? printExpressions(list ?? []) : printQuery(query);
      return `${left} ${expression.operator} ${expression.quantifier} (${right})`;
    }
    case "ExistsPredicate":
      return `EXISTS (${printQuery(expression.query)})`;
    case "ScalarSubquery":
      return `(${printQuery(expression.query)})`;
    case "CaseExpression":
      return printCase(expression);
    case "CastExpression": {
      const name = expression.safe ? "TRY_CAST" : "CAST";
      return `${name}(${printExpression(expression.operand)} AS ${printType(expression.type)})`;
    }
    case "ExtractExpression":
      return `EXTRACT(${expression.unit} FROM ${printExpression(expression.operand)})`;
    case "TrimExpression":
      return printTrim(expression);
    case "RoundToUnitExpression":
      return `${expression.direction}(${printExpression(expression.operand)} TO ${expression.unit})`;
    case "TimestampArithmetic": {
      const { operation, unit, left, right } = expression;
      return `${operation}(${unit}, ${printExpression(left)}, ${printExpression(right)})`;
    }
    case "FunctionCall":
      return printFunctionCall(expression);
    case "JsonFunctionCall":
      return printJsonCall(expression);
    case "RowConstructor":
      return `ROW(${printExpressions(expression.items)})`;
    case "ArrayConstructor":
      return `ARRAY[${printExpressions(expression.items)}]`;
    case "MapConstructor":
      return `MAP[${printExpressions(expression.entries.flatMap(({ key, value }) => [key, value]))}]`;
    case "MatchSemantics":
      return `${expression.semantics} ${printExpression(expression.operand)}`;
  }
}

function not(negated: boolean): string {
  return negated ? " NOT" : "";
}

function printRanged(operand: Expression, negated: boolean): string {
  return printExpression(operand, bindingPower.range) + not(negated);
}

/** What stands before `.field` or `[index]`. A name in front of `.field` would melt with it. */
function printOperand(operand: Expression): string {
  const melts = operand.kind === "ColumnReference" || operand.kind === "NumberLiteral";
  return melts ? `(${printExpression(operand)})` : printExpression(operand, bindingPower.primary);
}

function printCase({ operand, branches, otherwise }: CaseExpression): string {
  const parts = [operand === null ? "CASE" : `CASE ${printExpression(operand)}`];
  for (const { when, result } of branches) parts.push(`WHEN ${printExpression(when)} THEN ${printExpression(result)}`);
  if (otherwise !== null) parts.push(`ELSE ${printExpression(otherwise)}`);
  return `${parts.join(" ")} END`;
}

function printTrim({ side, characters, operand }: TrimExpression): string {
  const text = printExpression(operand);
  if (side === "BOTH" && characters === null) return `TRIM(${text})`;
  return characters === null
    ? `TRIM(${side} FROM ${text})`
    : `TRIM(${side} ${printExpression(characters)} FROM ${text})`;
}
