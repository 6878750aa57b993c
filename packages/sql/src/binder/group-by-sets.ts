import { INT } from "@millrace/core";
import { type AggregateCall, type Expression, expressionKey, type LogicalPlan, literal } from "@millrace/plan";
import type { CollectedAggregate } from "./aggregate-collector.ts";
import { planField, project } from "./build-plan.ts";
import { aggregatesAt, type Grouping, keyType } from "./grouping.ts";

/**
 * Groups by several sets of keys: each row is grouped once per set, with NULL for the keys that the set lacks and the set's
 * number as a further key.
 */
export function groupBySets(
  input: LogicalPlan,
  grouping: Grouping,
  sets: readonly (readonly number[])[],
  aggregates: readonly CollectedAggregate[],
): LogicalPlan {
  const { keys } = grouping;
  const first = aggregatesAt(grouping);
  const needed = new Map<string, { readonly index: number; readonly expression: Expression }>();
  const place = (expression: Expression): number => {
    const key = expressionKey(expression);
    const known = needed.get(key) ?? { index: first + needed.size, expression };
    needed.set(key, known);
    return known.index;
  };
  const calls: readonly AggregateCall[] = aggregates.map((each) => ({
    name: each.name,
    args: each.args.map(place),
    distinct: each.distinct,
    filter: each.filter === null ? null : place(each.filter),
    type: each.type,
  }));
  const read = [...needed.values()].map(({ expression }) => expression);
  const names = [
    ...keys.map((key, i) => (key.kind === "column" ? input.fields[key.index].name : `$${i}`)),
    "$set",
    ...read.map((_, i) => `$${first + i}`),
  ];
  const setType = { ...INT, nullable: false };
  const branches = sets.map((set, number) =>
    project(input, names, [
      ...keys.map((key, i) => (set.includes(i) ? key : literal(null, { ...key.type, nullable: true }))),
      literal(number, setType),
      ...read,
    ]),
  );
  const [branch] = branches;
  // Windows stay windows where all sets have them.
  const fields = branch.fields.map(({ name, role }, i) =>
    planField(
      name,
      i < keys.length ? keyType(grouping, i) : branch.fields[i].type,
      branches.every((each) => each.fields[i].role === role) ? role : undefined,
    ),
  );
  const isWindowed =
    fields.some(({ role }) => role === "window_start") && fields.some(({ role }) => role === "window_end");
  const keyFields = fields
    .slice(0, first)
    .map(({ name, role, type }) => planField(name, type, isWindowed && role?.startsWith("window_") ? role : undefined));
  return {
    kind: "aggregate",
    input: { kind: "union", inputs: branches, fields },
    keys: keyFields.map((_, i) => i),
    aggregates: calls,
    fields: [...keyFields, ...calls.map((each, i) => planField(`${each.name}$${i}`, each.type, undefined))],
  };
}
