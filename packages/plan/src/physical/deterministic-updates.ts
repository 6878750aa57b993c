/**
 * `table.optimizer.non-deterministic-update.strategy` = TRY_RESOLVE. A row that is taken away is computed anew: what is another
 * value each time (RAND(), the time) is then not the one that was given. Refused where that matters: everywhere but in what a
 * table that is written by key takes besides its key.
 */
import { MillraceError } from "@millrace/core";
import { type Expression, forEachNode } from "../expression/expression.ts";
import { columnsUsed } from "../expression/rewrite.ts";
import { isVolatile } from "../function/registry.ts";
import { type CalcSpec, type PhysicalPlan, type PhysicalSink, physicalInputsOf } from "./physical-plan.ts";
import { writtenKeysOf } from "./plan-sink.ts";

/** Columns of a node that those above it must find again; null: no row of it need be. */
type Needed = ReadonlySet<number> | null;

export function requireDeterministicUpdates(sinks: readonly PhysicalSink[]): void {
  for (const { input, table, updateBefore } of sinks) {
    const isByKey = table !== null && updateBefore !== undefined && input.changelogMode !== "append";
    visit(input, isByKey ? new Set(writtenKeysOf(table)) : allOf(input));
  }
}

const allOf = (node: PhysicalPlan): Needed => (node.changelogMode === "append" ? null : new Set(node.fields.keys()));

function visit(node: PhysicalPlan, needed: Needed): void {
  switch (node.kind) {
    case "scan":
      if (node.changelogMode !== "append") columnsBelow(node, node.calc, needed);
      return;
    case "calc":
      if (node.input.changelogMode === "append") visit(node.input, null);
      else visit(node.input, columnsBelow(node, node.calc, needed));
      return;
    // It keeps the rows that it takes away.
    case "changelog-normalize":
      return;
    case "sink-constraint":
    case "union":
      for (const input of physicalInputsOf(node)) visit(input, input.changelogMode === "append" ? null : needed);
      return;
    default:
      for (const input of physicalInputsOf(node)) visit(input, allOf(input));
      for (const condition of conditionsOf(node)) requireStable(node, condition, "a condition");
  }
}

/** What of rows that are updated is asked for each of their changes. */
function conditionsOf(node: PhysicalPlan): readonly Expression[] {
  if (physicalInputsOf(node).every(({ changelogMode }) => changelogMode === "append")) return [];
  if (node.kind === "table-function") return node.condition === null ? [] : [node.condition.expression];
  return "residual" in node && node.residual !== null ? [node.residual] : [];
}

/** Of the input of a calc. Throws if what is needed is not the same each time. */
function columnsBelow(node: PhysicalPlan, { filter, projections }: CalcSpec, needed: Needed): Needed {
  if (needed === null) return null;
  if (filter !== null) requireStable(node, filter, "a condition");
  const read = projections.filter((_, column) => needed.has(column));
  for (const column of needed) requireStable(node, projections[column], `column '${node.fields[column].name}'`);
  return new Set([...(filter === null ? [] : [filter]), ...read].flatMap((each) => [...columnsUsed(each)]));
}

function requireStable({ id }: PhysicalPlan, expression: Expression, what: string): void {
  forEachNode(expression, (part) => {
    if (part.kind !== "call" || !isVolatile(part)) return;
    throw new MillraceError({
      code: "SQL_UNSUPPORTED",
      message: `${what} calls ${part.name.toUpperCase()}, which gives another value each time, of rows that are updated (operator ${id}): a row that is taken away would not be the one that was given; SET 'table.optimizer.non-deterministic-update.strategy' = 'IGNORE' lets it pass`,
    });
  });
}
