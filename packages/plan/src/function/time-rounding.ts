/** FLOOR and CEIL of times to a unit, in local time. Weeks begin on Sunday; centuries and millennia in the year 1. */
import { civilFromDays, daysFromCivil, formatType } from "@millrace/core";
import { isTimestamp } from "../type/coercion.ts";
import type { Evaluate } from "./evaluate.ts";
import { literalText } from "./literal-argument.ts";
import { DAY_MS, fromLocal, localOf } from "./local-time.ts";
import { FunctionError, type ScalarFunction } from "./scalar-function.ts";

/** Units of fixed length: ms, and where the first begins. */
const fixed: Readonly<Record<string, readonly [sizeMs: number, originMs: number]>> = {
  WEEK: [7 * DAY_MS, -4 * DAY_MS],
  DAY: [DAY_MS, 0],
  HOUR: [3_600_000, 0],
  MINUTE: [60_000, 0],
  SECOND: [1000, 0],
  MILLISECOND: [1, 0],
};

/** Units of months: how many, and the month (from 0 in the year 0) that one begins with. */
const calendar: Readonly<Record<string, readonly [months: number, origin: number]>> = {
  MONTH: [1, 0],
  QUARTER: [3, 0],
  YEAR: [12, 0],
  DECADE: [120, 0],
  CENTURY: [1200, 12],
  MILLENNIUM: [12_000, 12],
};

const clockUnits = new Set(["HOUR", "MINUTE", "SECOND", "MILLISECOND"]);

function startOfMonth(month: number): number {
  const year = Math.floor(month / 12);
  return daysFromCivil(year, month - year * 12 + 1, 1) * DAY_MS;
}

/** The start of the unit that a local time is in, or the next one unless it is the start itself. */
function roundTo(unit: string, isCeil: boolean): (local: number) => number {
  const size = fixed[unit];
  if (size !== undefined) {
    const round = isCeil ? Math.ceil : Math.floor;
    return (local) => round((local - size[1]) / size[0]) * size[0] + size[1];
  }
  const [months, origin] = calendar[unit];
  return (local) => {
    const { year, month } = civilFromDays(Math.floor(local / DAY_MS));
    const first = Math.floor((year * 12 + month - 1 - origin) / months) * months + origin;
    const start = startOfMonth(first);
    return isCeil && start !== local ? startOfMonth(first + months) : start;
  };
}

export const timeRoundingFunctions: readonly ScalarFunction[] = [toUnit("floor"), toUnit("ceil")];

function toUnit(direction: "floor" | "ceil"): ScalarFunction {
  const name = `${direction} to`;
  const word = direction === "floor" ? "down" : "up";
  return {
    name,
    signature: `${direction.toUpperCase()}(time TO unit)`,
    description: `The time rounded ${word} to a unit: MILLENNIUM, CENTURY, DECADE, YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND.`,
    constantArgs: [1],
    bind(args) {
      const [{ type }, unit] = args;
      const text = literalText(unit) ?? "";
      const isKnown = text in fixed || text in calendar;
      const fits = type.kind === "date" || isTimestamp(type) || (type.kind === "time" && clockUnits.has(text));
      if (!isKnown || !fits)
        throw new FunctionError(`${formatType({ ...type, nullable: true })} cannot be rounded to ${text}`);
      return { kind: "call", name, args, type };
    },
    evaluator: ({ args: [{ type }, unit] }): Evaluate => {
      const text = literalText(unit) as string;
      if (type.kind === "date" && clockUnits.has(text)) return ([value]) => value;
      const [toLocal, back, round] = [localOf(type), fromLocal(type), roundTo(text, direction === "ceil")];
      const end = type.kind === "time" ? DAY_MS : Number.POSITIVE_INFINITY;
      return ([value], context) => back(round(toLocal(value, context)) % end, context);
    },
    emit(call, emitter) {
      if (call.type.kind !== "timestamp") return undefined;
      const arg = emitter.compile(call.args[0]);
      const round = emitter.constant(roundTo(literalText(call.args[1]) as string, direction === "ceil"));
      return emitter.result(call.type, [arg], `${round}(${emitter.valueOf(arg)})`);
    },
  };
}
