/** Plan nodes as SELECT makes them, with the roles that their columns keep. */
import {
  type AggregateCall,
  type ColumnRole,
  column,
  type Expression,
  expressionKey,
  type LogicalPlan,
  type PlanField,
} from "@millrace/plan";
import type { CollectedAggregate } from "./aggregate-collector.ts";

export function filter(input: LogicalPlan, condition: Expression): LogicalPlan {
  return { kind: "filter", fields: input.fields, input, condition };
}

/** A column with a role, or without one. */
export function planField(name: string, type: PlanField["type"], role: ColumnRole | undefined): PlanField {
  return role === undefined ? { name, type } : { name, type, role };
}

export function withoutRole(field: PlanField): PlanField {
  return planField(field.name, field.type, undefined);
}

/** A column that is merely passed on keeps its role; what is computed has none, but PROCTIME() wherever it is written. */
export function project(input: LogicalPlan, names: readonly string[], expressions: readonly Expression[]): LogicalPlan {
  const fields = expressions.map((expression, i) => planField(names[i], expression.type, roleOf(input, expression)));
  return { kind: "project", input, fields, expressions, watermark: null };
}

function roleOf(input: LogicalPlan, expression: Expression): ColumnRole | undefined {
  return expression.kind === "column" ? input.fields[expression.index].role : computedRole(expression);
}

/** The role that an expression has by itself. */
export function computedRole(expression: Expression): ColumnRole | undefined {
  return expression.kind === "call" && expression.name === "proctime" ? "proctime" : undefined;
}

/** The first `visible` columns of a plan; the plan itself if that is all. */
export function visibleColumns(plan: LogicalPlan, visible: number): LogicalPlan {
  if (plan.fields.length === visible) return plan;
  const fields = plan.fields.slice(0, visible);
  const expressions = fields.map((field, index) => column(index, field.type));
  return { kind: "project", input: plan, fields, expressions, watermark: null };
}

/** Columns under other names; the plan itself where nothing changes. */
export function rename(input: LogicalPlan, names: readonly string[]): LogicalPlan {
  if (input.fields.every((field, i) => field.name === names[i])) return input;
  if (input.kind === "values")
    return { ...input, fields: input.fields.map((field, i) => ({ ...field, name: names[i] })) };
  return project(
    input,
    names,
    input.fields.map((field, index) => column(index, field.type)),
  );
}

/** Names that stand more than once get a number behind them, as Flink does: id, id0. */
export function uniquelyNamed(input: LogicalPlan): LogicalPlan {
  const taken = new Set<string>();
  const names = input.fields.map((field) => freeName(field.name, taken));
  return rename(input, names);
}

/** The name, with a number behind it if it is among `taken`; it is put there. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 0; taken.has(free); number++) free = `${name}${number}`;
  taken.add(free);
  return free;
}

export function distinct(input: LogicalPlan): LogicalPlan {
  const keys = input.fields.map((_, index) => index);
  return { kind: "aggregate", input, fields: keyFields(input, keys), keys, aggregates: [] };
}

/** Groups by expressions over the input: a projection computes what is not a column already. */
export function groupBy(
  input: LogicalPlan,
  keys: readonly Expression[],
  aggregates: readonly CollectedAggregate[],
): LogicalPlan {
  const needed = aggregates.flatMap(({ args, filter: condition }) =>
    condition === null ? args : [...args, condition],
  );
  const isPlain = [...keys, ...needed].every((expression) => expression.kind === "column");
  const computed = new Map<string, { readonly index: number; readonly expression: Expression }>();
  const place = (expression: Expression): number => {
    if (isPlain && expression.kind === "column") return expression.index;
    const key = expressionKey(expression);
    const known = computed.get(key);
    if (known !== undefined) return known.index;
    computed.set(key, { index: computed.size, expression });
    return computed.size - 1;
  };
  const keyColumns = keys.map(place);
  const calls: readonly AggregateCall[] = aggregates.map((aggregate) => ({
    name: aggregate.name,
    args: aggregate.args.map(place),
    distinct: aggregate.distinct,
    filter: aggregate.filter === null ? null : place(aggregate.filter),
    ...(aggregate.parameters.length === 0 ? {} : { parameters: aggregate.parameters }),
    type: aggregate.type,
  }));
  const before = isPlain
    ? input
    : projectNeeded(
        input,
        [...computed.values()].map(({ expression }) => expression),
      );
  const fields = [
    ...keyFields(before, keyColumns),
    ...calls.map((aggregate, i) => planField(`${aggregate.name}$${i}`, aggregate.type, undefined)),
  ];
  return { kind: "aggregate", input: before, fields, keys: keyColumns, aggregates: calls };
}

function projectNeeded(input: LogicalPlan, expressions: readonly Expression[]): LogicalPlan {
  const names = expressions.map((expression, i) =>
    expression.kind === "column" ? input.fields[expression.index].name : `$${i}`,
  );
  return project(input, names, expressions);
}

/**
 * Group keys as columns. A rowtime is an ordinary column once rows are grouped; window columns stay what they are, if the
 * window is wholly in the key.
 */
function keyFields(input: LogicalPlan, keys: readonly number[]): readonly PlanField[] {
  const roles = new Set(keys.map((key) => input.fields[key].role));
  const isWindowed = roles.has("window_start") && roles.has("window_end");
  return keys.map((key) => {
    const field = input.fields[key];
    const isOfWindow = field.role?.startsWith("window_") === true || field.role === "proctime";
    return isWindowed && isOfWindow ? field : withoutRole(field);
  });
}
