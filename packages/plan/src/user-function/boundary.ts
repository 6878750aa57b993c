/**
 * Values on their way between columns (the form of `valueAt`) and functions of users. Where both forms are the same there is no
 * conversion, so that numbers, texts and booleans cost nothing.
 */
import {
  type DataType,
  formatDate,
  formatDecimal,
  formatTime,
  formatType,
  normalizeExact,
  parseDate,
  parseDecimal,
  parseTime,
} from "@millrace/core";
import { PreciseDate } from "./precise-date.ts";

export type Convert = (value: never) => unknown;

/** A value that does not fit the type that a function says it gives; the message goes behind the function's name. */
export class WrongValue extends Error {}

/** From the form of columns to TypeScript; null: it is the same. NULL is not given to it. */
export function toUser(type: DataType): Convert | null {
  switch (type.kind) {
    case "bigint":
      return (value: number | bigint) => BigInt(value);
    case "decimal":
      return (value: number | bigint) => formatDecimal(value, type.scale);
    case "date":
      return (value: number) => formatDate(value);
    case "time":
      return (value: number) => formatTime(value, type.precision);
    case "timestamp":
    case "timestamp_ltz":
      return type.precision > 3 ? preciseDate : (value: number) => new Date(Math.floor(value));
    case "array": {
      const element = orNull(toUser(type.element));
      return element === null ? null : (value: readonly unknown[]) => value.map(element);
    }
    case "map":
    case "multiset": {
      const key = orNull(toUser(type.kind === "map" ? type.key : type.element));
      const item = orNull(type.kind === "map" ? toUser(type.value) : null);
      return key === null && item === null
        ? null
        : (value: ReadonlyMap<unknown, unknown>) => mapped(value, key ?? same, item ?? same);
    }
    case "row": {
      const fields = type.fields.map(({ name, type: each }) => ({ name, convert: orNull(toUser(each)) ?? same }));
      return (value: readonly unknown[]) => {
        const object: Record<string, unknown> = {};
        for (let i = 0; i < fields.length; i++) object[fields[i].name] = fields[i].convert(value[i] ?? null);
        return object;
      };
    }
    default:
      return null;
  }
}

/** From TypeScript to the form of columns, checked: the function throws WrongValue for what is not of the type. */
export function fromUser(type: DataType): (value: unknown) => unknown {
  const convert = checked(type);
  return (value) => {
    if (value === null && type.nullable) return null;
    const converted = value === null || value === undefined ? undefined : convert(value);
    if (converted === undefined) throw wrong(value, type);
    return converted;
  };
}

/** `undefined` for what is not of the type. */
function checked(type: DataType): (value: NonNullable<unknown>) => unknown {
  switch (type.kind) {
    case "boolean":
      return (value) => (typeof value === "boolean" ? value : undefined);
    case "tinyint":
      return integer(-128, 127);
    case "smallint":
      return integer(-32_768, 32_767);
    case "int":
    case "interval_year_month":
      return integer(-2_147_483_648, 2_147_483_647);
    case "interval_day_time":
      return integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case "bigint":
      return (value) =>
        typeof value === "bigint" && value === BigInt.asIntN(64, value) ? normalizeExact(value) : undefined;
    case "float":
      return (value) => (typeof value === "number" ? Math.fround(value) : undefined);
    case "double":
      return (value) => (typeof value === "number" ? value : undefined);
    case "char":
    case "varchar":
      return (value) => (typeof value === "string" ? value.toWellFormed() : undefined);
    case "binary":
    case "varbinary":
      return (value) => (value instanceof Uint8Array ? value : undefined);
    case "decimal":
      return (value) =>
        typeof value === "string" ? (parseDecimal(value, type.precision, type.scale) ?? undefined) : undefined;
    case "date":
      return (value) => (typeof value === "string" ? parseDate(value) : undefined);
    case "time":
      return (value) => (typeof value === "string" ? parseTime(value, type.precision) : undefined);
    case "timestamp":
    case "timestamp_ltz": {
      const unit = 10 ** Math.max(0, 6 - type.precision);
      return (value) => {
        if (!(value instanceof Date) || Number.isNaN(value.getTime())) return undefined;
        const micros = value.getTime() * 1000 + (value instanceof PreciseDate ? value.microseconds : 0);
        return (Math.floor(micros / unit) * unit) / 1000;
      };
    }
    case "array": {
      const element = fromUser(type.element);
      return (value) => (Array.isArray(value) ? value.map(element) : undefined);
    }
    case "map":
    case "multiset": {
      const key = fromUser(type.kind === "map" ? type.key : type.element);
      const item = fromUser(type.kind === "map" ? type.value : { kind: "int", nullable: false });
      return (value) => (value instanceof Map ? mapped(value, key, item) : undefined);
    }
    case "row":
      return rowFrom(type);
    default:
      return () => undefined;
  }
}

function preciseDate(value: number): PreciseDate {
  const micros = Math.round(value * 1000);
  const ms = Math.floor(micros / 1000);
  return new PreciseDate(ms, micros - ms * 1000);
}

function integer(least: number, most: number): (value: unknown) => number | undefined {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value + 0 : undefined;
}

function rowFrom(type: DataType & { readonly kind: "row" }): (value: unknown) => unknown[] | undefined {
  const fields = type.fields.map((field) => ({ name: field.name, convert: fromUser(field.type) }));
  const names = new Set(fields.map(({ name }) => name));
  return (value) => {
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    const object = value as Readonly<Record<string, unknown>>;
    for (const name in object)
      if (!names.has(name)) throw new WrongValue(`gave a field '${name}' that ${formatType(type)} lacks`);
    return fields.map(({ name, convert }) => convert(object[name]));
  };
}

function wrong(value: unknown, type: DataType): WrongValue {
  const hint =
    value === undefined
      ? "; return null for NULL"
      : type.kind === "bigint" && typeof value === "number"
        ? "; BIGINT is a bigint"
        : type.kind === "decimal" && typeof value !== "string"
          ? "; DECIMAL is a text of digits"
          : "";
  return new WrongValue(`gave ${shownValue(value)}, which is no ${formatType(type)}${hint}`);
}

/** A value as messages show it. */
export function shownValue(value: unknown): string {
  let text: string;
  if (typeof value === "string") text = `'${value}'`;
  else if (typeof value === "bigint") text = `${value}n`;
  else if (value instanceof Date) text = Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  else if (value instanceof Uint8Array) text = `${value.length} byte(s)`;
  else if (value instanceof Map) text = `Map(${value.size})`;
  else if (typeof value === "object" && value !== null) text = JSON.stringify(value, shownBigint);
  else text = typeof value === "function" ? "a function" : value === null ? "NULL" : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function shownBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

function mapped(
  map: ReadonlyMap<unknown, unknown>,
  key: (value: unknown) => unknown,
  item: (value: unknown) => unknown,
) {
  const result = new Map<unknown, unknown>();
  for (const [each, value] of map) result.set(key(each), item(value));
  return result;
}

/** The conversion of a value that may be NULL. */
function orNull(convert: Convert | null): ((value: unknown) => unknown) | null {
  return convert === null ? null : (value) => (value === null ? null : convert(value as never));
}

function same(value: unknown): unknown {
  return value;
}
