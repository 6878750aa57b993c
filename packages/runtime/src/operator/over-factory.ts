import {
  type AggregateFunction,
  aggregateFunctionNames,
  createTimeOver,
  createUpdatingOver,
  MillraceError,
  type OperatorFactory,
  type OverCallSpec,
  type OverFunction,
  overFunctionNames,
} from "@millrace/core";
import { type OverCall, type PhysicalOver, type PlanField, userAggregateOf } from "@millrace/plan";

export function overFactory(node: PhysicalOver): OperatorFactory {
  const { input, keys, orderBy: order } = node;
  const calls = node.calls.map((each) => callSpecOf(each, input.fields));
  const base = { fields: input.fields, keys, order, calls, ...(node.stateTtlMs > 0 ? { ttlMs: node.stateTtlMs } : {}) };
  if (node.time !== null) {
    const timeSpec = { kind: "time-over" as const, ...base, timeDomain: node.time.domain };
    return (context) => createTimeOver(timeSpec, context);
  }
  const spec = { kind: "updating-over" as const, ...base, inputIsAppendOnly: input.changelogMode === "append" };
  return (context) => createUpdatingOver(spec, context);
}

function callSpecOf(call: OverCall, inputFields: readonly PlanField[]): OverCallSpec {
  const { name, args, parameters, distinct, frame, type } = call;
  const known: readonly (OverFunction | AggregateFunction)[] = [...overFunctionNames, ...aggregateFunctionNames];
  const found = userAggregateOf(call) !== null ? "user" : known.find((each) => each === name);
  if (found === undefined) {
    throw new MillraceError({ code: "SQL_UNSUPPORTED", message: `${name.toUpperCase()} with OVER is not available` });
  }
  return {
    function: found,
    args,
    argTypes: args.map((index) => inputFields[index].type),
    parameters,
    distinct,
    ignoresNulls: call.ignoresNulls === true,
    frame,
    type,
  };
}
