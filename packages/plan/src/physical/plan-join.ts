/** Joins: per window, within an interval of time, over kept rows, or on the version of a time. */
import type { JoinNode, TemporalJoinNode } from "../logical/logical-plan.ts";
import { chooseJoin, chooseKeys, fieldsWithKeys, joinOutput } from "./choose-join.ts";
import type { ChangelogMode, PhysicalPlan } from "./physical-plan.ts";
import { modeOf, type PlanContext, requireAppend, unsupported } from "./plan-context.ts";
import { isProcessingTimeWindow, windowColumnsOf } from "./window-properties.ts";
export function planJoin(context: PlanContext, join: JoinNode): PhysicalPlan {
  const inputs = [context.plan(join.left), context.plan(join.right)] as const;
  const choice = chooseJoin(join, modeOf(inputs) === "append");
  const left = context.withKeys(inputs[0], choice.leftExtra);
  const right = context.withKeys(inputs[1], choice.rightExtra);
  const output = joinOutput(choice, join);
  const fields = output === null ? join.fields : fieldsWithKeys(join, left.fields, right.fields);
  const base = {
    fields,
    joinType: join.joinType,
    left,
    right,
    leftKeys: choice.leftKeys,
    rightKeys: choice.rightKeys,
    residual: choice.residual,
  };
  const localTime = choice.inLocalTime ? { inLocalTime: true } : {};
  let joined: PhysicalPlan;
  const { interval } = choice;
  const { joinType } = join;
  const isAppendOnly = modeOf(inputs) === "append";
  if (choice.isWindowJoin) {
    if (isProcessingTimeWindow(join.left, windowColumnsOf(join.left)?.end ?? -1)) {
      throw unsupported("a join of windows over processing time: use windows over event time. It");
    }
    const leftWindow = windowColumnsOf(join.left);
    const rightWindow = windowColumnsOf(join.right);
    if (leftWindow === null || rightWindow === null) throw new Error("a window join without window columns");
    joined = {
      ...base,
      ...localTime,
      kind: "window-join",
      id: context.id("window-join"),
      changelogMode: "append",
      leftWindow: { startColumn: leftWindow.start, endColumn: leftWindow.end },
      rightWindow: { startColumn: rightWindow.start, endColumn: rightWindow.end },
    };
  } else if (interval !== null && isAppendOnly && (joinType === "inner" || keepsUnmatched(joinType))) {
    joined = {
      ...base,
      ...interval,
      kind: "interval-join",
      joinType,
      id: context.id("interval-join"),
      changelogMode: "append",
    };
  } else {
    const changelogMode: ChangelogMode =
      join.joinType === "inner" || join.joinType === "semi" ? modeOf([left, right]) : "retract";
    const { leftPruning, rightPruning } = choice;
    joined = {
      ...base,
      ...localTime,
      kind: "regular-join",
      id: context.id("regular-join"),
      changelogMode,
      nullSafeKeys: choice.nullSafeKeys,
      leftPruning,
      rightPruning,
      leftTtlMs: join.leftTtlMs ?? context.options.stateTtlMs,
      rightTtlMs: join.rightTtlMs ?? context.options.stateTtlMs,
    };
  }
  if (output === null) return joined;
  const inputTypes = joined.fields.map((field) => field.type);
  return context.calcOn(joined, { inputTypes, filter: null, projections: output, watermark: null }, join.fields);
}

export function planTemporalJoin(
  context: PlanContext,
  join: TemporalJoinNode,
  versioned: NonNullable<TemporalJoinNode["versioned"]>,
): PhysicalPlan {
  const { joinType } = join;
  const inputs = [context.plan(join.left), context.plan(join.right)] as const;
  requireAppend(inputs[0], "the left side of a temporal join");
  const choice = chooseKeys(join, (right) => right.kind === "column" && versioned.rightKey.includes(right.index));
  const left = context.withKeys(inputs[0], choice.leftExtra);
  const right = inputs[1];
  const output = joinOutput(choice, join);
  const joined: PhysicalPlan = {
    kind: "temporal-join",
    id: context.id("temporal-join"),
    fields: output === null ? join.fields : fieldsWithKeys(join, left.fields, right.fields),
    changelogMode: "append",
    joinType,
    left,
    right,
    leftKeys: choice.leftKeys,
    rightKeys: choice.rightKeys,
    leftTime: versioned.leftTime,
    rightTime: versioned.rightTime,
    residual: choice.residual,
  };
  if (output === null) return joined;
  const inputTypes = joined.fields.map((field) => field.type);
  return context.calcOn(joined, { inputTypes, filter: null, projections: output, watermark: null }, join.fields);
}

function keepsUnmatched(joinType: JoinNode["joinType"]): joinType is "left" | "right" | "full" {
  return joinType === "left" || joinType === "right" || joinType === "full";
}
