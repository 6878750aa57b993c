/** Common types and implicit conversion. */
import { type DataType, decimal, MAX_LENGTH, sameType, withNullable } from "@millrace/core";
import { call, type Expression, type LiteralExpression } from "../expression/expression.ts";
import { asDecimal, isApproximate, isInteger, isNumeric, MAX_DECIMAL_PRECISION, widerInteger } from "./numeric.ts";

export function isCharacter(type: DataType): boolean {
  return type.kind === "char" || type.kind === "varchar";
}

export function isBinary(type: DataType): boolean {
  return type.kind === "binary" || type.kind === "varbinary";
}

/** The one type that values of all of these have in common (CASE branches, UNION columns, IN lists); undefined if there is none. */
export function commonType(types: readonly DataType[]): DataType | undefined {
  let result: DataType | undefined;
  for (const type of types) {
    result = result === undefined ? type : commonOfTwo(result, type);
    if (result === undefined) return undefined;
  }
  return result;
}

function commonOfTwo(a: DataType, b: DataType): DataType | undefined {
  const nullable = a.nullable || b.nullable;
  if (a.kind === "null") return withNullable(b, true);
  if (b.kind === "null") return withNullable(a, true);
  if (sameType(a, b)) return withNullable(a, nullable);
  if (isNumeric(a) && isNumeric(b)) {
    // Of FLOAT and DOUBLE the first wins, as in Flink.
    if (isApproximate(a) && isApproximate(b)) return withNullable(a, nullable);
    if (isApproximate(a) || isApproximate(b)) {
      const isSingle = [a, b].every((type) => type.kind === "float" || isInteger(type));
      return { kind: isSingle ? "float" : "double", nullable };
    }
    if (isInteger(a) && isInteger(b)) return withNullable(widerInteger(a, b), nullable);
    const [p, q] = [asDecimal(a), asDecimal(b)];
    if (p === undefined || q === undefined) return undefined;
    const scale = Math.max(p.scale, q.scale);
    const precision = Math.max(p.precision - p.scale, q.precision - q.scale) + scale;
    if (precision <= MAX_DECIMAL_PRECISION) return decimal(precision, scale, nullable);
    return decimal(MAX_DECIMAL_PRECISION, Math.max(0, scale - (precision - MAX_DECIMAL_PRECISION)), nullable);
  }
  if (isCharacter(a) && isCharacter(b) && "length" in a && "length" in b) {
    const kind = a.kind === "char" && b.kind === "char" && a.length === b.length ? "char" : "varchar";
    return { kind, length: Math.max(a.length, b.length), nullable };
  }
  if (isBinary(a) && isBinary(b) && "length" in a && "length" in b) {
    return { kind: "varbinary", length: Math.max(a.length, b.length), nullable };
  }
  if (isTimestamp(a) && isTimestamp(b) && "precision" in a && "precision" in b) {
    const kind = a.kind === b.kind ? a.kind : "timestamp_ltz";
    return { kind, precision: Math.max(a.precision, b.precision), nullable } as DataType;
  }
  if (a.kind === "time" && b.kind === "time")
    return { kind: "time", precision: Math.max(a.precision, b.precision), nullable };
  if (a.kind === "date" && isTimestamp(b)) return withNullable(b, nullable);
  if (b.kind === "date" && isTimestamp(a)) return withNullable(a, nullable);
  if (a.kind === "array" && b.kind === "array") {
    const element = commonOfTwo(a.element, b.element);
    return element === undefined ? undefined : { kind: "array", element, nullable };
  }
  if (a.kind === "map" && b.kind === "map") {
    const key = commonOfTwo(a.key, b.key);
    const value = commonOfTwo(a.value, b.value);
    return key === undefined || value === undefined ? undefined : { kind: "map", key, value, nullable };
  }
  if (a.kind === "row" && b.kind === "row" && a.fields.length === b.fields.length && a.className === b.className) {
    const fields = a.fields.map((field, i) => ({ name: field.name, type: commonOfTwo(field.type, b.fields[i].type) }));
    if (fields.some((field) => field.type === undefined)) return undefined;
    return { ...a, fields: fields as { name: string; type: DataType }[], nullable };
  }
  return undefined;
}

export function isTimestamp(type: DataType): boolean {
  return type.kind === "timestamp" || type.kind === "timestamp_ltz";
}

/** Whether a value may be stored as another type without being asked for: INSERT, and arguments of functions. */
export function canStoreAs(from: DataType, to: DataType): boolean {
  if (from.kind === "null") return true;
  if (sameType(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (isCharacter(from) && isCharacter(to)) return true;
  if (isBinary(from) && isBinary(to)) return true;
  if (isTimestamp(from) && isTimestamp(to)) return true;
  if (from.kind === "date" && isTimestamp(to)) return true;
  if (isTimestamp(from) && to.kind === "date") return true;
  if (from.kind === "time" && to.kind === "time") return true;
  if (from.kind === "row" && to.kind === "row") {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, i) => canStoreAs(field.type, to.fields[i].type))
    );
  }
  if (from.kind === "array" && to.kind === "array") return canStoreAs(from.element, to.element);
  if (from.kind === "map" && to.kind === "map") return canStoreAs(from.key, to.key) && canStoreAs(from.value, to.value);
  return from.kind === to.kind && from.kind.startsWith("interval");
}

/** The expression as another type: itself if it has it, a typed NULL for NULL, else a cast. Nullability follows the expression. */
export function coerce(expression: Expression, type: DataType): Expression {
  const target = withNullable(type, expression.type.nullable);
  if (sameType(expression.type, target)) return expression;
  if (expression.kind === "literal" && expression.value === null)
    return { ...expression, type: withNullable(type, true) } satisfies LiteralExpression;
  // CHAR and VARCHAR of any length hold the same values here unless a cast cuts them, which only an explicit one does.
  const isCast = expression.kind === "call" && (expression.name === "cast" || expression.name === "try_cast");
  if (isCharacter(expression.type) && !isCast && type.kind === "varchar" && type.length === MAX_LENGTH)
    return retyped(expression, target);
  return call("cast", [expression], target);
}

function retyped(expression: Expression, type: DataType): Expression {
  return { ...expression, type };
}

/** All expressions as their common type; undefined if there is none. */
export function coerceAll(
  expressions: readonly Expression[],
): { readonly type: DataType; readonly args: readonly Expression[] } | undefined {
  const type = commonType(expressions.map((expression) => expression.type));
  return type === undefined ? undefined : { type, args: expressions.map((expression) => coerce(expression, type)) };
}
