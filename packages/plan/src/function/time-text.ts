/** Times as text and back. Which of Java's two kinds of patterns a function takes, and what it makes of wrong text, is Flink's. */
import {
  BIGINT,
  DATE,
  type DataType,
  daysFromCivil,
  formatType,
  instantToLocal,
  isTimeZone,
  localToInstant,
  localToInstantByStandardTime,
  MillraceError,
  STRING,
} from "@millrace/core";
import type { Expression } from "../expression/expression.ts";
import { compileDateFormat } from "../time/date-format.ts";
import { compileDateParse, type ParsedTime } from "../time/date-parse.ts";
import { parseDay, parseLocalTime } from "../time/parse-local-time.ts";
import { coerce, isCharacter, isTimestamp } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import { castBetween } from "./cast-value.ts";
import { define } from "./define.ts";
import type { Evaluate } from "./evaluate.ts";
import { literalNumber, literalText } from "./literal-argument.ts";
import { DAY_MS, localOf } from "./local-time.ts";
import { memoized } from "./memoized.ts";
import { FunctionError, type ScalarFunction, typesText } from "./scalar-function.ts";

const SECONDS_PATTERN = "yyyy-MM-dd HH:mm:ss";
/** The lowest BIGINT, which UNIX_TIMESTAMP gives for what is no time. */
const NO_TIME = -(2n ** 63n);
const parserOf = memoized((pattern) => compileDateParse(pattern, "formatter"));
const lenientParserOf = memoized((pattern) => compileDateParse(pattern, "simple"));

/** By the pattern, else in the usual form, whatever the pattern says. NULL for neither, and for a wrong pattern. */
function parseByPattern(text: string, pattern: string): number | null {
  const parse = attempt(() => parserOf(pattern));
  return parse === undefined ? null : (parse(text)?.local ?? parseLocalTime(text.trim()) ?? null);
}

function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
}

function instantOf({ local, offsetMs }: ParsedTime, zone: string): number {
  return offsetMs === null ? localToInstantByStandardTime(local, zone) : local - offsetMs;
}

const cutToMs = (ms: number) => Math.floor(ms);

