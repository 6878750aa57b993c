/** Expressions: names become columns, calls become functions of the registry, types are known throughout. */
import { BOOLEAN, type DataType, formatType } from "@millrace/core";
import { call, type Expression, fieldOf, literal } from "@millrace/plan";
import type { BinaryExpression, CaseExpression, IsPredicate, Expression as Tree } from "../ast/expression.ts";
import type { Identifier } from "../ast/identifier.ts";
import type { Span } from "../text/span.ts";
import { fail } from "./bind-context.ts";
import { bindFunctionCall } from "./bind-function-call.ts";
import { bindJsonCall } from "./bind-json-call.ts";
import { bindLiteral, bindNumber } from "./bind-literal.ts";
import { bindExists, bindInQuery, bindQuantified, bindScalarSubquery, outerColumn } from "./bind-subquery.ts";
import { bindType } from "./bind-type.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { resolveColumn } from "./scope.ts";
import { castTo, scalarCall, unify } from "./typed-call.ts";

export function bindExpression(context: ExpressionContext, node: Tree): Expression {
  const bind = (child: Tree): Expression => bindExpression(context, child);
  const scalar = (name: string, children: readonly Tree[]): Expression =>
    scalarCall(context, node.span, name, children.map(bind));
  switch (node.kind) {
    case "NullLiteral":
    case "BooleanLiteral":
    case "NumberLiteral":
    case "StringLiteral":
    case "BinaryLiteral":
    case "TemporalLiteral":
    case "IntervalLiteral":
      return bindLiteral(context, node);
    case "ColumnReference":
      return (
        context.pattern?.column(context, node, ({ parts }) => bindColumn(context, parts, node.span)) ??
        bindColumn(context, node.parts, node.span)
      );
    case "FieldAccess":
      return bindFields(context, bind(node.operand), [node.field]);
    case "ElementAccess":
      return scalar("item", [node.operand, node.index]);
    case "UnaryExpression":
      if (node.operator === "NOT") return scalar("not", [node.operand]);
      if (node.operand.kind === "NumberLiteral") return bindNumber(context, node.operand, node.operator === "-");
      return node.operator === "-" ? scalar("negate", [node.operand]) : bind(node.operand);
    case "BinaryExpression":
      return bindBinary(context, node);
    case "LogicalExpression": {
      const name = node.operator.toLowerCase();
      const terms = node.operands.map((operand) => bindCondition(context, operand, `an operand of ${node.operator}`));
      return scalarCall(context, node.span, name, terms);
    }
    case "IsPredicate":
      return bindIs(context, node);
    case "DistinctPredicate":
      return scalar(node.negated ? "is not distinct from" : "is distinct from", [node.left, node.right]);
    case "BetweenPredicate": {
      const [value, low, high] = [bind(node.operand), bind(node.low), bind(node.high)];
      const between = (from: Expression, to: Expression): Expression =>
        scalarCall(context, node.span, "and", [
          scalarCall(context, node.span, ">=", [value, from]),
          scalarCall(context, node.span, "<=", [value, to]),
        ]);
      const inside = between(low, high);
      const either = node.symmetric ? scalarCall(context, node.span, "or", [inside, between(high, low)]) : inside;
      return negateIf(context, node, either);
    }
    case "InListPredicate": {
      const items = unify(context, node.span, "the values of IN", [node.operand, ...node.list].map(bind));
      const nullable = items.some((item) => item.type.nullable);
      return negateIf(context, node, call("in", items, { ...BOOLEAN, nullable }));
    }
    case "LikePredicate": {
      const name = node.operator === "LIKE" ? "like" : "similar to";
      const parts = node.escape === null ? [node.operand, node.pattern] : [node.operand, node.pattern, node.escape];
      return negateIf(context, node, scalar(name, parts));
    }
    case "CaseExpression":
      return bindCase(context, node);
    case "CastExpression": {
      const type = bindType(context, node.type);
      return castTo(context, node.span, bind(node.operand), type, node.safe);
    }
    case "ExtractExpression":
      return scalarCall(context, node.span, "extract", [unitLiteral(node.unit), bind(node.operand)]);
    case "TrimExpression": {
      const name = { BOTH: "trim", LEADING: "ltrim", TRAILING: "rtrim" }[node.side];
      return scalar(name, node.characters === null ? [node.operand] : [node.operand, node.characters]);
    }
    case "RoundToUnitExpression":
      return scalarCall(context, node.span, `${node.direction.toLowerCase()} to`, [
        bind(node.operand),
        unitLiteral(node.unit),
      ]);
    case "TimestampArithmetic": {
      const args = [unitLiteral(node.unit), bind(node.left), bind(node.right)];
      return scalarCall(context, node.span, node.operation.toLowerCase(), args);
    }
    case "FunctionCall":
      return bindFunctionCall(context, node, bindExpression);
    case "RowConstructor": {
      const items = node.items.map(bind);
      if (items.length === 0) return fail(context, node.span, "a ROW has one field at least");
      const fields = items.map((item, i) => ({ name: `EXPR$${i}`, type: item.type }));
      return call("row", items, { kind: "row", fields, nullable: false });
    }
    case "ArrayConstructor": {
      if (node.items.length === 0)
        return fail(context, node.span, "an empty ARRAY[] has no type; CAST one or give it an element");
      const items = unify(context, node.span, "the elements of ARRAY", node.items.map(bind));
      return call("array", items, { kind: "array", element: typeOfAll(items), nullable: false });
    }
    case "MapConstructor": {
      if (node.entries.length === 0) return fail(context, node.span, "an empty MAP[] has no type; give it an entry");
      const keys = unify(
        context,
        node.span,
        "the keys of MAP",
        node.entries.map((entry) => bind(entry.key)),
      );
      const values = unify(
        context,
        node.span,
        "the values of MAP",
        node.entries.map((entry) => bind(entry.value)),
      );
      const type = { kind: "map", key: typeOfAll(keys), value: typeOfAll(values), nullable: false } as const;
      return call(
        "map",
        keys.flatMap((key, i) => [key, values[i]]),
        type,
      );
    }
    case "InQueryPredicate":
      return negateIf(context, node, bindInQuery(context, node, bind));
    case "QuantifiedComparison":
      return bindQuantified(context, node, bind);
    case "ExistsPredicate":
      return bindExists(context, node);
    case "ScalarSubquery":
      return bindScalarSubquery(context, node);
    case "JsonFunctionCall":
      return bindJsonCall(context, node, bindExpression);
    case "MatchSemantics":
      return (
        context.pattern?.semantics(context, node, bindExpression) ??
        fail(context, node.span, `${node.semantics} can only stand in MATCH_RECOGNIZE`)
      );
  }
}

