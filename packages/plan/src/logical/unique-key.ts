import type { LogicalPlan } from "./logical-plan.ts";

/** Columns of a plan's output that identify a row, ascending; null if none are known. A PRIMARY KEY is believed, as it is declared. */
export function uniqueKeyOf(node: LogicalPlan): readonly number[] | null {
  switch (node.kind) {
    case "scan": {
      const { primaryKey } = node.table;
      const indexes = primaryKey.map((name) => node.fields.findIndex((field) => field.name === name));
      return primaryKey.length === 0 || indexes.includes(-1) ? null : indexes.sort((a, b) => a - b);
    }
    case "project": {
      const below = uniqueKeyOf(node.input);
      const indexes = below?.map((key) =>
        node.expressions.findIndex((expression) => expression.kind === "column" && expression.index === key),
      );
      return indexes === undefined || indexes.includes(-1) ? null : indexes.sort((a, b) => a - b);
    }
    case "aggregate":
      return node.keys.map((_, index) => index);
    case "filter":
    case "sort":
    case "limit":
      return uniqueKeyOf(node.input);
    default:
      return null;
  }
}
