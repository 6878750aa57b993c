/**
 * Window functions in the expressions of one SELECT. While expressions are bound each becomes a placeholder call, whose
 * arguments are what it reads of the rows; `applyWindows` then puts the functions on a plan and columns for the placeholders.
 */
import type { DataType, OverFrame } from "@millrace/core";
import { INT } from "@millrace/core";
import {
  call,
  column,
  type Expression,
  expressionKey,
  type LogicalPlan,
  literal,
  type OverCall,
  type PlanField,
  transform,
} from "@millrace/plan";
import { planField, project, withoutRole } from "./build-plan.ts";

export interface CollectedOver {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly parameters: readonly unknown[];
  readonly distinct: boolean;
  readonly ignoresNulls: boolean | null;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OverOrder[];
  readonly frame: OverFrame;
  readonly type: DataType;
}

export interface OverOrder {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

const placeholderName = "$over";

export class OverCollector {
  readonly #overs: CollectedOver[] = [];

  get isEmpty(): boolean {
    return this.#overs.length === 0;
  }

  add(over: CollectedOver): Expression {
    const index = this.#overs.push(over) - 1;
    const orders = over.orderBy.map(({ expression }) => expression);
    const read = [...over.args, ...over.partitionBy, ...orders];
    return call(placeholderName, [literal(index, INT), ...read], over.type);
  }

  /** The window function that a placeholder stands for, over what its arguments are now; null for any other expression. */
  overOf(expression: Expression): CollectedOver | null {
    if (expression.kind !== "call" || expression.name !== placeholderName) return null;
    const [index, ...read] = expression.args;
    const over = this.#overs[(index as { readonly value: number }).value];
    return {
      ...over,
      args: over.args.map(() => read.shift() as Expression),
      partitionBy: over.partitionBy.map(() => read.shift() as Expression),
      orderBy: over.orderBy.map((order) => ({ ...order, expression: read.shift() as Expression })),
    };
  }
}

/**
 * Computes the window functions in some expressions over a plan: gives a plan with further columns behind its own, and the
 * expressions over it. Functions of the same partition and order share a node.
 */
export function applyWindows(
  plan: LogicalPlan,
  expressions: readonly Expression[],
  collector: OverCollector,
): { readonly plan: LogicalPlan; readonly expressions: readonly Expression[] } {
  if (collector.isEmpty) return { plan, expressions };
  const overs = new Map<string, CollectedOver>();
  for (const expression of expressions) {
    transform(expression, (node) => {
      const over = collector.overOf(node);
      if (over !== null) overs.set(expressionKey(node), over);
      return node;
    });
  }
  const columns = new InputColumns(plan);
  const groups = new Map<string, OverGroup>();
  for (const [key, over] of overs) {
    const partitionKeys = over.partitionBy.map((each) => columns.place(each));
    const orderBy = over.orderBy.map(({ expression, ...order }) => ({ column: columns.place(expression), ...order }));
    const groupKey = JSON.stringify([partitionKeys, orderBy]);
    const group = groups.get(groupKey) ?? { partitionKeys, orderBy, calls: [], keys: [] };
    groups.set(groupKey, group);
    group.keys.push(key);
    group.calls.push({
      name: over.name,
      args: over.args.map((arg) => columns.place(arg)),
      parameters: over.parameters,
      distinct: over.distinct,
      ignoresNulls: over.ignoresNulls,
      frame: over.frame,
      type: over.type,
    });
  }
  let result = columns.plan;
  const placeOf = new Map<string, number>();
  for (const { partitionKeys, orderBy, calls, keys } of groups.values()) {
    const width = result.fields.length;
    keys.forEach((key, i) => placeOf.set(key, width + i));
    const keepsTime = comesInTime(result.fields, partitionKeys, orderBy, calls);
    const fields: readonly PlanField[] = [
      ...result.fields.map((field) => (field.role === "rowtime" && !keepsTime ? withoutRole(field) : field)),
      ...calls.map((each, i) => planField(`${each.name}$${width + i}`, each.type, undefined)),
    ];
    result = { kind: "over", input: result, fields, partitionKeys, orderBy, calls };
  }
  const replaced = expressions.map((expression) =>
    transform(expression, (node) => {
      const place = placeOf.get(expressionKey(node));
      return place === undefined ? node : column(place, node.type);
    }),
  );
  return { plan: result, expressions: replaced };
}

/**
 * Whether rows leave window functions in the order of time: they are ordered by it, or come by windows. The last row of each
 * by ROW_NUMBER comes when it is read.
 */
function comesInTime(
  fields: readonly PlanField[],
  partitionKeys: readonly number[],
  orderBy: OverNodeOrder,
  calls: readonly OverCall[],
): boolean {
  const roles = partitionKeys.map((key) => fields[key].role);
  if (roles.includes("window_start") && roles.includes("window_end")) return true;
  const [first] = orderBy;
  if (first === undefined) return false;
  if (first.descending && (orderBy.length > 1 || calls.some((call) => call.name !== "row_number"))) return false;
  const { role } = fields[first.column];
  return role === "rowtime" || role === "window_time" || role === "proctime";
}

interface OverGroup {
  readonly partitionKeys: readonly number[];
  readonly orderBy: OverNodeOrder;
  readonly calls: OverCall[];
  /** Keys of the placeholders, one per call. */
  readonly keys: string[];
}

type OverNodeOrder = Extract<LogicalPlan, { kind: "over" }>["orderBy"];

/** The columns of a plan, and behind them what is computed for its window functions. */
class InputColumns {
  readonly #input: LogicalPlan;
  readonly #extra = new Map<string, Expression>();

  constructor(input: LogicalPlan) {
    this.#input = input;
  }

  place(expression: Expression): number {
    if (expression.kind === "column") return expression.index;
    const key = expressionKey(expression);
    if (!this.#extra.has(key)) this.#extra.set(key, expression);
    return this.#input.fields.length + [...this.#extra.keys()].indexOf(key);
  }

  get plan(): LogicalPlan {
    if (this.#extra.size === 0) return this.#input;
    const { fields } = this.#input;
    const extra = [...this.#extra.values()];
    const names = [...fields.map((field) => field.name), ...extra.map((_, i) => `$over${i}`)];
    return project(this.#input, names, [...fields.map((field, i) => column(i, field.type)), ...extra]);
  }
}
