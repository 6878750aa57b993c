/** Projection push-down through MATCH_RECOGNIZE: measures that nobody reads are not made, and their columns not kept. */
import type { LogicalPlan, MatchNode } from "../logical/logical-plan.ts";
import { columnsOfMatchValue, moveMatchValue } from "../logical/match-value.ts";
import { PathSet } from "./path-set.ts";
import { placeOf, type Rebuilt } from "./rebuilt.ts";

export function requireMatch(node: MatchNode, own: PathSet, input: PathSet): void {
  for (const key of node.partitionKeys) input.add([key]);
  for (const key of node.orderBy) input.add([key.column]);
  const measures = usedMeasures(node, own).map((index) => node.measures[index]);
  for (const value of [...node.conditionValues, ...measures]) {
    for (const column of columnsOfMatchValue(value)) input.add([column]);
  }
}

function usedMeasures(node: MatchNode, own: PathSet): readonly number[] {
  const used = new Set(own.paths().map(([index]) => index - node.partitionKeys.length));
  return node.measures.flatMap((_, index) => (used.has(index) ? [index] : []));
}

export function rebuildMatch(node: MatchNode, own: PathSet, input: Rebuilt): Rebuilt {
  const width = node.partitionKeys.length;
  const used = usedMeasures(node, own);
  const at = (column: number) => placeOf(input, [column]);
  const outputs = [...node.partitionKeys.keys(), ...used.map((index) => width + index)];
  const rebuilt: LogicalPlan = {
    ...node,
    input: input.node,
    fields: outputs.map((index) => node.fields[index]),
    partitionKeys: node.partitionKeys.map(at),
    orderBy: node.orderBy.map((key) => ({ ...key, column: at(key.column) })),
    conditionValues: node.conditionValues.map((value) => moveMatchValue(value, at)),
    measures: used.map((index) => moveMatchValue(node.measures[index], at)),
  };
  return { node: rebuilt, places: new Map(outputs.map((index, place) => [PathSet.key([index]), place])) };
}
