/** Fields of times: EXTRACT and the functions named after units. TIMESTAMP_LTZ is seen in the session's zone. */
import { BIGINT, civilFromDays, type DataType, daysFromCivil, formatType } from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { isTimestamp } from "../type/coercion.ts";
import type { Evaluate } from "./evaluate.ts";
import { literalText } from "./literal-argument.ts";
import { DAY_MS, localOf } from "./local-time.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

const floorMod = (value: number, by: number) => value - Math.floor(value / by) * by;
const dayOf = (local: number) => Math.floor(local / DAY_MS);
const yearOf = (local: number) => civilFromDays(dayOf(local)).year;
const monthOf = (local: number) => civilFromDays(dayOf(local)).month;
/** Units of so many years are counted from the year 1. */
const spanOf = (local: number, years: number) => Math.floor((yearOf(local) + years - 1) / years);
/** Monday is 1. */
const isoDayOfWeek = (days: number) => floorMod(days + 3, 7) + 1;
/** The ISO week belongs to the year that its Thursday is in. */
const thursdayOf = (local: number) => dayOf(local) - isoDayOfWeek(dayOf(local)) + 4;

interface TimeField {
  readonly of: (local: number) => number;
  /** A JavaScript expression over `at`, where it is plain arithmetic. */
  readonly code?: (at: string) => string;
}

/** A part of the clock: units of `unitMs` within the next larger one. */
function clockField(unitMs: number, withinMs: number): TimeField {
  return {
    of: (local) => Math.floor(floorMod(local, withinMs) / unitMs),
    code: (at) => `Math.floor((${at} - Math.floor(${at} / ${withinMs}) * ${withinMs}) / ${unitMs})`,
  };
}

const fields: Readonly<Record<string, TimeField>> = {
  MILLENNIUM: { of: (local) => spanOf(local, 1000) },
  CENTURY: { of: (local) => spanOf(local, 100) },
  DECADE: { of: (local) => Math.floor(yearOf(local) / 10) },
  YEAR: { of: yearOf },
  ISOYEAR: { of: (local) => yearOf(thursdayOf(local) * DAY_MS) },
  QUARTER: { of: (local) => Math.ceil(monthOf(local) / 3) },
  MONTH: { of: monthOf },
  WEEK: {
    of: (local) => {
      const thursday = thursdayOf(local);
      return Math.floor((thursday - daysFromCivil(yearOf(thursday * DAY_MS), 1, 1)) / 7) + 1;
    },
  },
  DAY: { of: (local) => civilFromDays(dayOf(local)).day },
  DOY: { of: (local) => dayOf(local) - daysFromCivil(yearOf(local), 1, 1) + 1 },
  DOW: { of: (local) => floorMod(dayOf(local) + 4, 7) + 1 },
  ISODOW: { of: (local) => isoDayOfWeek(dayOf(local)) },
  HOUR: clockField(3_600_000, DAY_MS),
  MINUTE: clockField(60_000, 3_600_000),
  SECOND: clockField(1000, 60_000),
  MILLISECOND: clockField(1, 1000),
  MICROSECOND: { of: (local) => Math.round(floorMod(local, 1000) * 1000) },
  NANOSECOND: { of: (local) => Math.round(floorMod(local, 1000) * 1000) * 1000 },
  EPOCH: { of: (local) => Math.floor(local / 1000) },
};

const clockUnits = new Set(["HOUR", "MINUTE", "SECOND", "MILLISECOND"]);