/** An expression that must be BOOLEAN; `what` names it in the error. */
export function bindCondition(context: ExpressionContext, node: Tree, what: string): Expression {
  const condition = bindExpression(context, node);
  if (condition.type.kind === "null") return literal(null, BOOLEAN);
  if (condition.type.kind === "boolean") return condition;
  return fail(context, node.span, `${what} must be BOOLEAN, not ${formatType(condition.type)}`);
}

function bindColumn(context: ExpressionContext, parts: readonly Identifier[], span: Span): Expression {
  const outer = outerColumn(context, parts);
  if (outer !== null) return bindFields(context, outer.expression, outer.rest);
  const { column, rest } = resolveColumn(context, context.scope, parts);
  // A copy: each reference has its own place.
  const reference = { ...column.expression };
  context.places.set(reference, { span, name: parts.map((part) => part.name).join(".") });
  return bindFields(context, reference, rest);
}

function bindFields(context: ExpressionContext, operand: Expression, path: readonly Identifier[]): Expression {
  return path.reduce((input, part) => {
    const { type } = input;
    if (type.kind !== "row") {
      return fail(
        context,
        part.span,
        `'${part.name}' is no field: what stands before it is ${formatType(type)}, not a ROW`,
      );
    }
    const index = type.fields.findIndex((field) => field.name === part.name);
    if (index < 0) {
      const names = type.fields.map((field) => field.name);
      const message = `field '${part.name}' not found; the ROW has ${names.join(", ")}`;
      return fail(context, part.span, message, { candidates: { word: part.name, names } });
    }
    const field = type.fields[index].type;
    return fieldOf(input, index, type.nullable ? { ...field, nullable: true } : field);
  }, operand);
}

function bindBinary(context: ExpressionContext, node: BinaryExpression): Expression {
  const { operator } = node;
  if (operator === "OVERLAPS") return bindOverlaps(context, node);
  const args = [bindExpression(context, node.left), bindExpression(context, node.right)];
  return scalarCall(context, node.span, operator, args);
}

/** Both sides are pairs `(start, end)`. */
function bindOverlaps(context: ExpressionContext, node: BinaryExpression): Expression {
  const ends = [node.left, node.right].flatMap((side) => {
    if (side.kind === "RowConstructor" && side.items.length === 2) return side.items;
    return fail(context, side.span, "OVERLAPS takes a pair (start, end) on each side");
  });
  return scalarCall(
    context,
    node.span,
    "overlaps",
    ends.map((end) => bindExpression(context, end)),
  );
}

function bindIs(context: ExpressionContext, node: IsPredicate): Expression {
  const { test } = node;
  if (test.startsWith("JSON")) {
    const isJson = scalarCall(context, node.span, `is ${test.toLowerCase()}`, [bindExpression(context, node.operand)]);
    return negateIf(context, node, isJson);
  }
  const operand =
    test === "NULL"
      ? bindExpression(context, node.operand)
      : bindCondition(context, node.operand, `the operand of IS ${test}`);
  return scalarCall(context, node.span, `is ${node.negated ? "not " : ""}${test.toLowerCase()}`, [operand]);
}

function bindCase(context: ExpressionContext, node: CaseExpression): Expression {
  const operand = node.operand === null ? null : bindExpression(context, node.operand);
  const conditions = node.branches.map((branch) =>
    operand === null
      ? bindCondition(context, branch.when, "the condition of WHEN")
      : scalarCall(context, branch.when.span, "=", [operand, bindExpression(context, branch.when)]),
  );
  const otherwise = node.otherwise === null ? [] : [bindExpression(context, node.otherwise)];
  const given = node.branches.map((branch) => bindExpression(context, branch.result));
  const missing = literal(null, { kind: "null", nullable: true });
  const all = [...given, otherwise[0] ?? missing];
  const results = unify(context, node.span, "the results of CASE", all);
  const args = conditions.flatMap((condition, i) => [condition, results[i]]);
  const nullable = results.some((result) => result.type.nullable);
  return call("case", [...args, results[results.length - 1]], { ...results[0].type, nullable });
}

function negateIf(
  context: ExpressionContext,
  node: { readonly span: Span; readonly negated: boolean },
  condition: Expression,
): Expression {
  return node.negated ? scalarCall(context, node.span, "not", [condition]) : condition;
}

/** The type of unified expressions, nullable if one of them is. */
function typeOfAll(items: readonly Expression[]): DataType {
  return { ...items[0].type, nullable: items.some((item) => item.type.nullable) };
}

function unitLiteral(unit: string): Expression {
  return literal(unit, { kind: "char", length: unit.length, nullable: false });
}