export const timeTextFunctions: readonly ScalarFunction[] = [
  dateFormat(),
  define({
    name: "to_timestamp",
    signature: "TO_TIMESTAMP(string[, pattern])",
    description:
      "The text 'yyyy-MM-dd[ HH:mm:ss[.fff]]', or one in a pattern of DateTimeFormatter, as TIMESTAMP(3); NULL if it is none.",
    args: ["string", "string"],
    required: 1,
    result: { kind: "timestamp", precision: 3, nullable: true },
    maybeNull: true,
    evaluate: ([text, pattern]) => {
      const ms =
        pattern === undefined ? parseLocalTime(text as string) : parseByPattern(text as string, pattern as string);
      return ms === null || ms === undefined ? null : cutToMs(ms);
    },
  }),
  toTimestampLtz(),
  define({
    name: "to_date",
    signature: "TO_DATE(string[, pattern])",
    description: "The text 'yyyy-MM-dd', or one in a pattern of SimpleDateFormat, as DATE; NULL if it is none.",
    args: ["string", "string"],
    required: 1,
    result: DATE,
    maybeNull: true,
    evaluate: ([text, pattern]) => {
      if (pattern === undefined) return parseDay(text as string) ?? null;
      const parsed = lenientParserOf(pattern as string)(text as string);
      return parsed === undefined ? null : Math.floor(parsed.local / DAY_MS);
    },
  }),
  define({
    name: "unix_timestamp",
    signature: "UNIX_TIMESTAMP([string[, pattern]])",
    description:
      "Seconds since 1970, UTC: now, or of a text in the session's zone in a pattern of SimpleDateFormat ('yyyy-MM-dd HH:mm:ss' unless given). The lowest BIGINT for what is no time.",
    args: ["string", "string"],
    required: 0,
    result: BIGINT,
    isVolatile: true,
    evaluate: ([text, pattern = SECONDS_PATTERN], context) => {
      if (text === undefined) return Math.floor(context.now() / 1000);
      const parsed = lenientParserOf(pattern as string)(text as string);
      return parsed === undefined ? NO_TIME : Math.floor(instantOf(parsed, context.timeZone) / 1000);
    },
  }),
  define({
    name: "from_unixtime",
    signature: "FROM_UNIXTIME(seconds[, pattern])",
    description:
      "Seconds since 1970, UTC, as text in the session's zone in a pattern of SimpleDateFormat ('yyyy-MM-dd HH:mm:ss' unless given).",
    args: ["integer", "string"],
    required: 1,
    result: STRING,
    maybeNull: true,
    isVolatile: true,
    evaluateFor: (): Evaluate => {
      const formatOf = memoized((pattern) => compileDateFormat(pattern, "simple"));
      return ([seconds, pattern = SECONDS_PATTERN], context) => {
        const instant = Number(seconds) * 1000;
        const local = instantToLocal(instant, context.timeZone);
        return formatOf(pattern as string)(local, local - instant);
      };
    },
  }),
  define({
    name: "convert_tz",
    signature: "CONVERT_TZ(string, from zone, to zone)",
    description:
      "A time 'yyyy-MM-dd HH:mm:ss' of one zone as that of another; NULL if it is none. An unknown zone counts as UTC.",
    args: ["string", "string", "string"],
    result: STRING,
    maybeNull: true,
    evaluateFor: (): Evaluate => {
      const format = compileDateFormat(SECONDS_PATTERN, "simple");
      const known = memoized((zone) => (/^[+-]/.test(zone) || !isTimeZone(zone) ? "UTC" : zone));
      const knownTarget = memoized((zone) => (/^[+-]/.test(zone) || !isTimeZone(zone) ? "UTC" : zone));
      return ([text, from, to]) => {
        const parsed = lenientParserOf(SECONDS_PATTERN)(text as string);
        if (parsed === undefined) return null;
        return format(instantToLocal(instantOf(parsed, known(from as string)), knownTarget(to as string)));
      };
    },
  }),
];

