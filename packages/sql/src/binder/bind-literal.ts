import {
  BOOLEAN,
  type DataType,
  NULL,
  normalizeExact,
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampLtz,
  withNullable,
} from "@millrace/core";
import { type LiteralExpression, literal } from "@millrace/plan";
import type { IntervalLiteral, Literal, NumberLiteral, TemporalLiteral } from "../ast/literal.ts";
import type { IntervalUnit } from "../ast/time-unit.ts";
import { type BindContext, fail, unsupported } from "./bind-context.ts";
import { isYearMonth } from "./bind-type.ts";

/** A literal with the type that Flink gives it, in the form of core's `valueAt`. */
export function bindLiteral(context: BindContext, node: Literal): LiteralExpression {
  switch (node.kind) {
    case "NullLiteral":
      return literal(null, NULL);
    case "BooleanLiteral":
      return literal(node.value, withNullable(BOOLEAN, node.value === null));
    case "NumberLiteral":
      return bindNumber(context, node, false);
    case "StringLiteral":
      // Length in code points, as CHAR counts.
      return literal(node.value, { kind: "char", length: [...node.value].length, nullable: false });
    case "BinaryLiteral":
      return literal(bytesOf(node.hex), { kind: "binary", length: node.hex.length / 2, nullable: false });
    case "TemporalLiteral":
      return bindTemporal(context, node);
    case "IntervalLiteral":
      return bindInterval(context, node);
  }
}

/** Integers are INT, BIGINT if too large for it, DECIMAL beyond that; `0.50` is DECIMAL(3, 2); `1e3` is DOUBLE. */
export function bindNumber(context: BindContext, node: NumberLiteral, negative: boolean): LiteralExpression {
  const sign = negative ? "-" : "";
  if (node.numberType === "double") return literal(Number(sign + node.text), { kind: "double", nullable: false });
  const [whole, fraction = ""] = node.text.split(".");
  const unscaled = BigInt(`${sign}${whole}${fraction}` || "0");
  if (node.numberType === "integer" && BigInt.asIntN(64, unscaled) === unscaled) {
    const kind = BigInt.asIntN(32, unscaled) === unscaled ? "int" : "bigint";
    return literal(normalizeExact(unscaled), { kind, nullable: false });
  }
  // All digits as written count, leading zeros too: 0.908 is DECIMAL(4, 3).
  const precision = whole.length + fraction.length;
  if (precision > 38) fail(context, node.span, `the number has ${precision} digits; DECIMAL holds 38 at most`);
  return literal(normalizeExact(unscaled), { kind: "decimal", precision, scale: fraction.length, nullable: false });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function bindTemporal(context: BindContext, node: TemporalLiteral): LiteralExpression {
  const precision = Math.min(/\.(\d+)/.exec(node.text)?.[1].length ?? 0, 9);
  const make = (value: number | undefined, type: DataType, form: string): LiteralExpression => {
    if (value === undefined)
      fail(context, node.span, `'${node.text}' is no ${node.temporalType}`, { expected: [form] });
    return literal(value, type);
  };
  switch (node.temporalType) {
    case "DATE":
      return make(parseDate(node.text), { kind: "date", nullable: false }, "DATE 'yyyy-MM-dd'");
    case "TIME":
      return make(parseTime(node.text), { kind: "time", precision, nullable: false }, "TIME 'HH:mm:ss'");
    case "TIMESTAMP": {
      const form = "TIMESTAMP 'yyyy-MM-dd HH:mm:ss[.fff]'";
      // A day without a time of the day is left to CAST, as in Flink.
      const value = node.text.includes(":") ? parseTimestamp(node.text) : undefined;
      return make(value, { kind: "timestamp", precision, nullable: false }, form);
    }
    case "TIMESTAMP_LTZ": {
      const form = "TIMESTAMP WITH LOCAL TIME ZONE 'yyyy-MM-dd HH:mm:ss[.fff]'";
      return make(parseTimestampLtz(node.text), { kind: "timestamp_ltz", precision, nullable: false }, form);
    }
    case "TIMESTAMP_TZ":
      return unsupported(context, node.span, "TIMESTAMP WITH TIME ZONE", "use TIMESTAMP WITH LOCAL TIME ZONE");
  }
}

const unitSize: Record<IntervalUnit, number> = {
  YEAR: 12,
  QUARTER: 3,
  MONTH: 1,
  WEEK: 7 * 86_400_000,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
  MILLISECOND: 1,
};
const clockUnits: readonly IntervalUnit[] = ["DAY", "HOUR", "MINUTE", "SECOND"];

function bindInterval(context: BindContext, node: IntervalLiteral): LiteralExpression {
  const { from, to } = node.qualifier;
  const text = node.text.trim();
  const signed = /^([+-]?)(.*)$/s.exec(text) as RegExpExecArray;
  const units = to === null ? [from] : unitsBetween(context, node, from, to);
  const body = signed[2].trim();
  const form = units.map(() => "(\\d+)").join("[ :-]");
  const match = new RegExp(`^${form}(?:\\.(\\d{1,9}))?$`).exec(body);
  const fraction = match?.[units.length + 1];
  if (match === null || (fraction !== undefined && units[units.length - 1] !== "SECOND")) {
    const qualifier = to === null ? from : `${from} TO ${to}`;
    fail(context, node.span, `'${node.text}' is no interval of ${qualifier}`, { expected: [example(units)] });
  }
  let value = units.reduce((sum, unit, i) => sum + Number(match[i + 1]) * unitSize[unit], 0);
  if (fraction !== undefined) value += Math.trunc(Number(`0.${fraction}`) * 1000 + 1e-6);
  if (value !== 0 && node.negative !== (signed[1] === "-")) value = -value;
  const kind = isYearMonth(from) ? "interval_year_month" : "interval_day_time";
  return literal(value, { kind, nullable: false });
}

function unitsBetween(
  context: BindContext,
  node: IntervalLiteral,
  from: IntervalUnit,
  to: IntervalUnit,
): readonly IntervalUnit[] {
  if (from === "YEAR" && to === "MONTH") return [from, to];
  const first = clockUnits.indexOf(from);
  const last = clockUnits.indexOf(to);
  if (first < 0 || last <= first) fail(context, node.qualifier.span, `there is no interval of ${from} TO ${to}`);
  return clockUnits.slice(first, last + 1);
}

function example(units: readonly IntervalUnit[]): string {
  const to = units.length === 1 ? "" : ` TO ${units[units.length - 1]}`;
  const text = units[0] === "YEAR" && to !== "" ? "1-2" : "1 2:03:04".split(/[ :]/).slice(0, units.length).join(":");
  return `INTERVAL '${units[0] === "DAY" ? text.replace(":", " ") : text}' ${units[0]}${to}`;
}
