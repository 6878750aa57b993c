import {
  type Column,
  type DataType,
  formatDate,
  formatDecimal,
  formatTime,
  type RecordBatch,
  valueAt,
} from "@millrace/core";
import type { PlanField } from "@millrace/plan";

/**
 * A row as a JavaScript object under its column names. BIGINT is a number where it is a safe integer and else a bigint,
 * DECIMAL a string of digits, TIMESTAMP and TIMESTAMP_LTZ a Date (UTC, whole ms), DATE 'yyyy-MM-dd', TIME 'HH:mm:ss', ROW an
 * object, MAP a Map, BYTES a Uint8Array, NULL null.
 */
export function rowObject(fields: readonly PlanField[], batch: RecordBatch, row: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [i, { name, type }] of fields.entries()) object[name] = columnValue(batch.columns[i], row, type);
  return object;
}

function columnValue(column: Column, row: number, type: DataType): unknown {
  return plainValue(valueAt(column, row, type), type);
}

function plainValue(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "date":
      return formatDate(value as number);
    case "time":
      return formatTime(value as number, type.precision);
    case "timestamp":
    case "timestamp_ltz":
      return new Date(value as number);
    case "decimal":
      return formatDecimal(value as number | bigint, type.scale);
    case "row":
      return Object.fromEntries(
        type.fields.map((field, i) => [field.name, plainValue((value as unknown[])[i], field.type)]),
      );
    case "array":
      return (value as unknown[]).map((element) => plainValue(element, type.element));
    case "map":
      return new Map(
        [...(value as Map<unknown, unknown>)].map(([key, each]) => [
          plainValue(key, type.key),
          plainValue(each, type.value),
        ]),
      );
    default:
      return value;
  }
}
