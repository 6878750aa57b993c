/** How records stand in bytes, for the sources and sinks of pipelines. */
import type { Field, FormatFactory } from "@millrace/core";
import { csvFormat, jsonFormat, recordFormat } from "@millrace/formats";
import type { FieldSchema } from "./fields.ts";
import { type StandardSchema, validated } from "./standard-schema.ts";

/** A format of records `T`. */
export interface Format<T> {
  readonly factory: FormatFactory;
  /** Its options as they stand in a table: `ignore-parse-errors`. */
  readonly options: { readonly [name: string]: string };
  /** The columns it is decoded to, of which records are made; null: each record is one value. */
  readonly fields: readonly Field[] | null;
  /** It carries `T`. */
  readonly "~record"?: T;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * JSON values, one per line or per record.
 *
 * With `fields(...)` only these are decoded: the fastest. With a validator (zod, valibot, arktype: any Standard Schema) each value is
 * validated and becomes what the validator says. Without either, `T` is what you say it is. A record that does not fit is a bad record: see
 * the option `badRecords` of the source. On writing, a bigint is written as a number, exactly.
 *
 * @example
 * json<{ readonly id: number }>().factory.name // "json"
 */
export function json<T = unknown>(schema?: FieldSchema<T> | StandardSchema<T>): Format<T> {
  if (schema !== undefined && "fields" in schema) return { factory: jsonFormat, options: {}, fields: schema.fields };
  const factory = recordFormat({
    name: "json",
    parse: (bytes, start, end) => {
      const value: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)));
      return schema === undefined ? value : validated(schema, value);
    },
    serialize: jsonText,
  });
  return { factory, options: {}, fields: null };
}

export interface CsvOptions {
  /** Between fields; `,` by default. */
  readonly delimiter?: string;
  /** The first line names the columns. Default: false. */
  readonly header?: boolean;
}

/** CSV lines with these fields, in their order (or that of the header). */
export function csv<T>(schema: FieldSchema<T>, { delimiter, header }: CsvOptions = {}): Format<T> {
  const options = {
    ...(delimiter === undefined ? {} : { "field-delimiter": delimiter }),
    ...(header === undefined ? {} : { header: String(header) }),
  };
  return { factory: csvFormat, options, fields: schema.fields };
}

/** Each record, or line, is a text. */
export function text(): Format<string> {
  const factory = recordFormat({
    name: "text",
    parse: (bytes, start, end) => decoder.decode(bytes.subarray(start, end)),
    serialize: String,
  });
  return { factory, options: {}, fields: null };
}

function jsonText(record: unknown): string {
  return JSON.stringify(record, exactNumbers) ?? "null";
}

function exactNumbers(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawJson(value.toString());
  return value instanceof Map ? Object.fromEntries(value) : value;
}

/** JSON.rawJSON, which the type library does not know yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
