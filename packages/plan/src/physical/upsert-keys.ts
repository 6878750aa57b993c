/**
 * What tells the rows of a changelog apart: sets of columns of which no two rows that stand at the same time have the same
 * values, and by which changes of one row come in their order.
 */
import type { Expression } from "../expression/expression.ts";
import type { PhysicalPlan, PhysicalRegularJoin, PhysicalScan } from "./physical-plan.ts";

/** Column indexes; the empty set tells that there is one row at most. */
export type KeySet = ReadonlySet<number>;

/** The smallest keys that are known of a node's output. */
export function upsertKeysOf(node: PhysicalPlan): readonly KeySet[] {
  switch (node.kind) {
    case "scan":
      return throughProjections([primaryKeyOf(node)], node.calc.projections);
    case "calc":
      return throughProjections(upsertKeysOf(node.input), node.calc.projections);
    case "changelog-normalize":
    case "compacting-materialize":
      return [new Set(node.keys)];
    case "group-aggregate":
      return [new Set(node.keys.keys())];
    case "window-aggregate":
      return [
        new Set(
          node.fields.keys().filter((c) => c < node.keys.length || c >= node.keys.length + node.aggregates.length),
        ),
      ];
    case "regular-join":
      return ofJoin(node);
    case "set-operation":
      return node.all ? [] : [new Set(node.fields.keys())];
    case "top-n": {
      const placesOf = (key: KeySet) => new Set([...key].map((column) => node.outputs.indexOf(column)));
      const partition = new Set(node.keys);
      const own = node.start === node.end ? [placesOf(partition)] : [];
      const numbered = node.withPlace ? [new Set([...placesOf(partition), node.outputs.length])] : [];
      return known([...own, ...numbered, ...upsertKeysOf(node.input).map(placesOf)]);
    }
    case "deduplicate":
      return known([new Set(node.keys.map((column) => node.outputs.indexOf(column)))]);
    case "over":
    case "sort":
    case "limit":
    case "sink-constraint":
      return upsertKeysOf(node.input);
    default:
      return [];
  }
}

/** Without those of which a column is missing (-1). */
const known = (keys: readonly KeySet[]) => keys.filter((key) => !key.has(-1));

function primaryKeyOf({ table, readFields }: PhysicalScan): KeySet {
  if (table.primaryKey.length === 0) return new Set([-1]);
  return new Set(
    table.primaryKey.map((name) => readFields.findIndex(({ path }) => path.length === 1 && path[0] === name)),
  );
}

function throughProjections(keys: readonly KeySet[], projections: readonly Expression[]): readonly KeySet[] {
  const placeOf = (column: number) =>
    projections.findIndex((expression) => expression.kind === "column" && expression.index === column);
  return known(known(keys).map((key) => new Set([...key].map(placeOf))));
}

function ofJoin({ joinType, left, right, leftKeys, rightKeys }: PhysicalRegularJoin): readonly KeySet[] {
  const leftKeySets = upsertKeysOf(left);
  if (joinType === "semi" || joinType === "anti" || joinType === "mark") return leftKeySets;
  if (joinType !== "inner" && joinType !== "left" && joinType !== "right") return [];
  const width = left.fields.length;
  const rightKeySets = upsertKeysOf(right).map((key) => new Set([...key].map((column) => column + width)));
  const isWithin = (key: KeySet, columns: readonly number[], offset: number) =>
    [...key].every((column) => columns.includes(column - offset));
  const found: KeySet[] = [];
  // At most one partner: the rows of a side stay apart.
  if (joinType !== "right" && rightKeySets.some((key) => isWithin(key, rightKeys, width))) found.push(...leftKeySets);
  if (joinType !== "left" && leftKeySets.some((key) => isWithin(key, leftKeys, 0))) found.push(...rightKeySets);
  for (const l of leftKeySets) for (const r of rightKeySets) found.push(new Set([...l, ...r]));
  return found;
}

/** Whether each -U comes with the +U of the same row behind it, so that those who know the row by its key need no -U. */
export function pairsUpdates(node: PhysicalPlan): boolean {
  switch (node.kind) {
    case "scan":
      return node.changelogMode === "append" || (node.calc.filter === null && node.predicates.length === 0);
    case "calc":
      return node.calc.filter === null && pairsUpdates(node.input);
    case "changelog-normalize":
    case "group-aggregate":
    case "deduplicate":
      return true;
    case "top-n":
      return node.end === 1 && node.input.changelogMode === "append";
    case "sink-constraint":
      return node.onNull === "error" || node.notNull.length === 0 ? pairsUpdates(node.input) : false;
    default:
      return node.changelogMode === "append";
  }
}
