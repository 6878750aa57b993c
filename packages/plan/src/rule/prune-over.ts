/** Projection push-down through window functions and Top-N, which keep rows: nothing that is not used gets there. */
import type { LogicalPlan, OverNode, PlanField, TopNNode } from "../logical/logical-plan.ts";
import { PathSet } from "./path-set.ts";
import { coveringPlace, narrow, placeOf, type Rebuilt } from "./rebuilt.ts";

type Path = readonly number[];

export function requireOver(node: OverNode, own: PathSet, input: PathSet): void {
  input.addAll(pathsOfOver(node, own));
}

function usedCalls(node: OverNode, own: PathSet) {
  const used = new Set(own.paths().map(([index]) => index - node.input.fields.length));
  return [...node.calls.entries()].filter(([index]) => used.has(index));
}

function pathsOfOver(node: OverNode, own: PathSet): readonly Path[] {
  const passed = own.paths().filter(([index]) => index < node.input.fields.length);
  const calls = usedCalls(node, own);
  if (calls.length === 0) return passed;
  const read = calls.flatMap(([, { args }]) => args);
  const keys = [...node.partitionKeys, ...node.orderBy.map(({ column }) => column)];
  return [...passed, ...[...keys, ...read].map((index) => [index])];
}

export function rebuildOver(node: OverNode, own: PathSet, input: Rebuilt): Rebuilt {
  const calls = usedCalls(node, own);
  if (calls.length === 0) return input;
  const narrowed = narrow(input, pathsOfOver(node, own));
  const width = node.input.fields.length;
  const at = (index: number) => placeOf(narrowed, [index]);
  const places = new Map(narrowed.places);
  const { fields } = narrowed.node;
  for (const [place, [index]] of calls.entries()) places.set(PathSet.key([width + index]), fields.length + place);
  const rebuilt: LogicalPlan = {
    ...node,
    input: narrowed.node,
    fields: [...fields, ...calls.map(([index]) => node.fields[width + index])],
    partitionKeys: node.partitionKeys.map(at),
    orderBy: node.orderBy.map((key) => ({ ...key, column: at(key.column) })),
    calls: calls.map(([, call]) => ({ ...call, args: call.args.map(at) })),
  };
  return { node: rebuilt, places };
}

export function requireTopN(node: TopNNode, own: PathSet, input: PathSet): void {
  input.addAll(pathsOfTopN(node, own));
}

function outputPaths(node: TopNNode, own: PathSet): readonly (readonly [Path, Path])[] {
  return own
    .paths()
    .filter(([index]) => index < node.outputs.length)
    .map((path) => [path, [node.outputs[path[0]], ...path.slice(1)]] as const);
}

function pathsOfTopN(node: TopNNode, own: PathSet): readonly Path[] {
  const keys = [...node.partitionKeys, ...node.orderBy.map(({ column }) => column)];
  return [...outputPaths(node, own).map(([, path]) => path), ...keys.map((index) => [index])];
}

export function rebuildTopN(node: TopNNode, own: PathSet, input: Rebuilt): Rebuilt {
  const narrowed = narrow(input, pathsOfTopN(node, own));
  const at = (index: number) => placeOf(narrowed, [index]);
  const places = new Map<string, number>();
  const outputs: number[] = [];
  const fields: PlanField[] = [];
  for (const [path, below] of outputPaths(node, own)) {
    const { place, length } = coveringPlace(narrowed, below);
    let output = outputs.indexOf(place);
    if (output < 0) {
      output = outputs.push(place) - 1;
      const { name, type } = narrowed.node.fields[place];
      const { role } = node.fields[path[0]];
      fields.push(role === undefined || length > 1 ? { name, type } : { name, type, role });
    }
    places.set(PathSet.key(path.slice(0, length)), output);
  }
  const placeColumn = node.outputs.length;
  const withPlace = node.withPlace && own.paths().some(([index]) => index === placeColumn);
  if (withPlace) places.set(PathSet.key([placeColumn]), outputs.length);
  const rebuilt: LogicalPlan = {
    ...node,
    input: narrowed.node,
    fields: withPlace ? [...fields, node.fields[placeColumn]] : fields,
    partitionKeys: node.partitionKeys.map(at),
    orderBy: node.orderBy.map((key) => ({ ...key, column: at(key.column) })),
    outputs,
    withPlace,
  };
  return { node: rebuilt, places };
}
