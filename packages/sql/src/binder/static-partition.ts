/** INSERT … PARTITION (column = value): columns that have one value for all rows. */
import { formatType } from "@millrace/core";
import { type CatalogColumn, type CatalogTable, type Expression, foldConstants } from "@millrace/plan";
import type { Expression as Tree } from "../ast/expression.ts";
import type { InsertStatement, PartitionAssignment } from "../ast/statement.ts";
import { type BindContext, fail } from "./bind-context.ts";
import { bindLiteral, bindNumber } from "./bind-literal.ts";
import { castTo } from "./typed-call.ts";

/** The values of partition columns that the statement gives, as the columns store them. */
export function staticPartition(
  context: BindContext,
  { partition }: InsertStatement,
  table: CatalogTable,
): ReadonlyMap<CatalogColumn, Expression> {
  const values = new Map<CatalogColumn, Expression>();
  for (const assignment of partition) {
    const { name, span } = assignment.column;
    const column = table.columns.find((each) => each.name === name);
    const keys = table.partitionKeys;
    if (column === undefined || !keys.includes(name)) {
      const why = column === undefined ? "not found in" : "not a partition column of";
      const which = keys.length === 0 ? "it has no partitions" : `these are ${keys.join(", ")}`;
      fail(context, span, `column '${name}' is ${why} table '${table.name}'; ${which}`, {
        candidates: { word: name, names: keys },
      });
    }
    if (values.has(column)) fail(context, span, `column '${name}' is given twice`);
    values.set(column, partitionValue(context, assignment, column));
  }
  return values;
}

function partitionValue(
  context: BindContext,
  { column, value }: PartitionAssignment,
  { type }: CatalogColumn,
): Expression {
  const constant = constantOf(context, value);
  if (constant === null) {
    fail(context, value.span, "the value of a partition is a text, a number, TRUE or FALSE, as in day = '2026-01-31'");
  }
  const stored = foldConstants(castTo(context, value.span, constant, type, false));
  // What cannot be computed would fail with the first row.
  if (stored.kind === "literal" || type.kind === "timestamp_ltz") return stored;
  return fail(context, value.span, `this is no value of column '${column.name}' (${formatType(type)})`);
}

function constantOf(context: BindContext, value: Tree): Expression | null {
  switch (value.kind) {
    case "StringLiteral":
    case "NumberLiteral":
      return bindLiteral(context, value);
    case "BooleanLiteral":
      return value.value === null ? null : bindLiteral(context, value);
    case "UnaryExpression":
      if (value.operator !== "-" || value.operand.kind !== "NumberLiteral") return null;
      return bindNumber(context, value.operand, true);
    default:
      return null;
  }
}
