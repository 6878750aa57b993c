import {
  type DataType,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  formatType,
  withNullable,
} from "@millrace/core";
import type { Expression } from "./expression.ts";

const infix = new Set([
  "+",
  "-",
  "*",
  "/",
  "%",
  "=",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "and",
  "or",
  "||",
  "is distinct from",
  "is not distinct from",
]);
const postfix = new Set([
  "is null",
  "is not null",
  "is true",
  "is not true",
  "is false",
  "is not false",
  "is unknown",
  "is not unknown",
]);

/** The expression as SQL; `nameOf` gives the names of columns. For people: EXPLAIN and errors. */
export function formatExpression(
  expression: Expression,
  nameOf: (column: number) => string = (index) => `$${index}`,
): string {
  const format = (each: Expression): string => formatExpression(each, nameOf);
  const nested = (each: Expression): string =>
    each.kind === "call" && (infix.has(each.name) || postfix.has(each.name)) ? `(${format(each)})` : format(each);
  switch (expression.kind) {
    case "column":
      return nameOf(expression.index);
    case "literal":
      return formatLiteral(expression.value, expression.type);
    case "field": {
      const { type } = expression.input;
      return `${nested(expression.input)}.${type.kind === "row" ? type.fields[expression.index].name : expression.index}`;
    }
    case "call": {
      const { name, args, type } = expression;
      if (infix.has(name)) return args.map(nested).join(` ${name.toUpperCase()} `);
      if (postfix.has(name)) return `${nested(args[0])} ${name.toUpperCase()}`;
      if (name === "not") return `NOT ${nested(args[0])}`;
      if (name === "negate") return `-${nested(args[0])}`;
      if (name === "cast" || name === "try_cast")
        return `${name.toUpperCase()}(${format(args[0])} AS ${formatType(withNullable(type, true))})`;
      if (name === "in") return `${nested(args[0])} IN (${args.slice(1).map(format).join(", ")})`;
      if (name === "like" || name === "similar to") {
        const escaping = args.length > 2 ? ` ESCAPE ${format(args[2])}` : "";
        return `${nested(args[0])} ${name.toUpperCase()} ${format(args[1])}${escaping}`;
      }
      if (name === "case") return formatCase(args, format);
      return `${name.toUpperCase()}(${args.map(format).join(", ")})`;
    }
  }
}

function formatCase(args: readonly Expression[], format: (each: Expression) => string): string {
  const parts: string[] = [];
  for (let i = 0; i + 1 < args.length; i += 2) parts.push(`WHEN ${format(args[i])} THEN ${format(args[i + 1])}`);
  return `CASE ${parts.join(" ")} ELSE ${format(args[args.length - 1])} END`;
}

function formatLiteral(value: unknown, type: DataType): string {
  if (value === null) return "NULL";
  switch (type.kind) {
    case "char":
    case "varchar":
      return `'${String(value).replaceAll("'", "''")}'`;
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    case "date":
      return `DATE '${formatDate(value as number)}'`;
    case "time":
      return `TIME '${formatTime(value as number, type.precision)}'`;
    case "timestamp":
    case "timestamp_ltz":
      return `TIMESTAMP '${formatTimestamp(value as number, type.precision)}'`;
    case "interval_day_time":
      return `INTERVAL '${Number(value) / 1000}' SECOND`;
    case "interval_year_month":
      return `INTERVAL '${String(value)}' MONTH`;
    case "boolean":
      return value === true ? "TRUE" : "FALSE";
    default:
      return String(value);
  }
}
