import { type CatalogTable, coerce, column, type Expression, type LogicalPlan, type ScanNode } from "@millrace/plan";
import { computedRole, planField } from "./build-plan.ts";
import type { Session } from "./session.ts";

/** The plan that reads a table: its scan and what computes columns and the watermark. One node per table and hints. */
export function tablePlan(session: Session, table: CatalogTable, hints: Readonly<Record<string, string>>): LogicalPlan {
  let plans = session.tablePlans.get(table);
  if (plans === undefined) {
    plans = new Map();
    session.tablePlans.set(table, plans);
  }
  const key = JSON.stringify(Object.entries(hints).sort(([a], [b]) => (a < b ? -1 : 1)));
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = buildTablePlan(table, hints);
    plans.set(key, plan);
  }
  return plan;
}

function buildTablePlan(table: CatalogTable, hints: Readonly<Record<string, string>>): LogicalPlan {
  const { columns, watermark } = table;
  const scanned = columns.flatMap((each, index) => (each.kind === "computed" ? [] : [{ each, index }]));
  const scan: ScanNode = {
    kind: "scan",
    table,
    read: null,
    hints,
    fields: scanned.map(({ each }) => ({
      name: each.name,
      type: each.kind === "metadata" ? each.connectorType : each.type,
    })),
  };
  const placeOf = new Map(scanned.map(({ index }, place) => [index, place]));
  const read = (index: number): Expression => {
    const place = placeOf.get(index) ?? -1;
    return coerce(column(place, scan.fields[place].type), columns[index].type);
  };
  const overScan = (expression: Expression) => replaceColumns(expression, read);
  const isPlain = columns.every((each, index) => each.kind !== "computed" && read(index).kind === "column");
  if (isPlain && watermark === null) return scan;
  return {
    kind: "project",
    input: scan,
    fields: columns.map((each, index) => {
      const ownRole = each.kind === "computed" ? computedRole(each.expression) : undefined;
      return planField(each.name, each.type, watermark?.column === index ? "rowtime" : ownRole);
    }),
    expressions: columns.map((each, index) => (each.kind === "computed" ? overScan(each.expression) : read(index))),
    watermark: watermark === null ? null : overScan(watermark.expression),
  };
}

function replaceColumns(expression: Expression, read: (index: number) => Expression): Expression {
  switch (expression.kind) {
    case "column":
      return read(expression.index);
    case "literal":
      return expression;
    case "field":
      return { ...expression, input: replaceColumns(expression.input, read) };
    case "call":
      return { ...expression, args: expression.args.map((arg) => replaceColumns(arg, read)) };
  }
}
