/** Chooses how a join is run: per window where both sides carry the window and the condition says so, else over kept rows. */
import { isLeftOnly } from "@millrace/core";
import { column, type Expression } from "../expression/expression.ts";
import { conjunction, remapColumns } from "../expression/rewrite.ts";
import type { JoinNode, LogicalPlan, PlanField, TemporalJoinNode } from "../logical/logical-plan.ts";
import { type IntervalBounds, intervalBoundsOf } from "./interval-bounds.ts";
import { type EquiKey, keyAsCondition, splitJoinCondition, timeBoundsOf } from "./join-condition.ts";
import type { JoinPruning, PhysicalPlan } from "./physical-plan.ts";
import { futureBound, isLocalWindow, windowColumnsOf } from "./window-properties.ts";

/** What a join node becomes, before its inputs are planned. Key columns index the inputs with `leftExtra` / `rightExtra` appended. */
export interface JoinChoice extends JoinKeys {
  readonly isWindowJoin: boolean;
  /** Set if the sides' event times are close to each other. */
  readonly interval: IntervalBounds | null;
  readonly nullSafeKeys: readonly boolean[];
  readonly leftPruning: JoinPruning | null;
  readonly rightPruning: JoinPruning | null;
  /** Windows, or the columns that pruning goes by, are local times. */
  readonly inLocalTime: boolean;
}

/** Equal keys as columns of the inputs. */
export interface JoinKeys {
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** Key expressions that are no plain columns, to be computed behind the input's own columns. */
  readonly leftExtra: readonly Expression[];
  readonly rightExtra: readonly Expression[];
  /** Over the inputs with their extra columns. */
  readonly residual: Expression | null;
}

/** @param isAppendOnly whether rows of both inputs are never taken back, which a window join needs */
export function chooseJoin(join: JoinNode, isAppendOnly: boolean): JoinChoice {
  const leftWidth = join.left.fields.length;
  const split = splitJoinCondition(join.condition, leftWidth);
  const isWindowKey = isAppendOnly ? windowKeyTest(join) : null;
  const isWindowJoin = join.joinType !== "mark" && isWindowKey !== null && split.keys.filter(isWindowKey).length === 2;
  // A window join's keys take no NULLs: where NULL equals NULL, the pair is compared.
  const isKey = (key: EquiKey) => !isWindowJoin || !(key.nullSafe || isWindowKey?.(key));
  const keys = split.keys.filter(isKey);
  const compared = split.keys.filter((key) => isWindowJoin && key.nullSafe && isWindowKey?.(key) !== true);
  const columns = joinKeys(join, keys, compared, split.residual);
  const whole = conjunction([
    ...split.keys.map((key) => keyAsCondition(key, leftWidth)),
    ...(split.residual === null ? [] : [split.residual]),
  ]);
  const canPrune = !isWindowJoin && join.joinType === "inner";
  const leftPruning = canPrune ? pruningOf(whole, 0, leftWidth, join.right, leftWidth) : null;
  let rightPruning = canPrune ? pruningOf(whole, leftWidth, join.right.fields.length, join.left, 0) : null;
  // The operator has one watermark: a rule that takes it otherwise than the first is left out.
  if (leftPruning !== null && rightPruning?.inLocalTime !== leftPruning.inLocalTime) rightPruning = null;
  return {
    isWindowJoin,
    interval:
      isWindowJoin || isLeftOnly(join.joinType) ? null : intervalBoundsOf(whole, join.left.fields, join.right.fields),
    ...columns,
    nullSafeKeys: keys.map((key) => key.nullSafe),
    leftPruning: leftPruning?.rule ?? null,
    rightPruning: rightPruning?.rule ?? null,
    inLocalTime: isWindowJoin
      ? isLocalWindow(join.left, windowColumnsOf(join.left)?.end ?? -1)
      : (leftPruning ?? rightPruning)?.inLocalTime === true,
  };
}

/** Tells whether a key equates the window starts, or the window ends, of both sides; null if a side has no window. */
function windowKeyTest(join: JoinNode): ((key: EquiKey) => boolean) | null {
  const left = windowColumnsOf(join.left);
  const right = windowColumnsOf(join.right);
  if (left === null || right === null) return null;
  const is = (expression: Expression, index: number) => expression.kind === "column" && expression.index === index;
  return (key) =>
    (is(key.left, left.start) && is(key.right, right.start)) || (is(key.left, left.end) && is(key.right, right.end));
}

