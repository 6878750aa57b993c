/** Joins with a table as it is in processing time: its rows are looked up, it is not read as a stream. */
import { column, type Expression } from "../expression/expression.ts";
import { columnsUsed, conjunction, conjuncts, remapColumns } from "../expression/rewrite.ts";
import type { LogicalPlan, PlanField, TemporalJoinNode } from "../logical/logical-plan.ts";
import { collapseCalc } from "./calc-chain.ts";
import { keyColumns } from "./choose-join.ts";
import { type EquiKey, keyAsCondition, splitJoinCondition } from "./join-condition.ts";
import type { PhysicalPlan, PhysicalScan } from "./physical-plan.ts";
import { type PlanContext, unsupported } from "./plan-context.ts";
import { tableScan } from "./plan-scan.ts";

export function planLookupJoin(context: PlanContext, join: TemporalJoinNode): PhysicalPlan {
  const { fields, joinType, lookup } = join;
  const leftWidth = join.left.fields.length;
  const tableWidth = join.right.fields.length;
  const { keys, onTable, rest } = splitLookupCondition(join.condition, leftWidth);
  const left = keyColumns(
    keys.map((key) => key.left),
    leftWidth,
  );
  const right = keyColumns(
    keys.map((key) => key.right),
    tableWidth,
  );
  const planned = context.plan(join.left);
  const input = context.withKeys(planned, left.extra);
  const shift = left.extra.length;
  return {
    kind: "lookup-join",
    id: context.id("lookup-join"),
    fields,
    changelogMode: planned.changelogMode,
    joinType,
    input,
    passed: leftWidth,
    table: planTable(context, join.right, onTable, right.extra),
    tableWidth,
    leftKeys: left.columns,
    rightKeys: right.columns,
    residual: rest === null ? null : remapColumns(rest, (index) => (index < leftWidth ? index : index + shift)),
    hint: lookup,
  };
}

/**
 * Equal keys; what only the table's rows must meet; the rest. Conditions on the table alone are keys only where there are no
 * others: `d.region = 'eu'`.
 */
function splitLookupCondition(condition: Expression | null, leftWidth: number) {
  const split = splitJoinCondition(condition, leftWidth);
  const keys = split.keys.filter((key) => !key.nullSafe);
  const onTable: Expression[] = [];
  const rest: Expression[] = split.keys.filter((key) => key.nullSafe).map((key) => keyAsCondition(key, leftWidth));
  for (const term of conjuncts(split.residual)) {
    const used = [...columnsUsed(term)];
    const isOnTable = used.length > 0 && used.every((index) => index >= leftWidth);
    const key = isOnTable && keys.length === 0 ? constantKey(term, leftWidth) : null;
    if (key !== null) keys.push(key);
    else if (isOnTable) onTable.push(remapColumns(term, (index) => index - leftWidth));
    else rest.push(term);
  }
  return { keys, onTable: conjunction(onTable), rest: conjunction(rest) };
}

function constantKey(term: Expression, leftWidth: number): EquiKey | null {
  if (term.kind !== "call" || term.name !== "=") return null;
  const [a, b] = term.args;
  const [own, constant] = columnsUsed(b).size === 0 ? [a, b] : [b, a];
  if (columnsUsed(constant).size > 0 || own.type.kind !== constant.type.kind) return null;
  return { left: constant, right: remapColumns(own, (index) => index - leftWidth), nullSafe: false };
}

/** The table with its computed columns and keys; it is a scan, however many others read it too. */
function planTable(
  context: PlanContext,
  right: LogicalPlan,
  filter: Expression | null,
  keys: readonly Expression[],
): PhysicalScan {
  const own = right.fields.map((field, index) => column(index, field.type));
  const extra = keys.map((expression, i): PlanField => ({ name: `$key${i}`, type: expression.type }));
  const filtered: LogicalPlan =
    filter === null ? right : { kind: "filter", fields: right.fields, input: right, condition: filter };
  const expressions = [...own, ...keys];
  const fields = [...right.fields, ...extra];
  const { base, calc } = collapseCalc(
    { kind: "project", fields, input: filtered, expressions, watermark: null },
    () => false,
  );
  if (base.kind !== "scan") throw unsupported("FOR SYSTEM_TIME AS OF a processing time of what is no table");
  return tableScan(context, base, "append", { ...calc, watermark: null }, fields);
}
