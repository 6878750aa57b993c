/** Answers of Flink 2.3 to single expressions (tests/functions/flink/*.jsonl) and our values in the same form. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DataType, formatDate, formatDecimal, formatTime, formatTimestamp } from "@millrace/core";

const folder = join(import.meta.dirname, "flink");

/** One line: either the type with a value or a failure at run time, or that Flink refuses the expression. */
export interface FlinkAnswer {
  readonly sql: string;
  /** As Flink serializes it, `NOT NULL` included. */
  readonly type?: string;
  readonly value?: unknown;
  /** Why evaluating it fails. */
  readonly error?: string;
  /** Why it is not valid. */
  readonly invalid?: string;
}

/** All answers by the name of their file. */
export function flinkAnswers(): readonly (readonly [string, readonly FlinkAnswer[]])[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => {
      const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
      return [basename(name, ".jsonl"), lines.map((line) => JSON.parse(line) as FlinkAnswer)];
    });
}

/** A value (form of core's `valueAt`) as the answers write it. */
export function answerValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "bigint":
    case "interval_day_time":
    case "interval_year_month":
      return typeof value === "bigint" ? String(value) : value;
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    case "float":
    case "double":
      return Number.isFinite(value) ? value : String(value);
    case "date":
      return formatDate(value as number);
    case "time":
      return withoutZeros(formatTime(value as number, 6));
    case "timestamp":
      return withoutZeros(formatTimestamp(value as number, 6));
    case "timestamp_ltz":
      return `${withoutZeros(formatTimestamp(value as number, 6))}Z`;
    case "binary":
    case "varbinary":
      return `x'${Buffer.from(value as Uint8Array).toString("hex")}'`;
    case "bitmap":
      return `{${(value as number[]).join(",")}}`;
    case "array":
      return (value as unknown[]).map((each) => answerValue(each, type.element));
    case "map":
      return entries(value as Map<unknown, unknown>, type.key, type.value);
    case "multiset":
      return entries(value as Map<unknown, unknown>, type.element, { kind: "int", nullable: false });
    case "row":
      return { row: (value as unknown[]).map((each, i) => answerValue(each, type.fields[i].type)) };
    default:
      return value;
  }
}

function entries(map: Map<unknown, unknown>, key: DataType, value: DataType): unknown {
  return { map: [...map].map(([k, v]) => [answerValue(k, key), answerValue(v, value)]) };
}

function withoutZeros(text: string): string {
  return text.replace(/\.?0+$/, (zeros) => (zeros.startsWith(".") ? "" : text.includes(".") ? "" : zeros));
}

/**
 * Whether two values in the form of the answers are equal: doubles to a unit in the 15th place (`digits`), 0 and -0 (which
 * Flink loses where it folds constants), maps in any order.
 */
export function sameAnswer(a: unknown, b: unknown, digits = 15): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return a === b || Math.abs(a - b) <= 10 ** -digits * Math.max(Math.abs(a), Math.abs(b));
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => sameAnswer(each, b[i], digits));
  if (isObject(a) && isObject(b)) {
    if (Array.isArray(a.map) && Array.isArray(b.map)) return sameAnswer(sorted(a.map), sorted(b.map), digits);
    return sameAnswer(a.row, b.row, digits) && "row" in a === "row" in b;
  }
  return a === b;
}

function sorted(list: readonly unknown[]): readonly unknown[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Flink's text of a type with its forms of intervals reduced to two. */
export function comparableType(text: string): string {
  return text
    .replace(
      /INTERVAL (?:DAY|HOUR|MINUTE|SECOND)(?:\(\d\))?(?: TO (?:HOUR|MINUTE|SECOND)(?:\(\d\))?)?/g,
      "INTERVAL SECOND(3)",
    )
    .replace(/INTERVAL (?:YEAR|MONTH)(?:\(\d\))?(?: TO MONTH)?/g, "INTERVAL MONTH");
}
