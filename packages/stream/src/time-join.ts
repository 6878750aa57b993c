/** Joins of the records of two keyed streams whose event times lie close. */
import {
  createIntervalJoin,
  createJoinRecords,
  createTemporalJoin,
  type Float64Column,
  JOINED_FIELDS,
  type JoinRecordsSpec,
  MillraceError,
  type Operator,
  type OperatorContext,
  type PairPredicate,
} from "@millrace/core";
import { type Duration, durationMs } from "./duration.ts";
import { failurePolicy, type OnError } from "./error-policy.ts";
import { joinInputs, type KeyedInput } from "./join-inputs.ts";
import type { JoinKind, LeftOf, RightOf } from "./join-kind.ts";
import { operatorNode } from "./operator-node.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import type { Stream } from "./stream.ts";

type Inputs<T, U, K> = readonly [first: KeyedInput<T, K>, second: KeyedInput<U, K>];

/** How much later than a record of the first stream one of the second may be: a negative text is earlier. */
export type Distance = Duration | `-${Duration}`;

export interface IntervalJoinOptions<J extends JoinKind> {
  /** At least so much later (`"-5m"`: at most five minutes earlier). */
  readonly from: Distance;
  /** At most so much later. */
  readonly to: Distance;
  /** Default: `inner`. */
  readonly kind?: J;
  /** Whether a distance of exactly `from` or `to` is too much. Default: it is not. */
  readonly exclusive?: "from" | "to" | "both";
  readonly onError?: OnError;
}

export interface AsOfJoinOptions<J extends "inner" | "left"> {
  /** How much older the other record may be. Default: any. */
  readonly tolerance?: Duration;
  /** Default: `left`: a record without a partner comes out, too. */
  readonly kind?: J;
  readonly onError?: OnError;
}

/** A join that lacks its function. */
export class TimeJoin<T, U, J extends JoinKind> {
  readonly #finish: (
    join: (left: T | null, right: U | null) => unknown,
  ) => Stream<unknown, Record<never, never>, T | U>;

  constructor(
    finish: (join: (left: T | null, right: U | null) => unknown) => Stream<unknown, Record<never, never>, T | U>,
  ) {
    this.#finish = finish;
  }

  /** What comes of each pair; null stands for the side that has none. */
  apply<R>(join: (left: LeftOf<T, J>, right: RightOf<U, J>) => R): Stream<R, Record<never, never>, T | U> {
    const call = join as (left: T | null, right: U | null) => unknown;
    return this.#finish(call) as Stream<R, Record<never, never>, T | U>;
  }
}

const TIME = 2;

/** Errors: OPTION_INVALID. */
export function intervalJoin<T, U, K, J extends JoinKind>(
  context: PipelineContext,
  inputs: Inputs<T, U, K>,
  options: IntervalJoinOptions<J>,
): TimeJoin<T, U, J> {
  const lowerMs = distanceMs(options.from, "from");
  const upperMs = distanceMs(options.to, "to");
  if (lowerMs > upperMs) throw invalid(`intervalJoin: 'from' (${options.from}) is later than 'to' (${options.to})`);
  const joinType: JoinKind = options.kind ?? "inner";
  const above = options.exclusive === "from" || options.exclusive === "both";
  const below = options.exclusive === "to" || options.exclusive === "both";
  const isClose: PairPredicate = (left, l, right, r) => {
    const distance = timesOf(right)[r] - timesOf(left)[l];
    return (above ? distance > lowerMs : distance >= lowerMs) && (below ? distance < upperMs : distance <= upperMs);
  };
  const rows = { kind: "interval-join", joinType, ...SIDES, lowerMs, upperMs } as const;
  const detail = `kind=[${joinType}], from=[${options.from}], to=[${options.to}]`;
  return timeJoin(
    context,
    inputs,
    "interval-join",
    detail,
    joinType !== "inner",
    "latest",
    options.onError,
    (operator) => createIntervalJoin(rows, operator, isClose),
  );
}

/** Errors: OPTION_INVALID. */
export function asOfJoin<T, U, K, J extends "inner" | "left">(
  context: PipelineContext,
  inputs: Inputs<T, U, K>,
  options: AsOfJoinOptions<J>,
): TimeJoin<T, U, J> {
  const joinType = options.kind ?? "left";
  const toleranceMs =
    options.tolerance === undefined ? Number.POSITIVE_INFINITY : durationMs(options.tolerance, "tolerance");
  const isClose: PairPredicate = (left, l, right, r) => timesOf(left)[l] - timesOf(right)[r] <= toleranceMs;
  const rows = { kind: "temporal-join", joinType, ...SIDES } as const;
  const detail = `kind=[${joinType}], tolerance=[${options.tolerance ?? "any"}]`;
  return timeJoin(context, inputs, "as-of-join", detail, false, "left", options.onError, (operator) =>
    createTemporalJoin(rows, operator, isClose),
  );
}

const SIDES = {
  leftFields: JOINED_FIELDS,
  rightFields: JOINED_FIELDS,
  leftKeys: [0],
  rightKeys: [0],
  leftTime: TIME,
  rightTime: TIME,
} as const;

function timesOf(batch: Parameters<PairPredicate>[0]): Float64Array {
  return (batch.columns[TIME] as Float64Column).values;
}

function timeJoin<T, U, K, J extends JoinKind>(
  context: PipelineContext,
  inputs: Inputs<T, U, K>,
  name: string,
  detail: string,
  keepsUnmatched: boolean,
  time: JoinRecordsSpec["time"],
  policy: OnError | undefined,
  createRows: (context: OperatorContext) => Operator,
): TimeJoin<T, U, J> {
  const { nodes, keysOf } = joinInputs(...inputs);
  const { onError, deadLetters } = failurePolicy(policy, 1);
  return new TimeJoin<T, U, J>((join) => {
    const call = join as JoinRecordsSpec["join"];
    const spec = { kind: "join-records", keysOf, join: call, keepsUnmatched, time, onError, deadLetters } as const;
    const create = (operator: OperatorContext) => createJoinRecords(spec, createRows(operator), operator);
    return context.stream<unknown, Record<never, never>, T | U>({
      node: operatorNode(name, nodes, create, detail),
      deadLetters,
    });
  });
}

function distanceMs(distance: Distance, what: string): number {
  if (typeof distance === "number") return durationMs(distance, what, Number.NEGATIVE_INFINITY);
  return distance.startsWith("-")
    ? -durationMs(distance.slice(1) as Duration, what)
    : durationMs(distance as Duration, what);
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: "OPTION_INVALID", message });
}
