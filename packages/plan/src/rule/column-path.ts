/** Paths from an output column into nested ROWs, and expressions over them. */
import { column, type Expression, transform } from "../expression/expression.ts";
import { fieldOf } from "../expression/rewrite.ts";
import type { PlanField } from "../logical/logical-plan.ts";
import { PathSet } from "./path-set.ts";

/** The path an expression reads if it is a column or a field (of a field ...) of one; else null. */
function pathOf(expression: Expression): readonly number[] | null {
  if (expression.kind === "column") return [expression.index];
  if (expression.kind !== "field") return null;
  const outer = pathOf(expression.input);
  return outer === null ? null : [...outer, expression.index];
}

export function addPaths(expression: Expression, into: PathSet): void {
  const path = pathOf(expression);
  if (path !== null) into.add(path);
  else if (expression.kind === "field") addPaths(expression.input, into);
  else if (expression.kind === "call") for (const arg of expression.args) addPaths(arg, into);
}

/** The expression over the rebuilt input. */
export function rewrite(expression: Expression, places: ReadonlyMap<string, number>): Expression {
  const path = pathOf(expression);
  if (path !== null) {
    const place = places.get(PathSet.key(path));
    if (place !== undefined) return column(place, expression.type);
  }
  if (expression.kind === "field") {
    return { ...expression, input: rewrite(expression.input, places) };
  }
  if (expression.kind === "call") return { ...expression, args: expression.args.map((arg) => rewrite(arg, places)) };
  if (expression.kind === "column") throw new Error(`column ${expression.index} was pruned but is used`);
  return transform(expression, (node) => node);
}

export function atPath(expression: Expression, path: readonly number[]): Expression {
  let result = expression;
  for (const index of path) {
    if (result.type.kind !== "row") throw new Error("a path leads into something that is no ROW");
    const { type } = result.type.fields[index];
    result = fieldOf(result, index, result.type.nullable ? { ...type, nullable: true } : type);
  }
  return result;
}

export function fieldAt(fields: readonly PlanField[], path: readonly number[]): PlanField {
  const field = fields[path[0]];
  if (path.length === 1) return field;
  let { type } = field;
  for (const index of path.slice(1)) {
    if (type.kind !== "row") throw new Error("a path leads into something that is no ROW");
    const inner = type.fields[index].type;
    type = type.nullable ? { ...inner, nullable: true } : inner;
  }
  return { name: namesAt(fields, path).join("."), type };
}

export function namesAt(fields: readonly PlanField[], path: readonly number[]): readonly string[] {
  const names = [fields[path[0]].name];
  let { type } = fields[path[0]];
  for (const index of path.slice(1)) {
    if (type.kind !== "row") break;
    names.push(type.fields[index].name);
    type = type.fields[index].type;
  }
  return names;
}