/** Of a time, or of a text that is one. */
function dateFormat(): ScalarFunction {
  const signature = "DATE_FORMAT(timestamp | string, pattern)";
  return {
    name: "date_format",
    signature,
    description: "The time as text by a pattern of Java's DateTimeFormatter. Of a text that is no time NULL.",
    bind(args) {
      const [time, pattern] = args;
      const isTime = (type: DataType) => isTimestamp(type) || isCharacter(type) || type.kind === "null";
      if (args.length !== 2 || !isTime(time.type) || !(isCharacter(pattern.type) || pattern.type.kind === "null"))
        throw new FunctionError(
          `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
        );
      const typed = [time.type.kind === "null" ? coerce(time, STRING) : time, coerce(pattern, STRING)];
      const text = literalText(pattern);
      if (text !== undefined) checkPattern(text);
      return { kind: "call", name: "date_format", args: typed, type: STRING };
    },
    evaluator: ({ args: [{ type }] }) => {
      const formatOf = memoized((pattern) => compileDateFormat(pattern, "formatter"));
      const local = localOf(type);
      if (!isCharacter(type)) return ([value, pattern], context) => formatOf(pattern as string)(local(value, context));
      return ([value, pattern]) => {
        const text = value as string;
        const ms = text.includes(" ") ? parseLocalTime(text) : undefined;
        return ms === undefined ? null : formatOf(pattern as string)(ms);
      };
    },
  };
}

/** A wrong literal pattern is told before the first row. */
function checkPattern(pattern: string): void {
  try {
    compileDateFormat(pattern, "formatter");
  } catch (error) {
    if (error instanceof MillraceError) throw new FunctionError(error.message, { cause: error });
    throw error;
  }
}

/** From the first to the last instant that has a year of four digits. */
const [FIRST_MS, LAST_MS] = [daysFromCivil(1, 1, 1) * DAY_MS, daysFromCivil(10_000, 1, 1) * DAY_MS - 1];

function toTimestampLtz(): ScalarFunction {
  const signature = "TO_TIMESTAMP_LTZ(number[, precision]) | TO_TIMESTAMP_LTZ(string[, pattern[, zone]])";
  const result = (precision: number): DataType => ({ kind: "timestamp_ltz", precision, nullable: true });
  return {
    name: "to_timestamp_ltz",
    signature,
    description:
      "A time since 1970, UTC, in units of 10^-precision s (3 unless given), NULL outside the years 1 to 9999; or a text in a pattern of DateTimeFormatter, of a zone (UTC unless given). Fails for text that is none.",
    bind(args) {
      const [value, second, third] = args;
      const wrong = () =>
        new FunctionError(
          `no such form of the function for arguments (${typesText(args, formatType)}); expected ${signature}`,
        );
      if (value === undefined || args.length > 3) throw wrong();
      if (isNumeric(value.type)) {
        const isPrecision = second === undefined || isInteger(second.type) || second.type.kind === "null";
        if (third !== undefined || !isPrecision) throw wrong();
        const precision = second === undefined ? 3 : literalNumber(second);
        if (precision !== undefined && (precision < 0 || precision > 9))
          throw new FunctionError(`the precision must be from 0 to 9, not ${precision}`);
        const typed = second?.type.kind === "null" ? [value, coerce(second, { kind: "int", nullable: true })] : args;
        return { kind: "call", name: "to_timestamp_ltz", args: typed, type: result(Math.max(3, precision ?? 3)) };
      }
      if (!args.every((arg) => isCharacter(arg.type) || arg.type.kind === "null")) throw wrong();
      checkLtzLiterals(second, third);
      const typed = args.map((arg) => coerce(arg, STRING));
      return { kind: "call", name: "to_timestamp_ltz", args: typed, type: result(3) };
    },
    evaluator: ({ args: [{ type }] }) => (isNumeric(type) ? ltzOfNumber(type) : ltzOfText),
  };
}

function checkLtzLiterals(pattern: Expression | undefined, zone: Expression | undefined): void {
  const [patternText, zoneText] = [literalText(pattern), literalText(zone)];
  if (patternText !== undefined && attempt(() => parserOf(patternText)) === undefined)
    throw new FunctionError(`'${patternText}' is no pattern of a date or time`);
  if (zoneText !== undefined && !isTimeZone(zoneText)) throw new FunctionError(`there is no time zone '${zoneText}'`);
}

function ltzOfNumber(type: DataType): Evaluate {
  const isExact = type.kind !== "double" && type.kind !== "float";
  const toInteger = type.kind === "decimal" ? castBetween(type, BIGINT) : undefined;
  return ([value, precision = 3], context) => {
    const places = Number(precision);
    if (places < 0 || places > 9) {
      throw new MillraceError({
        code: "EXPRESSION_FAILED",
        message: `the precision must be from 0 to 9, not ${places}`,
      });
    }
    const count = toInteger === undefined ? value : toInteger(value as never, context.timeZone);
    const ms = isExact ? exactMs(BigInt(count as number | bigint), places) : cutDouble(count as number, places);
    return ms < FIRST_MS || ms > LAST_MS ? null : ms;
  };
}

/** Ms with a fraction of microseconds; what is below them is cut. */
function exactMs(count: bigint, places: number): number {
  const micros = places <= 6 ? count * 10n ** BigInt(6 - places) : floorDivide(count, 10n ** BigInt(places - 6));
  const ms = floorDivide(micros, 1000n);
  return Number(ms) + Number(micros - ms * 1000n) / 1000;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n ? quotient - 1n : quotient;
}

function cutDouble(value: number, places: number): number {
  return Math.floor(value * 10 ** (3 - places));
}

const ltzOfText: Evaluate = ([text, pattern, zone = "UTC"]) => {
  const value = text as string;
  const local = pattern === undefined ? parseLocalTime(value) : parserOf(pattern as string)(value)?.local;
  if (local === undefined)
    throw new MillraceError({
      code: "EXPRESSION_FAILED",
      message: `'${value}' is no time${pattern === undefined ? "" : ` of the pattern '${String(pattern)}'`}`,
    });
  return cutToMs(localToInstant(local, zone as string));
};
