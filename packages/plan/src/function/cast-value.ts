/** CAST of values, as Flink: a text that is no such value fails, numbers are cut or wrap, DECIMAL overflow is NULL. */
import {
  type DataType,
  formatDate,
  formatDayTime,
  formatDecimal,
  formatMonths,
  formatTime,
  formatTimestamp,
  formatType,
  instantToLocal,
  isExact,
  localToInstant,
  MAX_LENGTH,
  MillraceError,
  normalizeExact,
  parseDecimal,
  parseTime,
} from "@millrace/core";
import { parseDay, parseLocalTime } from "../time/parse-local-time.ts";
import { isBinary, isCharacter, isTimestamp } from "../type/coercion.ts";
import { isInteger, isNumeric } from "../type/numeric.ts";
import * as exact from "./exact.ts";

/** Converts one value that is not NULL. Throws if it cannot be converted; NULL where DECIMAL overflows. */
export type Cast = (value: never, timeZone: string) => unknown;

const integerRange: Partial<Record<DataType["kind"], readonly [bigint, bigint]>> = {
  tinyint: [-128n, 127n],
  smallint: [-32768n, 32767n],
  int: [-2147483648n, 2147483647n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** How to convert from one type to another; undefined if there is no such cast. */
export function castBetween(from: DataType, to: DataType): Cast | undefined {
  if (from.kind === "null") return () => null;
  if (from.kind === "variant") return to.kind === "variant" ? (value: unknown) => value : undefined;
  if (isCharacter(to)) return lengthened(toText(from), to);
  if (isCharacter(from)) return fromText(to);
  if (isNumeric(from) && isNumeric(to)) return numericCast(from, to);
  if (from.kind === "boolean" && isNumeric(to))
    return numericCast({ kind: "int", nullable: true }, to, (value: boolean) => (value ? 1 : 0));
  if (isNumeric(from) && to.kind === "boolean") return (value: number | bigint) => Number(value) !== 0;
  if (isBinary(from) && isBinary(to)) return sized((value) => value, to);
  if (from.kind === to.kind && (["boolean", "date", "bitmap"].includes(from.kind) || from.kind.startsWith("interval")))
    return (value: unknown) => value;
  if (isTimestamp(from) && isTimestamp(to) && "precision" in to) {
    const cut = truncateTo(to.precision);
    if (from.kind === to.kind) return (value: number) => cut(value);
    return from.kind === "timestamp"
      ? (value: number, zone) => cut(localToInstant(value, zone))
      : (value: number, zone) => cut(instantToLocal(value, zone));
  }
  if (from.kind === "date" && to.kind === "timestamp") return (days: number) => days * 86_400_000;
  if (from.kind === "date" && to.kind === "timestamp_ltz")
    return (days: number, zone) => localToInstant(days * 86_400_000, zone);
  if (from.kind === "timestamp" && to.kind === "date") return (ms: number) => Math.floor(ms / 86_400_000);
  if (from.kind === "timestamp_ltz" && to.kind === "date")
    return (ms: number, zone) => Math.floor(instantToLocal(ms, zone) / 86_400_000);
  if (isTimestamp(from) && to.kind === "time") {
    const cut = truncateTo(to.precision);
    return (ms: number, zone) => {
      const local = from.kind === "timestamp_ltz" ? instantToLocal(ms, zone) : ms;
      return cut(local - Math.floor(local / 86_400_000) * 86_400_000);
    };
  }
  if (from.kind === "time" && to.kind === "time") return truncateTo(to.precision);
  if (from.kind === "time" && isTimestamp(to) && "precision" in to) {
    const cut = truncateTo(to.precision);
    // The day is that of the epoch.
    return to.kind === "timestamp" ? cut : (ms: number, zone) => localToInstant(cut(ms), zone);
  }
  if (from.kind === "array" && to.kind === "array") {
    const element = castBetween(from.element, to.element);
    return element === undefined
      ? undefined
      : (values: readonly unknown[], zone) =>
          values.map((value) => (value === null ? null : element(value as never, zone)));
  }
  if (from.kind === "row" && to.kind === "row" && from.fields.length === to.fields.length) {
    const fields = from.fields.map((field, i) => castBetween(field.type, to.fields[i].type));
    if (fields.some((cast) => cast === undefined)) return undefined;
    return (values: readonly unknown[], zone) =>
      values.map((value, i) => (value === null ? null : fields[i]?.(value as never, zone)));
  }
  if (from.kind === "map" && to.kind === "map") {
    const [key, value] = [castBetween(from.key, to.key), castBetween(from.value, to.value)];
    if (key === undefined || value === undefined) return undefined;
    return (entries: Map<unknown, unknown>, zone) =>
      new Map([...entries].map(([k, v]) => [key(k as never, zone), v === null ? null : value(v as never, zone)]));
  }
  return undefined;
}

/** Fraction digits beyond the precision are cut. */
function truncateTo(precision: number): (ms: number) => number {
  if (precision >= 6) return (ms) => ms;
  if (precision >= 3) {
    const factor = 10 ** (precision - 3);
    return (ms) => (Number.isInteger(ms) ? ms : Math.floor(Math.round(ms * 1000) / (1000 / factor)) / factor);
  }
  const unit = 10 ** (3 - precision);
  return (ms) => Math.floor(ms / unit) * unit;
}

function lengthened(cast: Cast | undefined, to: DataType): Cast | undefined {
  if (cast === undefined || !("length" in to) || (to.kind === "varchar" && to.length === MAX_LENGTH)) return cast;
  return (value, zone) => {
    const points = Array.from(cast(value, zone) as string);
    const cut = points.slice(0, to.length).join("");
    return to.kind === "char" ? cut + " ".repeat(Math.max(0, to.length - points.length)) : cut;
  };
}

/** BINARY(n) has n bytes, zeros behind shorter ones; VARBINARY(n) at most n. */
function sized(bytesOf: (value: never) => Uint8Array, to: DataType): Cast {
  if (!("length" in to) || to.length === MAX_LENGTH) return bytesOf;
  const { length } = to;
  return (value) => {
    const bytes = bytesOf(value);
    if (bytes.length >= length) return bytes.slice(0, length);
    if (to.kind !== "binary") return bytes;
    const padded = new Uint8Array(length);
    padded.set(bytes);
    return padded;
  };
}

function toText(from: DataType): Cast | undefined {
  switch (from.kind) {
    case "bitmap":
      return (values: readonly number[]) => `{${values.join(",")}}`;
    case "char":
    case "varchar":
      return (value: string) => value;
    case "boolean":
      return (value: boolean) => (value ? "TRUE" : "FALSE");
    case "decimal":
      return (value: exact.Exact) => formatDecimal(value, from.scale);
    case "float":
    case "double":
      return (value: number) => formatDouble(value, from.kind === "float");
    case "date":
      return (value: number) => formatDate(value);
    case "time":
      return (value: number) => formatTime(value, from.precision);
    case "timestamp":
      return (value: number) => formatTimestamp(value, from.precision);
    case "timestamp_ltz":
      return (value: number, zone) => formatTimestamp(instantToLocal(value, zone), from.precision);
    case "interval_year_month":
      return formatMonths;
    case "interval_day_time":
      return formatDayTime;
    case "binary":
    case "varbinary":
      return (value: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
    case "row": {
      const fields = from.fields.map((field) => toText(field.type));
      const names = from.fields.map(({ name }) => (from.className === undefined ? "" : `${name}=`));
      return (values: readonly unknown[], zone) =>
        `(${values.map((value, i) => names[i] + (value === null ? "NULL" : fields[i]?.(value as never, zone))).join(", ")})`;
    }
    case "array": {
      const element = toText(from.element);
      return (values: readonly unknown[], zone) =>
        `[${values.map((value) => (value === null ? "NULL" : element?.(value as never, zone))).join(", ")}]`;
    }
    case "map": {
      const [key, value] = [toText(from.key), toText(from.value)];
      return (entries: Map<unknown, unknown>, zone) =>
        `{${[...entries].map(([k, v]) => `${key?.(k as never, zone)}=${v === null ? "NULL" : value?.(v as never, zone)}`).join(", ")}}`;
    }
    default:
      return (value: unknown) => String(value);
  }
}

/** As Java writes a double: always with a fraction, with E from 10^7 on. */
export function formatDouble(value: number, isFloat = false): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const text = isFloat ? shortestFloat(value) : String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e7 || magnitude < 1e-3)) {
    const [digits, exponent] = (isFloat ? Number(text) : value).toExponential().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  if (Object.is(value, -0)) return "-0.0";
  return text.includes(".") ? text : `${text}.0`;
}

function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

function fail(value: unknown, to: DataType): never {
  throw new MillraceError({
    code: "EXPRESSION_FAILED",
    message: `'${String(value)}' cannot be cast to ${formatType({ ...to, nullable: true })}; TRY_CAST gives NULL instead`,
  });
}

/** Without what Java's String.trim takes away: blanks and control characters, but no other white space. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= 0x20) start++;
  while (start < end && text.charCodeAt(end - 1) <= 0x20) end--;
  return text.slice(start, end);
}

function withoutBlanks(text: string): string {
  return text.replace(/^ +| +$/g, "");
}

function fromText(to: DataType): Cast | undefined {
  const orFail =
    (parse: (text: string) => unknown, trim = trimmed): Cast =>
    (text: string) =>
      parse(trim(text)) ?? fail(text, to);
  switch (to.kind) {
    case "boolean":
      return orFail((text) =>
        /^(true|t|yes|y|1)$/i.test(text) ? true : /^(false|f|no|n|0)$/i.test(text) ? false : undefined,
      );
    case "tinyint":
    case "smallint":
    case "int":
    case "bigint": {
      const [low, high] = integerRange[to.kind] as readonly [bigint, bigint];
      return orFail((text) => {
        const match = /^([+-]?)(?:(\d+)(?:\.\d*)?|\.\d+)$/.exec(text);
        if (match === null) return undefined;
        const digits = BigInt(match[2] ?? 0);
        const value = match[1] === "-" ? -digits : digits;
        return value < low || value > high ? undefined : normalizeExact(value);
      }, withoutBlanks);
    }
    case "float":
    case "double":
      return orFail((text) => {
        if (!/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|NaN|Infinity)[dDfF]?$/.test(text)) return undefined;
        const value = Number(text.replace(/[dDfF]$/, ""));
        return to.kind === "float" ? Math.fround(value) : value;
      });
    case "decimal":
      return (text: string) => {
        const number = trimmed(text);
        const value = /\s/.test(number) ? undefined : parseDecimal(number, to.precision, to.scale);
        return value ?? fail(text, to);
      };
    case "date":
      return orFail(parseDay);
    case "time":
      return orFail((text) => parseTime(/^\d{1,2}$/.test(text) ? `${text}:00` : text, to.precision));
    case "timestamp":
      return (text: string) => parseLocalTime(text, to.precision) ?? fail(text, to);
    case "timestamp_ltz":
      return (text: string, zone) => localToInstant(parseLocalTime(text, to.precision) ?? fail(text, to), zone);
    case "binary":
    case "varbinary":
      return sized((text) => new TextEncoder().encode(text), to);
    default:
      return undefined;
  }
}

function numericCast(from: DataType, to: DataType, before: (value: never) => unknown = (value) => value): Cast {
  const convert = numericConversion(from, to);
  return (value) => convert(before(value) as exact.Exact);
}

function numericConversion(from: DataType, to: DataType): (value: exact.Exact) => unknown {
  if (to.kind === "decimal") {
    if (from.kind === "decimal")
      return (value) => exact.fitDecimal(exact.rescale(value, from.scale, to.scale), to.precision);
    if (isInteger(from)) return (value) => exact.fitDecimal(exact.rescale(value, 0, to.scale), to.precision);
    return (value) =>
      Number.isFinite(value)
        ? (parseDecimal(expand(value as number), to.precision, to.scale) ?? null)
        : fail(value, to);
  }
  if (to.kind === "double" || to.kind === "float") {
    const round = to.kind === "float" ? Math.fround : (value: number) => value;
    return from.kind === "decimal"
      ? (value) => round(exact.decimalToDouble(value, from.scale))
      : (value) => round(Number(value));
  }
  const wrap = integerWrap(to);
  if (from.kind === "decimal")
    return (value) => wrap(exact.divideTruncating(BigInt(value), exact.powerOfTen(from.scale)));
  if (isExact(from) || isInteger(from)) return wrap;
  // Java: NaN is 0, what is too large is the largest.
  const [low, high] = integerRange[to.kind === "bigint" ? "bigint" : "int"] as readonly [bigint, bigint];
  return (value) => {
    const number = value as number;
    if (Number.isNaN(number)) return 0;
    const cut = Math.trunc(number);
    if (cut >= Number(high)) return wrap(normalizeExact(high));
    if (cut <= Number(low)) return wrap(normalizeExact(low));
    return wrap(normalizeExact(BigInt(cut)));
  };
}

function integerWrap(to: DataType): (value: exact.Exact) => exact.Exact {
  switch (to.kind) {
    case "tinyint":
      return (value) => Number(BigInt.asIntN(8, BigInt(value)));
    case "smallint":
      return (value) => Number(BigInt.asIntN(16, BigInt(value)));
    case "int":
      return (value) => Number(BigInt.asIntN(32, BigInt(value)));
    default:
      return exact.wrapBigint;
  }
}

/** A double without exponent. */
function expand(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = "", exponent] = match;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return point >= digits.length
    ? sign + digits + "0".repeat(point - digits.length)
    : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
