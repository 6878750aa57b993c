/** GROUP BY: its keys, and with GROUPING SETS, ROLLUP or CUBE the sets of them that are grouped by. */
import { BIGINT, INT } from "@millrace/core";
import { call, column, type Expression, expressionKey, literal } from "@millrace/plan";
import type { GroupBy, GroupingElement, GroupingKeys } from "../ast/query.ts";
import { fail } from "./bind-context.ts";
import { bindExpression } from "./bind-expression.ts";
import type { ExpressionContext } from "./expression-context.ts";
import { groupWindowKeys } from "./group-window.ts";

/** Output of the aggregation: the keys, with sets a column that tells the set of a row, the aggregates. */
export interface Grouping {
  /** Over the rows, each once; none for a global aggregate. */
  readonly keys: readonly Expression[];
  /** The keys of each set as ascending indexes; null: one set of all keys. */
  readonly sets: readonly (readonly number[])[] | null;
}

/** More are surely a mistake: CUBE of ten columns has 1,024. */
const MAX_SETS = 1024;

export function bindGrouping(context: ExpressionContext, clause: GroupBy | null): Grouping {
  const elements = clause?.elements ?? [];
  const combined = elements.reduce<readonly (readonly Expression[])[]>(
    (sets, element) => {
      const more = setsOf(context, element);
      if (sets.length * more.length > MAX_SETS) fail(context, element.span, `GROUP BY has more than ${MAX_SETS} sets`);
      return sets.flatMap((set) => more.map((each) => [...set, ...each]));
    },
    [[]],
  );
  const keys = new Map<string, { readonly key: Expression; readonly index: number }>();
  const indexOf = (key: Expression): number => {
    const text = expressionKey(key);
    const known = keys.get(text) ?? { key, index: keys.size };
    keys.set(text, known);
    return known.index;
  };
  const sets = combined.map((set) => [...new Set(set.map(indexOf))].sort((a, b) => a - b));
  return { keys: [...keys.values()].map(({ key }) => key), sets: sets.length === 1 ? null : sets };
}

function setsOf(context: ExpressionContext, element: GroupingElement): readonly (readonly Expression[])[] {
  switch (element.kind) {
    case "GroupingKeys":
      return [bindKeys(context, element)];
    case "GroupingSets":
      return element.elements.flatMap((each) => setsOf(context, each));
    case "GroupingRollup": {
      const parts = element.elements.map((each) => bindKeys(context, each));
      if (2 ** parts.length > MAX_SETS && element.operator === "CUBE") {
        return fail(context, element.span, `${element.operator} of ${parts.length} has more than ${MAX_SETS} sets`);
      }
      const taken =
        element.operator === "ROLLUP"
          ? Array.from({ length: parts.length + 1 }, (_, less) => parts.slice(0, parts.length - less))
          : Array.from({ length: 2 ** parts.length }, (_, without) =>
              parts.filter((_, i) => ((without >> (parts.length - 1 - i)) & 1) === 0),
            );
      return taken.map((some) => some.flat());
    }
  }
}

function bindKeys(context: ExpressionContext, element: GroupingKeys): readonly Expression[] {
  return element.expressions.flatMap((node) => groupWindowKeys(context, node) ?? bindExpression(context, node));
}

/** The type that a key has in the output: NULL in the rows of sets that lack it. */
export function keyType({ keys, sets }: Grouping, index: number): Expression["type"] {
  const { type } = keys[index];
  return sets === null || sets.every((set) => set.includes(index)) ? type : { ...type, nullable: true };
}

/** Where aggregates begin in the output. */
export function aggregatesAt({ keys, sets }: Grouping): number {
  return sets === null ? keys.length : keys.length + 1;
}

/** GROUPING_ID over the output: a bit per key, the first the highest, 1 if the row's set lacks it. */
export function groupingId(grouping: Grouping, keys: readonly number[]): Expression {
  return bySet(grouping, (set) => keys.reduce((bits, key) => bits * 2 + (set.includes(key) ? 0 : 1), 0));
}

/** GROUP_ID: the how manyth of equal sets, from 0. */
export function groupId(grouping: Grouping): Expression {
  return bySet(grouping, (set, number, all) => {
    const same = (other: readonly number[]) => other.join() === set.join();
    return all.slice(0, number).filter(same).length;
  });
}

function bySet(
  { keys, sets }: Grouping,
  ofSet: (set: readonly number[], at: number, all: readonly (readonly number[])[]) => number,
): Expression {
  const type = { ...BIGINT, nullable: false };
  if (sets === null) return literal(0, type);
  const values = sets.map(ofSet);
  if (values.every((value) => value === values[0])) return literal(values[0], type);
  const number = column(keys.length, { ...INT, nullable: false });
  const branches = values
    .slice(1)
    .flatMap((value, i) => [
      call("=", [number, literal(i + 1, number.type)], { kind: "boolean", nullable: false }),
      literal(value, type),
    ]);
  return call("case", [...branches, literal(values[0], type)], type);
}
