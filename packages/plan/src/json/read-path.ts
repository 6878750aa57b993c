/** Evaluation of compiled paths. */
import { formatDouble } from "../function/cast-value.ts";
import { JsonDecimal } from "./json-decimal.ts";
import type { JsonValue } from "./json-value.ts";
import type { Path, PathFunction, PathStep } from "./path-step.ts";

/** A definite path found no value. */
export class PathMiss extends Error {}

/**
 * What the path leads to. Where a definite path leads to nothing: undefined.
 *
 * @throws PathMiss, unless `isLax`, for a name of what is no object, an index of what is no array, or a name that is missing on
 * the way
 */
export function readPath(path: Path, root: JsonValue, isLax: boolean): JsonValue | undefined {
  const found: JsonValue[] = [];
  walk(path.steps, 0, true, root, root, isLax, found);
  if (path.apply !== null) return applied(path.apply, path.isDefinite ? found[0] : found);
  return path.isDefinite ? found[0] : found;
}

function walk(
  steps: readonly PathStep[],
  index: number,
  isDefinite: boolean,
  value: JsonValue,
  root: JsonValue,
  isLax: boolean,
  found: JsonValue[],
): void {
  if (index === steps.length) {
    found.push(value);
    return;
  }
  const step = steps[index];
  const isForgiving = isLax || !isDefinite;
  const next = (item: JsonValue, definite: boolean): void => walk(steps, index + 1, definite, item, root, isLax, found);
  switch (step.kind) {
    case "names": {
      if (!(value instanceof Map)) {
        if (isForgiving) return;
        throw new PathMiss(`'${step.names[0]}' of what is no object`);
      }
      if (step.names.length > 1 && index === steps.length - 1) {
        found.push(new Map(step.names.flatMap((name) => (value.has(name) ? [[name, value.get(name) ?? null]] : []))));
        return;
      }
      for (const name of step.names) {
        const item = value.get(name);
        if (item !== undefined) next(item, isDefinite && step.names.length === 1);
        else if (index < steps.length - 1 && !isForgiving) throw new PathMiss(`there is no '${name}'`);
      }
      return;
    }
    case "indexes":
    case "slice": {
      if (!Array.isArray(value)) {
        if (isForgiving) return;
        throw new PathMiss("an index of what is no array");
      }
      if (step.kind === "slice") {
        for (const item of value.slice(step.from, step.to ?? undefined)) next(item, false);
        return;
      }
      for (const at of step.indexes) {
        const item = value.at(at);
        if (item !== undefined) next(item, isDefinite && step.indexes.length === 1);
      }
      return;
    }
    case "all":
      for (const item of itemsOf(value)) next(item, false);
      return;
    case "filter":
      // An object stands for itself.
      for (const item of value instanceof Map ? [value] : itemsOf(value)) if (step.holds(item, root)) next(item, false);
      return;
    case "descendants":
      descend(value, (each) => walk(steps, index + 1, false, each, root, isLax, found));
  }
}

function itemsOf(value: JsonValue): Iterable<JsonValue> {
  return Array.isArray(value) ? value : value instanceof Map ? value.values() : [];
}

function descend(value: JsonValue, visit: (value: JsonValue) => void): void {
  visit(value);
  for (const item of itemsOf(value)) if (Array.isArray(item) || item instanceof Map) descend(item, visit);
}

function applied(name: PathFunction, value: JsonValue | undefined): JsonValue | undefined {
  if (name === "length") return Array.isArray(value) ? value.length : value instanceof Map ? value.size : undefined;
  if (name === "keys") return value instanceof Map ? [...value.keys()] : undefined;
  if (!Array.isArray(value)) return undefined;
  if (name === "first" || name === "last") return value.at(name === "first" ? 0 : -1);
  return aggregated(name, value);
}

function aggregated(name: "min" | "max" | "avg" | "sum", items: readonly JsonValue[]): JsonValue | undefined {
  const numbers = items.map(numberOf).filter((each) => each !== undefined);
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, each) => total + each, 0);
  const result =
    name === "min"
      ? Math.min(...numbers)
      : name === "max"
        ? Math.max(...numbers)
        : name === "sum"
          ? sum
          : sum / numbers.length;
  return new JsonDecimal(formatDouble(result));
}

/** The number that a value is. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (value instanceof JsonDecimal) return value.value;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
