/** Takes a join condition apart: equal keys, windows, bounds in time, the rest. */
import { call, type Expression } from "../expression/expression.ts";
import { columnsUsed, conjunction, conjuncts, remapColumns } from "../expression/rewrite.ts";

export interface EquiKey {
  /** Over the left input. */
  readonly left: Expression;
  /** Over the right input (indexes from 0). */
  readonly right: Expression;
  /** Whether NULL equals NULL: IS NOT DISTINCT FROM. */
  readonly nullSafe: boolean;
}

export interface JoinCondition {
  readonly keys: readonly EquiKey[];
  /** Over left ++ right. */
  readonly residual: Expression | null;
}

/** Splits `a.x = b.y AND rest`. An equality whose sides each use one input, of the same type, is a key. */
export function splitJoinCondition(condition: Expression | null, leftWidth: number): JoinCondition {
  const keys: EquiKey[] = [];
  const rest: Expression[] = [];
  for (const term of conjuncts(condition)) {
    const key = equiKeyOf(term, leftWidth);
    if (key === null) rest.push(term);
    else keys.push(key);
  }
  return { keys, residual: conjunction(rest) };
}

function equiKeyOf(term: Expression, leftWidth: number): EquiKey | null {
  if (term.kind !== "call" || (term.name !== "=" && term.name !== "is not distinct from")) return null;
  const nullSafe = term.name !== "=";
  const [a, b] = term.args;
  const sideA = sideOf(a, leftWidth);
  const sideB = sideOf(b, leftWidth);
  if (a.type.kind !== b.type.kind) return null;
  if (sideA === "left" && sideB === "right") return { left: a, right: toRight(b, leftWidth), nullSafe };
  if (sideA === "right" && sideB === "left") return { left: b, right: toRight(a, leftWidth), nullSafe };
  return null;
}

function sideOf(expression: Expression, leftWidth: number): "left" | "right" | null {
  const used = [...columnsUsed(expression)];
  if (used.length === 0) return null;
  if (used.every((index) => index < leftWidth)) return "left";
  return used.every((index) => index >= leftWidth) ? "right" : null;
}

function toRight(expression: Expression, leftWidth: number): Expression {
  return remapColumns(expression, (index) => index - leftWidth);
}

/** `time >= other + offsetMs` (or `>`), between two columns of left ++ right. */
export interface TimeBound {
  readonly column: number;
  readonly other: number;
  readonly offsetMs: number;
  readonly strict: boolean;
}

/** The conditions of the form `column >= other + constant` that a condition implies. */
export function timeBoundsOf(condition: Expression | null): readonly TimeBound[] {
  const bounds: TimeBound[] = [];
  for (const term of conjuncts(condition)) {
    if (term.kind !== "call" || !["<", "<=", ">", ">=", "="].includes(term.name)) continue;
    const a = linearOf(term.args[0]);
    const b = linearOf(term.args[1]);
    if (a === null || b === null) continue;
    const strict = term.name === "<" || term.name === ">";
    if (term.name !== "<" && term.name !== "<=") {
      bounds.push({ column: a.column, other: b.column, offsetMs: b.offsetMs - a.offsetMs, strict });
    }
    if (term.name !== ">" && term.name !== ">=") {
      bounds.push({ column: b.column, other: a.column, offsetMs: a.offsetMs - b.offsetMs, strict });
    }
  }
  return bounds;
}

/** A timestamp column plus a constant interval. */
function linearOf(expression: Expression): { readonly column: number; readonly offsetMs: number } | null {
  if (expression.kind === "column") {
    const { kind } = expression.type;
    return kind === "timestamp" || kind === "timestamp_ltz" ? { column: expression.index, offsetMs: 0 } : null;
  }
  if (expression.kind !== "call") return null;
  // A cast between precisions changes no value that has whole milliseconds.
  if (expression.name === "cast" && expression.type.kind === expression.args[0].type.kind)
    return linearOf(expression.args[0]);
  if (expression.name !== "+" && expression.name !== "-") return null;
  const base = linearOf(expression.args[0]);
  const [, delta] = expression.args;
  if (base === null || delta.kind !== "literal" || delta.type.kind !== "interval_day_time") return null;
  const offsetMs = Number(delta.value);
  return { column: base.column, offsetMs: base.offsetMs + (expression.name === "+" ? offsetMs : -offsetMs) };
}

/** `left = right` over left ++ right, to put a key back into a residual. */
export function keyAsCondition(key: EquiKey, leftWidth: number): Expression {
  const right = remapColumns(key.right, (index) => index + leftWidth);
  const name = key.nullSafe ? "is not distinct from" : "=";
  return call(name, [key.left, right], { kind: "boolean", nullable: !key.nullSafe });
}
