/** Which evaluator computes which window functions. */
import {
  type AggregateFunction,
  type AggregateSpec,
  countsNulls,
  isExactlyInvertible,
} from "../aggregate/aggregate-spec.ts";
import type { UserAggregate } from "../aggregate/user-aggregate.ts";
import { isListFunction, listFunction } from "../aggregate/value-list.ts";
import { AggregateOver, type FrameMovement } from "./aggregate-over.ts";
import { extremePicker } from "./extreme-picker.ts";
import type { FrameSet } from "./frame-set.ts";
import { ListOver } from "./list-over.ts";
import { NthValueOver } from "./nth-value-over.ts";
import { type OverCallSpec, type OverFrame, overFunctionNames } from "./over-call.ts";
import type { OverEvaluator } from "./over-evaluator.ts";
import {
  firstPicker,
  lastPicker,
  neighbourPicker,
  nthPicker,
  PickedRowOver,
  type RowPicker,
} from "./picked-row-over.ts";
import { type RankFunction, RankOver } from "./rank-over.ts";

/** RANGE CURRENT ROW: the rows that are equal in the order. */
const PEERS: OverFrame = { mode: "range", start: 0, end: 0 };

/** Aggregates that share an evaluator. */
interface AggregateGroup {
  readonly frame: OverFrame;
  readonly movement: FrameMovement;
  readonly calls: number[];
  readonly specs: AggregateSpec[];
}

/**
 * `isContinued`: rows are computed once each, in order, so that a frame that slides may go on from the one before; nothing is
 * computed again, and would then have to be the same to the last bit.
 */
export function createOverEvaluators(
  calls: readonly OverCallSpec[],
  frames: FrameSet,
  isContinued: boolean,
): readonly OverEvaluator[] {
  const evaluators: OverEvaluator[] = [];
  const groups = new Map<string, AggregateGroup>();
  for (const [number, given] of calls.entries()) {
    const call = asAggregate(given);
    const single = singleEvaluator(number, call, frames, isContinued);
    if (single !== null) {
      evaluators.push(single);
      continue;
    }
    const movement = movementOf(call, isContinued);
    const spec = aggregateSpecOf(call, movement);
    const key = JSON.stringify([call.frame, movement, spec.distinct ? spec.args : null]);
    const group = groups.get(key) ?? { frame: call.frame, movement, calls: [], specs: [] };
    groups.set(key, group);
    group.calls.push(number);
    group.specs.push(spec);
  }
  for (const { frame, movement, calls: members, specs } of groups.values()) {
    // Rows that are equal in the order never count for those that come behind them.
    const goesOn = isContinued && !(frame.mode === "range" && frame.start === 0);
    evaluators.push(new AggregateOver(members, specs, frames.boundsOf(frame), movement, goesOn));
  }
  return evaluators;
}

/** The next value that is no NULL is the first or last of all on that side. */
function asAggregate(call: OverCallSpec): OverCallSpec {
  const isNeighbour = call.function === "lag" || call.function === "lead";
  if (!isNeighbour || !call.ignoresNulls) return call;
  const distance = distanceOf(call);
  if (Math.abs(distance) !== 1) return call;
  return { ...call, function: distance < 0 ? "last_value" : "first_value", parameters: [], frame: besides(distance) };
}

/** Of LAG and LEAD: how many rows behind. */
function distanceOf({ function: name, parameters }: OverCallSpec): number {
  const offset = parameters[0] as number;
  return name === "lag" ? -offset : offset;
}

function movementOf(call: OverCallSpec, isContinued: boolean): FrameMovement {
  if (call.frame.start === null) return "grows";
  if (call.frame.end === null) return "shrinks";
  if (isExactlyInvertible(call.function, call.argTypes)) return "slides";
  // What is distinct among rows is not what is distinct among parts of them.
  return isContinued && !call.distinct ? "stacks" : "rescans";
}

function aggregateSpecOf(call: OverCallSpec, movement: FrameMovement): AggregateSpec {
  const { args, argTypes, parameters, type } = call;
  const name = call.function as AggregateFunction;
  // Rows come the other way round.
  const mirrored = movement !== "shrinks" ? name : mirrorOf(name);
  const ignoresDistinct = ["min", "max", "first_value", "last_value"].includes(name);
  return {
    function: mirrored,
    args,
    argTypes,
    filter: null,
    distinct: call.distinct && !ignoresDistinct,
    parameters,
    type,
  };
}

function mirrorOf(name: AggregateFunction): AggregateFunction {
  return name === "first_value" ? "last_value" : name === "last_value" ? "first_value" : name;
}

/** The evaluator of a function that shares none; null for aggregates that can be held as a sum or the like. */
function singleEvaluator(
  number: number,
  call: OverCallSpec,
  frames: FrameSet,
  isContinued: boolean,
): OverEvaluator | null {
  const { frame, args, argTypes, parameters, ignoresNulls, type, distinct } = call;
  const name = call.function;
  const picked = (row: OverFrame, pick: RowPicker) =>
    new PickedRowOver({ call: number, frame: row, column: args[0], type }, pick);
  const list = (over: OverFrame, resultOf: (values: readonly unknown[]) => unknown, keepsNulls: boolean) =>
    new ListOver(
      { call: number, column: args[0], columnType: argTypes[0], type, keepsNulls, distinct, resultOf },
      frames.boundsOf(over),
    );
  const isSliding = frame.start !== null && frame.end !== null;
  switch (name) {
    case "lag":
    case "lead": {
      const distance = distanceOf(call);
      if (ignoresNulls && distance !== 0) return list(besides(distance), nthFromRow(distance), false);
      return picked({ mode: "rows", start: distance, end: distance }, neighbourPicker(distance));
    }
    case "nth_value": {
      const [n] = parameters as readonly number[];
      if (ignoresNulls) return list(frame, (values) => values[n - 1] ?? null, false);
      const bounds = frames.boundsOf(frame);
      if (frame.start === null) return new NthValueOver(number, args[0], n, type, bounds);
      return picked(frame, nthPicker(bounds, n));
    }
    case "first_value":
      return isSliding ? picked(frame, firstPicker(frames.boundsOf(frame), args[0])) : null;
    case "last_value":
      return isSliding ? picked(frame, lastPicker(frames.boundsOf(frame), args[0])) : null;
    case "min":
    case "max":
      return isSliding ? picked(frame, extremePicker(frames.boundsOf(frame), args[0], name, isContinued)) : null;
    default:
      if (overFunctionNames.some((each) => each === name)) {
        const parts = name === "ntile" ? (parameters[0] as number) : 1;
        return new RankOver(number, name as RankFunction, parts, frames.boundsOf(PEERS));
      }
      if (name === "user") return list(frame, userFunction(parameters[0] as UserAggregate), true);
      if (!isListFunction(name)) return null;
      return list(frame, listFunction(name, parameters), countsNulls(name));
  }
}

function userFunction(aggregate: UserAggregate): (values: readonly unknown[]) => unknown {
  return (values) =>
    aggregate.result(values.reduce((held, value) => aggregate.accumulate(held, value), aggregate.create()));
}

/** All rows before a row, or all behind it. */
function besides(distance: number): OverFrame {
  return distance < 0 ? { mode: "rows", start: null, end: -1 } : { mode: "rows", start: 1, end: null };
}

function nthFromRow(distance: number): (values: readonly unknown[]) => unknown {
  return (values) => values.at(distance < 0 ? distance : distance - 1) ?? null;
}
