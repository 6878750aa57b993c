import {
  createIntervalJoin,
  createRegularJoin,
  createTemporalJoin,
  createWindowJoin,
  type OperatorFactory,
  type PairPredicate,
} from "@millrace/core";
import type {
  PhysicalIntervalJoin,
  PhysicalRegularJoin,
  PhysicalTemporalJoin,
  PhysicalWindowJoin,
} from "@millrace/plan";

/** Rows of the same window. `residual` is the compiled rest of the condition. */
export function windowJoinFactory(node: PhysicalWindowJoin, residual: PairPredicate | null): OperatorFactory {
  const { joinType, left, right, leftKeys, rightKeys, leftWindow, rightWindow } = node;
  const [leftFields, rightFields] = [left.fields, right.fields];
  const spec = { joinType, leftFields, rightFields, leftKeys, rightKeys, leftWindow, rightWindow };
  return (context) => createWindowJoin({ kind: "window-join", ...spec }, context, residual);
}

/** Rows close in time. `residual` is the compiled rest of the condition. */
export function intervalJoinFactory(node: PhysicalIntervalJoin, residual: PairPredicate | null): OperatorFactory {
  const { kind, joinType, left, right, leftKeys, rightKeys, leftTime, rightTime, lowerMs, upperMs } = node;
  const [leftFields, rightFields] = [left.fields, right.fields];
  const spec = { kind, joinType, leftFields, rightFields, leftKeys, rightKeys, leftTime, rightTime, lowerMs, upperMs };
  return (context) => createIntervalJoin(spec, context, residual);
}

/** Versions valid at a row's time. `residual` is the compiled rest of the condition. */
export function temporalJoinFactory(node: PhysicalTemporalJoin, residual: PairPredicate | null): OperatorFactory {
  const { kind, joinType, left, right, leftKeys, rightKeys, leftTime, rightTime } = node;
  const [leftFields, rightFields] = [left.fields, right.fields];
  const spec = { kind, joinType, leftFields, rightFields, leftKeys, rightKeys, leftTime, rightTime };
  return (context) => createTemporalJoin(spec, context, residual);
}

/** Rows of all time. `residual` is the compiled rest of the condition. */
export function regularJoinFactory(node: PhysicalRegularJoin, residual: PairPredicate | null): OperatorFactory {
  const { joinType, left, right, leftKeys, rightKeys, nullSafeKeys, leftPruning, rightPruning } = node;
  const [leftFields, rightFields] = [left.fields, right.fields];
  const keys = { leftKeys, rightKeys, nullSafeKeys };
  const ttl = {
    ...(node.leftTtlMs > 0 ? { leftTtlMs: node.leftTtlMs } : {}),
    ...(node.rightTtlMs > 0 ? { rightTtlMs: node.rightTtlMs } : {}),
  };
  const spec = { joinType, leftFields, rightFields, ...keys, leftPruning, rightPruning, ...ttl };
  return (context) => createRegularJoin({ kind: "regular-join", ...spec }, context, residual);
}
