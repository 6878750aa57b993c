import { formatType } from "@millrace/core";
import type { CallExpression, Expression } from "./expression.ts";

const keys = new WeakMap<Expression, string>();

/** A text that is the same exactly for expressions that compute the same. */
export function expressionKey(expression: Expression): string {
  let key = keys.get(expression);
  if (key === undefined) {
    key = makeKey(expression);
    keys.set(expression, key);
  }
  return key;
}

function makeKey(expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return `$${expression.index}`;
    case "literal":
      return `${literalKey(expression.value)}:${formatType(expression.type)}`;
    case "field":
      return `${expressionKey(expression.input)}.${expression.index}`;
    case "call":
      return `${nameKey(expression)}(${expression.args.map(expressionKey).join(",")}):${formatType(expression.type)}`;
  }
}

const definitions = new WeakMap<object, number>();
let definitionCount = 0;

/** A user's function may be replaced by another of its name. */
function nameKey({ name, definition }: CallExpression): string {
  if (definition === undefined) return name;
  let number = definitions.get(definition);
  if (number === undefined) {
    number = definitionCount++;
    definitions.set(definition, number);
  }
  return `${name}#${number}`;
}

function literalKey(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Map) return `map${literalKey([...value])}`;
  if (value instanceof Uint8Array) return `bytes${value.join(",")}`;
  if (Array.isArray(value)) return `[${value.map(literalKey).join(",")}]`;
  return JSON.stringify(value);
}
