/** The options that all formats of JSON have. */
import type { OptionSchema, OptionValues } from "@millrace/core";
import type { RowDialect } from "../column/row-dialect.ts";
import type { JsonDecoderOptions } from "./json-decoder.ts";
import { jsonDialect } from "./json-dialect.ts";

export const jsonOptions: OptionSchema = {
  "ignore-parse-errors": {
    type: "boolean",
    default: "false",
    description:
      "Read fields that do not convert as NULL. Records that are no JSON objects are skipped, unless 'bad-records' says otherwise.",
  },
  "timestamp-format.standard": {
    type: "enum",
    values: ["SQL", "ISO-8601"],
    default: "SQL",
    description: "How timestamps are written: 'yyyy-MM-dd HH:mm:ss.fff' (SQL) or 'yyyy-MM-ddTHH:mm:ss.fff' (ISO-8601).",
  },
  "encode.ignore-null-fields": {
    type: "boolean",
    default: "false",
    description: "Writing: leave out the fields of a record, and of a ROW in it, that are NULL.",
  },
  "encode.decimal-as-plain-number": {
    type: "boolean",
    default: "true",
    description:
      "Writing: DECIMAL with all its digits, 0.000000027; false writes it as Flink does by default, 2.7E-8, without trailing zeros.",
  },
  "map-null-key.mode": {
    type: "enum",
    values: ["FAIL", "DROP", "LITERAL"],
    default: "FAIL",
    description:
      "Writing: what becomes of a MAP's entry whose key is NULL: it fails the job, is left out, or is named 'map-null-key.literal'.",
  },
  "map-null-key.literal": {
    type: "string",
    default: "null",
    description: "Writing: the name of an entry whose key is NULL, with 'map-null-key.mode' = 'LITERAL'.",
  },
};

const standardOf = (values: OptionValues) => (values["timestamp-format.standard"] === "ISO-8601" ? "iso" : "sql");

export function decodingOf(values: OptionValues): JsonDecoderOptions {
  return {
    failOnMissingField: values["fail-on-missing-field"] === true,
    ignoreParseErrors: values["ignore-parse-errors"] === true,
    timestampStandard: standardOf(values),
  };
}

export function encodingOf(values: OptionValues): RowDialect {
  const mode = values["map-null-key.mode"];
  return jsonDialect({
    standard: standardOf(values),
    scientificDecimals: values["encode.decimal-as-plain-number"] === false,
    omitsNulls: values["encode.ignore-null-fields"] === true,
    nullKey:
      mode === "LITERAL" ? { name: values["map-null-key.literal"] as string } : mode === "DROP" ? "drop" : "fail",
  });
}
