/** TIMESTAMPADD, TIMESTAMPDIFF and OVERLAPS. */
import { BOOLEAN, type DataType, formatType, INT } from "@millrace/core";
import { call, type Expression } from "../expression/expression.ts";
import { coerce, commonType, isTimestamp } from "../type/coercion.ts";
import { isInteger } from "../type/numeric.ts";
import { addInterval, addMonths } from "./arithmetic.ts";
import { literalText } from "./literal-argument.ts";
import { DAY_MS, fromLocal, localOf } from "./local-time.ts";
import { FunctionError, nullableOf, type ScalarFunction, typesText } from "./scalar-function.ts";

const months: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const sizesMs: Readonly<Record<string, number>> = {
  WEEK: 7 * DAY_MS,
  DAY: DAY_MS,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
  MILLISECOND: 1,
  MICROSECOND: 0.001,
};

const sameTime = (time: unknown) => time as number;
const isTime = (type: DataType) => type.kind === "date" || type.kind === "time" || isTimestamp(type);

export const timeArithmeticFunctions: readonly ScalarFunction[] = [
  {
    name: "timestampadd",
    signature: "TIMESTAMPADD(unit, count, time)",
    description:
      "The time with so many units added: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND.",
    constantArgs: [0],
    bind(args) {
      const [unit, count, time] = args;
      const name = literalText(unit) ?? "";
      const isKnown = name in months || name in sizesMs;
      if (!isKnown || !(isInteger(count.type) || count.type.kind === "null") || !isTime(time.type))
        throw new FunctionError(
          `no ${name || "unit"} of ${typesText(args.slice(1), formatType)}; expected ${this.signature}`,
        );
      const typed = [unit, coerce(count, count.type.kind === "null" ? INT : count.type), time];
      return call("timestampadd", typed, { ...sumType(name, time.type), nullable: nullableOf(args) });
    },
    evaluator: ({ args: [unit, , { type }], type: result }) => {
      const name = literalText(unit) as string;
      // As in Flink, an instant is moved as if it were in UTC: a day is 24 hours.
      const isInstant = type.kind === "timestamp_ltz";
      const [toLocal, back] = isInstant ? [sameTime, sameTime] : [localOf(type), fromLocal(result)];
      const inMonths = months[name];
      const local: DataType = type.kind === "time" ? type : { kind: "timestamp", precision: 6, nullable: true };
      const interval: DataType = {
        kind: inMonths === undefined ? "interval_day_time" : "interval_year_month",
        nullable: true,
      };
      if (type.kind === "time" && inMonths !== undefined) return ([, , time]) => time;
      const size = inMonths ?? sizesMs[name];
      return ([, count, time], context) =>
        back(addInterval(toLocal(time, context), Number(count) * size, local, interval), context);
    },
  },
  {
    name: "timestampdiff",
    signature: "TIMESTAMPDIFF(unit, from, to)",
    description: "How many whole units lie between two times, as INT, which wraps; negative if `to` is before `from`.",
    constantArgs: [0],
    bind(args) {
      const [unit, ...times] = args;
      const name = literalText(unit) ?? "";
      const common = commonType(times.map((time) => time.type));
      const isKnown = name in months || name in sizesMs;
      if (!isKnown || common === undefined || !(common.kind === "date" || isTimestamp(common)))
        throw new FunctionError(
          `no ${name || "unit"} between ${typesText(times, formatType)}; expected ${this.signature}`,
        );
      const typed = [unit, ...times.map((time) => coerce(time, common))];
      return call("timestampdiff", typed, { ...INT, nullable: nullableOf(times) });
    },
    evaluator: ({ args: [unit, { type }] }) => {
      const name = literalText(unit) as string;
      const toLocal = localOf(type);
      const inMonths = months[name];
      if (inMonths !== undefined) {
        return ([, from, to], context) =>
          Math.trunc(monthsBetween(toLocal(from, context), toLocal(to, context)) / inMonths) + 0;
      }
      const size = sizesMs[name];
      const scale = type.kind === "date" ? DAY_MS : 1;
      const whole = (ms: number) => wrapInt(size < 1 ? Math.round(ms / size) : Math.trunc(ms / size));
      return ([, from, to]) => whole(((to as number) - (from as number)) * scale);
    },
  },
  {
    name: "overlaps",
    signature: "(start, end) OVERLAPS (start, end)",
    description: "Whether two spans of time share a moment, ends included; an end may be an interval from the start.",
    bind: bindOverlaps,
    evaluator: () => {
      throw new Error("OVERLAPS is comparisons when it is bound");
    },
  },
];

/** INT wraps, as in Flink: more than 24 days of milliseconds do not fit. */
function wrapInt(value: number): number {
  return Number.isSafeInteger(value) ? Number(BigInt.asIntN(32, BigInt(value))) : 0;
}

/** Adding less than a day to a date gives a timestamp. */
function sumType(unit: string, type: DataType): DataType {
  const isDay = unit in months || unit === "WEEK" || unit === "DAY";
  if (type.kind === "date") return isDay ? type : { kind: "timestamp", precision: 6, nullable: true };
  if (!("precision" in type) || type.kind === "decimal") return type;
  const least = unit === "MICROSECOND" ? 6 : unit === "MILLISECOND" ? 3 : 0;
  return { ...type, precision: Math.max(type.precision, least) };
}

/** Whole months from one local time to another, as Calcite counts them. */
function monthsBetween(from: number, to: number): number {
  const [fromDay, toDay] = [Math.floor(from / DAY_MS), Math.floor(to / DAY_MS)];
  const count = toDay < fromDay ? -wholeMonths(toDay, fromDay) : wholeMonths(fromDay, toDay);
  const isIncomplete = addMonths(fromDay, count) === toDay && to - toDay * DAY_MS < from - fromDay * DAY_MS;
  return isIncomplete ? count - 1 : count;
}

/** The greatest number of months that can be added to a day without passing another. */
function wholeMonths(fromDay: number, toDay: number): number {
  let count = Math.trunc((toDay - fromDay) / 31);
  while (addMonths(fromDay, count) < toDay && addMonths(fromDay, count + 1) <= toDay) count++;
  return count;
}

/** Both spans from the earlier end to the later: `start1 <= end2 AND start2 <= end1`. */
function bindOverlaps(args: readonly Expression[]): Expression {
  const [a, b] = [spanOf(args[0], args[1]), spanOf(args[2], args[3])];
  const all = [...a, ...b];
  const common = commonType(all.map((end) => end.type));
  if (common === undefined || !isTime(common))
    throw new FunctionError(`OVERLAPS takes times, not ${typesText(args, formatType)}`);
  const [a1, a2, b1, b2] = all.map((end) => coerce(end, common));
  const nullable = nullableOf(all);
  const condition = (name: string, sides: readonly Expression[]) => call(name, sides, { ...BOOLEAN, nullable });
  const least = (x: Expression, y: Expression) => call("least", [x, y], { ...common, nullable });
  const greatest = (x: Expression, y: Expression) => call("greatest", [x, y], { ...common, nullable });
  return condition("and", [
    condition("<=", [least(a1, a2), greatest(b1, b2)]),
    condition("<=", [least(b1, b2), greatest(a1, a2)]),
  ]);
}

function spanOf(start: Expression, end: Expression): readonly [Expression, Expression] {
  const isInterval = end.type.kind === "interval_day_time" || end.type.kind === "interval_year_month";
  if (!isInterval) return [start, end];
  return [start, call("+", [start, end], { ...start.type, nullable: nullableOf([start, end]) })];
}
