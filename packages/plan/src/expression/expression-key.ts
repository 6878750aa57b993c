import { formatType } from "@millrace/core";
import type { Expression } from "./expression.ts";

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
      return `${expression.name}(${expression.args.map(expressionKey).join(",")}):${formatType(expression.type)}`;
  }
}

function literalKey(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Map) return `map${literalKey([...value])}`;
  if (value instanceof Uint8Array) return `bytes${value.join(",")}`;
  if (Array.isArray(value)) return `[${value.map(literalKey).join(",")}]`;
  return JSON.stringify(value);
}