/** Fields of intervals keep the sign. */
const monthFields: Readonly<Record<string, (months: number) => number>> = {
  MILLENNIUM: (months) => Math.trunc(months / 12_000),
  CENTURY: (months) => Math.trunc(months / 1200),
  YEAR: (months) => Math.trunc(months / 12),
  QUARTER: (months) => Math.trunc((months % 12) / 3) + 1,
  MONTH: (months) => months % 12,
};
const durationFields: Readonly<Record<string, (ms: number) => number>> = {
  DAY: (ms) => Math.trunc(ms / DAY_MS),
  HOUR: (ms) => Math.trunc((ms % DAY_MS) / 3_600_000),
  MINUTE: (ms) => Math.trunc((ms % 3_600_000) / 60_000),
  SECOND: (ms) => Math.trunc((ms % 60_000) / 1000),
  MILLISECOND: (ms) => Math.trunc(ms % 1000),
};

function ofInterval(unit: string, type: DataType): ((value: number) => number) | undefined {
  if (type.kind === "interval_year_month") return monthFields[unit];
  return type.kind === "interval_day_time" ? durationFields[unit] : undefined;
}

function hasField(unit: string, type: DataType): boolean {
  if (type.kind === "time") return clockUnits.has(unit);
  if (type.kind === "date") return unit in fields && unit !== "MICROSECOND" && unit !== "NANOSECOND";
  return isTimestamp(type) ? unit in fields : ofInterval(unit, type) !== undefined;
}

/** `EXTRACT(unit FROM time)` as a call with the unit first. */
function bindExtract(unit: Expression, time: Expression): Expression {
  const name = literalText(unit) ?? "";
  const nullable = time.type.nullable;
  if (time.type.kind !== "null" && !hasField(name, time.type))
    throw new FunctionError(`${formatType({ ...time.type, nullable: true })} has no ${name}`);
  return { kind: "call", name: "extract", args: [unit, time], type: { ...BIGINT, nullable } };
}

function evaluatorOf(unit: string, type: DataType): Evaluate {
  const interval = ofInterval(unit, type);
  if (interval !== undefined) return ([, value]) => interval(value as number) + 0;
  const local = localOf(type);
  const { of } = fields[unit];
  return ([, value], context) => of(local(value, context));
}

const named: readonly (readonly [name: string, unit: string])[] = [
  ["year", "YEAR"],
  ["quarter", "QUARTER"],
  ["month", "MONTH"],
  ["week", "WEEK"],
  ["dayofyear", "DOY"],
  ["dayofmonth", "DAY"],
  ["dayofweek", "DOW"],
  ["hour", "HOUR"],
  ["minute", "MINUTE"],
  ["second", "SECOND"],
];

export const timeFieldFunctions: readonly ScalarFunction[] = [
  {
    name: "extract",
    signature: "EXTRACT(unit FROM time)",
    description:
      "A field of a time, date or interval: MILLENNIUM, CENTURY, DECADE, YEAR, ISOYEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOY, DOW (Sunday is 1), ISODOW (Monday is 1), HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND, EPOCH.",
    constantArgs: [0],
    bind: ([unit, time]) => bindExtract(unit, time),
    evaluator: ({ args: [unit, time] }) => evaluatorOf(literalText(unit) as string, time.type),
    emit(call, emitter) {
      const unit = literalText(call.args[0]) as string;
      const { kind } = call.args[1].type;
      if (kind !== "timestamp" && kind !== "time") return undefined;
      const arg = emitter.compile(call.args[1]);
      const { code, of } = fields[unit];
      const value = emitter.valueOf(arg);
      return emitter.result(call.type, [arg], code?.(value) ?? `${emitter.constant(of)}(${value})`);
    },
  },
  ...named.map(([name, unit]): ScalarFunction => {
    const signature = `${name.toUpperCase()}(time)`;
    return {
      name,
      signature,
      description: `EXTRACT(${unit} FROM time).`,
      bind(args) {
        if (args.length !== 1) throw new FunctionError(`expected ${signature}`);
        const literal: Expression = {
          kind: "literal",
          value: unit,
          type: { kind: "char", length: unit.length, nullable: false },
        };
        return bindExtract(literal, args[0]);
      },
      evaluator: () => {
        throw new Error(`${name} is EXTRACT when it is bound`);
      },
    };
  }),
];