/** Expressions as columns of an input with what is no column of it, `extra`, behind its own. */
export function keyColumns(expressions: readonly Expression[], width: number) {
  const columns: number[] = [];
  const extra: Expression[] = [];
  for (const expression of expressions) {
    if (expression.kind === "column") columns.push(expression.index);
    else {
      columns.push(width + extra.length);
      extra.push(expression);
    }
  }
  return { columns, extra };
}

interface Pruning {
  readonly rule: JoinPruning;
  readonly inLocalTime: boolean;
}

/**
 * A row of this side may go once no row still to come from the other side can match it. The condition implies
 * `mine >= theirs + offset`, and every `theirs` still to come is >= watermark + bound: rows with
 * mine < watermark + bound + offset never match again.
 */
function pruningOf(
  condition: Expression | null,
  myOffset: number,
  myWidth: number,
  other: LogicalPlan,
  otherOffset: number,
): Pruning | null {
  for (const bound of timeBoundsOf(condition)) {
    const mine = bound.column - myOffset;
    const theirs = bound.other - otherOffset;
    if (mine < 0 || mine >= myWidth || theirs < 0 || theirs >= other.fields.length) continue;
    const future = futureBound(other, theirs);
    if (future === null) continue;
    const rule = { column: mine, offsetMs: future.offsetMs + bound.offsetMs, inclusive: bound.strict };
    return { rule, inLocalTime: future.inLocalTime };
  }
  return null;
}

/** The keys and the rest of a condition; an equality of the right side `isKey` is a key. */
export function chooseKeys(
  join: Pick<JoinNode, "condition" | "left" | "right">,
  isKey: (right: Expression) => boolean,
): JoinKeys {
  const leftWidth = join.left.fields.length;
  const split = splitJoinCondition(join.condition, leftWidth);
  const keys = split.keys.filter((key) => !key.nullSafe && isKey(key.right));
  const compared = split.keys.filter((key) => !keys.includes(key));
  return joinKeys(join, keys, compared, split.residual);
}

/** Keys as columns; what is only compared, and the rest of the condition, over the inputs with their extra columns. */
function joinKeys(
  join: Pick<JoinNode, "left" | "right">,
  keys: readonly EquiKey[],
  compared: readonly EquiKey[],
  rest: Expression | null,
): JoinKeys {
  const leftWidth = join.left.fields.length;
  const left = keyColumns(
    keys.map((key) => key.left),
    leftWidth,
  );
  const right = keyColumns(
    keys.map((key) => key.right),
    join.right.fields.length,
  );
  const shift = left.extra.length;
  const residual = conjunction([
    ...compared.map((key) => keyAsCondition(key, leftWidth)),
    ...(rest === null ? [] : [rest]),
  ]);
  return {
    leftKeys: left.columns,
    rightKeys: right.columns,
    leftExtra: left.extra,
    rightExtra: right.extra,
    residual: residual === null ? null : remapColumns(residual, (index) => (index < leftWidth ? index : index + shift)),
  };
}

/** The columns of a join's output without the extra key columns of its inputs; null if there are none. */
export function joinOutput(choice: JoinKeys, join: JoinNode | TemporalJoinNode): readonly Expression[] | null {
  if (choice.leftExtra.length === 0 && (choice.rightExtra.length === 0 || isLeftOnly(join.joinType))) return null;
  const leftWidth = join.left.fields.length;
  return join.fields.map((field, index) =>
    column(index < leftWidth ? index : index + choice.leftExtra.length, field.type),
  );
}

/** The fields of a join whose inputs carry extra key columns. */
export function fieldsWithKeys(
  join: JoinNode | TemporalJoinNode,
  left: readonly PlanField[],
  right: readonly PlanField[],
): readonly PlanField[] {
  const { joinType } = join;
  const padded = (fields: readonly PlanField[], isPadded: boolean) =>
    isPadded ? fields.map((field) => ({ ...field, type: { ...field.type, nullable: true } })) : fields;
  return [
    ...padded(left, joinType === "right" || joinType === "full"),
    ...(isLeftOnly(joinType)
      ? join.fields.slice(join.left.fields.length)
      : padded(right, joinType === "left" || joinType === "full")),
  ];
}

/** Fields of an input with computed keys behind them. */
export function withExtra(input: PhysicalPlan, extra: readonly Expression[]): readonly PlanField[] {
  return [...input.fields, ...extra.map((expression, i) => ({ name: `$key${i}`, type: expression.type }))];
}
