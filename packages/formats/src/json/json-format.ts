import type { FormatFactory, OptionSchema } from "@millrace/core";
import { JsonDecoder } from "./json-decoder.ts";

const options: OptionSchema = {
  "fail-on-missing-field": {
    type: "boolean",
    default: "false",
    description: "Whether a record without one of the fields that are read is bad; otherwise the field is NULL.",
  },
  "ignore-parse-errors": {
    type: "boolean",
    default: "false",
    description:
      "Leave out records that are not valid JSON, without counting them as bad, and read fields that do not convert as NULL.",
  },
  "timestamp-format.standard": {
    type: "enum",
    values: ["SQL", "ISO-8601"],
    default: "SQL",
    description: "How timestamps are written: 'yyyy-MM-dd HH:mm:ss.fff' (SQL) or 'yyyy-MM-ddTHH:mm:ss.fff' (ISO-8601).",
  },
};

/** JSON objects, one per line or one per record. */
export const jsonFormat: FormatFactory = {
  name: "json",
  options,
  createDecoder(request, _schema, values, onBadRecord) {
    return new JsonDecoder(
      request,
      {
        failOnMissingField: values["fail-on-missing-field"] === true,
        ignoreParseErrors: values["ignore-parse-errors"] === true,
        timestampStandard: values["timestamp-format.standard"] === "ISO-8601" ? "iso" : "sql",
      },
      onBadRecord,
    );
  },
};
