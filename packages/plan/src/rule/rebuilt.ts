/** A node as projection push-down has rebuilt it, and where its columns stand now. */
import { column } from "../expression/expression.ts";
import type { LogicalPlan } from "../logical/logical-plan.ts";
import { PathSet } from "./path-set.ts";

export interface Rebuilt {
  readonly node: LogicalPlan;
  /** Output index of each required path, by `PathSet.key`. */
  readonly places: ReadonlyMap<string, number>;
}

/** Exactly the given columns, in this order. */
export function select(rebuilt: Rebuilt, paths: readonly (readonly number[])[]): LogicalPlan {
  const { node } = rebuilt;
  const indexes = paths.map((path) => placeOf(rebuilt, path));
  if (indexes.length === node.fields.length && indexes.every((index, i) => index === i)) return node;
  return {
    kind: "project",
    input: node,
    fields: indexes.map((index) => node.fields[index]),
    expressions: indexes.map((index) => column(index, node.fields[index].type)),
    watermark: null,
  };
}

/** The index of a path that is required as it is. */
export function placeOf(rebuilt: Rebuilt, path: readonly number[]): number {
  const place = rebuilt.places.get(PathSet.key(path));
  if (place === undefined) throw new Error(`column ${path.join(".")} was pruned but is used`);
  return place;
}

export function placesOf(paths: readonly (readonly number[])[]): Map<string, number> {
  return new Map(paths.map((path, place) => [PathSet.key(path), place]));
}

/** The place of a path or of the shorter one that covers it, and the length of that. */
export function coveringPlace(
  rebuilt: Rebuilt,
  path: readonly number[],
): { readonly place: number; readonly length: number } {
  for (let length = 1; length <= path.length; length++) {
    const place = rebuilt.places.get(PathSet.key(path.slice(0, length)));
    if (place !== undefined) return { place, length };
  }
  throw new Error(`column ${path.join(".")} was pruned but is used`);
}

/** Without the columns that none of the paths reads: for nodes that keep their rows. */
export function narrow(rebuilt: Rebuilt, paths: readonly (readonly number[])[]): Rebuilt {
  const used = new Set(paths.map((path) => coveringPlace(rebuilt, path).place));
  const kept = [...rebuilt.places].filter(([, place]) => used.has(place)).sort(([, a], [, b]) => a - b);
  if (kept.length === rebuilt.node.fields.length) return rebuilt;
  const { node } = rebuilt;
  return {
    node: {
      kind: "project",
      input: node,
      fields: kept.map(([, place]) => node.fields[place]),
      expressions: kept.map(([, place]) => column(place, node.fields[place].type)),
      watermark: null,
    },
    places: new Map(kept.map(([key], place) => [key, place])),
  };
}
